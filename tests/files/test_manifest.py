from pathlib import Path

import pytest

from interplm.files.atomic import written_aside
from interplm.files.manifest import MANIFEST_FILE, Manifest, NotOurs, recorded_in


def test_files_written_within_the_block_are_listed_and_others_are_not(tmp_path):
    manifest = Manifest(tmp_path)
    with recorded_in(manifest):
        for path in (tmp_path / "a" / "b.txt", tmp_path.parent / "elsewhere.txt"):
            with written_aside(path) as partial:
                partial.write_text("x")
    with written_aside(tmp_path / "later.txt") as partial:
        partial.write_text("x")
    assert manifest.listed() == {Path("a", "b.txt")}


def test_a_relative_folder_and_an_absolute_path_are_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with recorded_in(Manifest(Path("run"))), written_aside(tmp_path / "run" / "a") as partial:
        partial.write_text("x")
    assert Manifest(tmp_path / "run").listed() == {Path("a")}


def test_a_file_of_the_users_is_not_replaced(tmp_path):
    (tmp_path / "a").write_text("mine")
    refused = pytest.raises(NotOurs, match="was not written by InterPLM")
    with recorded_in(Manifest(tmp_path)), refused, written_aside(tmp_path / "a"):
        pass
    assert (tmp_path / "a").read_text() == "mine"


def test_a_file_is_listed_before_it_is_there(tmp_path):
    def fail():
        with recorded_in(Manifest(tmp_path)), written_aside(tmp_path / "a"):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert len(Manifest(tmp_path).listed()) == 1


@pytest.mark.parametrize(
    "line", ["../outside.txt", "/{outside}", "link/outside.txt", "a/../../outside.txt"]
)
def test_a_strangers_list_does_not_reach_beyond_its_folder(line, tmp_path):
    folder, outside = tmp_path / "folder", tmp_path / "outside.txt"
    folder.mkdir()
    outside.write_text("precious")
    (folder / "link").symlink_to(tmp_path)
    (folder / MANIFEST_FILE).write_text(line.replace("{outside}", str(outside)[1:]) + "\n")
    Manifest(folder).delete_listed()
    assert outside.read_text() == "precious"


def test_deleting_leaves_folders_that_hold_something(tmp_path):
    manifest = Manifest(tmp_path)
    with recorded_in(manifest):
        for name in ("tables/ours.csv", "counts/deep/ours.npz"):
            with written_aside(tmp_path / name) as partial:
                partial.write_text("x")
    (tmp_path / "tables" / "mine.csv").write_text("mine")
    manifest.delete_listed()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["mine.csv", "tables"]
