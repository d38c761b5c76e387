import pytest
from tests.damage import damaged_copies

from interplm.errors import BrokenArtifact, FingerprintMismatch, UserError
from interplm.files.atomic import written_aside
from interplm.files.lock import InUse
from interplm.runtime.activation_folder import ActivationFolder
from interplm.runtime.folder import first_difference
from interplm.runtime.run_folder import RunFolder
from interplm.runtime.score_folder import ScoreFolder

KINDS = [RunFolder, ScoreFolder, ActivationFolder]
SETTINGS = {"sae": {"k": 32, "d_sae": 2560}, "seed": 0}


def write(path, text="x"):
    with written_aside(path) as partial:
        partial.write_text(text)


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def fill(folder, *files):
    """What a job does: claim, write, leave."""
    with folder.claimed(SETTINGS, fresh=False):
        for name in files:
            write(folder.path / name)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_settings_find_what_an_interrupted_job_left(kind, tmp_path):
    fill(kind(tmp_path / "f"), "a/b.txt")
    fill(kind(tmp_path / "f"))
    assert kind(tmp_path / "f").settings == SETTINGS
    assert "a/b.txt" in names(tmp_path / "f")


def test_other_settings_are_refused_with_the_difference_and_both_ways_out(tmp_path):
    fill(RunFolder(tmp_path))
    with (
        pytest.raises(
            FingerprintMismatch, match=r"\(sae.k was 32, now 16\): choose another .*fresh=true"
        ),
        RunFolder(tmp_path).claimed(SETTINGS | {"sae": {"k": 16, "d_sae": 2560}}, fresh=False),
    ):
        pass


@pytest.mark.parametrize("kind", KINDS)
def test_fresh_deletes_what_the_job_wrote_and_nothing_else(kind, tmp_path):
    folder = kind(tmp_path)
    for name in ("tables/my_results.csv", "sae/notes.txt", "notes.txt", "plots/a/b.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("mine")
    mine = names(tmp_path)
    fill(folder, "tables/pairs.csv", "sae/sae.yaml", "counts/deep/test.npz", "checkpoints/a.ckpt")
    with folder.claimed(SETTINGS | {"seed": 1}, fresh=True):
        assert names(tmp_path) == sorted([*mine, "config.yaml", "in_use.lock", "manifest.txt"])
    assert not (tmp_path / "counts").exists()
    assert folder.settings["seed"] == 1


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("other", KINDS)
def test_another_kind_of_folder_is_left_alone(kind, other, fresh, tmp_path):
    if kind is other:
        return
    fill(other(tmp_path), "sae/sae.yaml")
    before = names(tmp_path)
    with (
        pytest.raises(FingerprintMismatch, match="holds another kind of thing"),
        kind(tmp_path).claimed(SETTINGS, fresh=fresh),
    ):
        pass
    assert names(tmp_path) == before


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("text", ["seed: 1\n", "kind: run\nversion: 99\n", "- a\n", "a: [", "\xff"])
def test_a_strangers_marker_is_left_alone(text, fresh, tmp_path):
    (tmp_path / "config.yaml").write_bytes(text.encode("latin-1"))
    with pytest.raises(UserError), RunFolder(tmp_path).claimed(SETTINGS, fresh=fresh):
        pass
    assert names(tmp_path) == ["config.yaml"]


@pytest.mark.parametrize("fresh", [False, True])
def test_a_file_of_the_users_is_refused_before_the_work_and_during_it(fresh, tmp_path):
    (tmp_path / "report.html").write_text("mine")
    with (
        pytest.raises(UserError, match=r"report.html was not written by InterPLM"),
        ScoreFolder(tmp_path).claimed(SETTINGS, fresh=fresh),
    ):
        pass
    refused = pytest.raises(UserError, match=r"report.html was not written by InterPLM")
    with RunFolder(tmp_path).claimed(SETTINGS, fresh=fresh), refused:
        write(tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text() == "mine"


def test_two_jobs_never_write_into_one_folder(tmp_path):
    fill(RunFolder(tmp_path))
    before = names(tmp_path)
    with RunFolder(tmp_path).claimed(SETTINGS, fresh=False):
        for fresh in (False, True):
            with (
                pytest.raises(InUse, match=rf"{tmp_path} is being written by process \d+ on"),
                RunFolder(tmp_path).claimed(SETTINGS, fresh=fresh),
            ):
                pass
        with pytest.raises(InUse), RunFolder(tmp_path).recorded():
            pass
        assert RunFolder(tmp_path).settings == SETTINGS
    assert names(tmp_path) == before


@pytest.mark.parametrize("kind", [ActivationFolder, ScoreFolder])
def test_jobs_share_the_work_but_nobody_deletes_it_meanwhile(kind, tmp_path):
    with (
        kind(tmp_path).claimed(SETTINGS, fresh=False),
        kind(tmp_path).claimed(SETTINGS, fresh=False),
        pytest.raises(InUse),
        kind(tmp_path).claimed(SETTINGS, fresh=True),
    ):
        pass
    assert "in_use.lock" not in names(tmp_path)


def test_a_damaged_marker_is_named(tmp_path):
    fill(RunFolder(tmp_path))
    (tmp_path / "config.yaml").write_text("a: [")
    with pytest.raises(BrokenArtifact, match=r"config.yaml is damaged"):
        _ = RunFolder(tmp_path).settings


@pytest.mark.parametrize("name", ["config.yaml", "inputs.yaml", "result.yaml"])
def test_damage_anywhere_is_an_error_and_not_another_value(tmp_path, name):
    folder = RunFolder(tmp_path)
    fill(folder)
    folder.record_inputs({"plm": {"name": "small", "weights": None}})
    folder.finish({"explained_variance": 0.9123, "l0": 16.0, "steps": 2500})

    def read():
        return folder.settings, folder.inputs, folder.result

    whole = read()
    for how in damaged_copies(tmp_path / name, n_flips=300, n_zeroed=20, n_cuts=40):
        try:
            found = read()
        except UserError:
            continue
        assert found == whole, how


def test_what_is_changed_on_purpose_is_read_without_its_first_line(tmp_path):
    fill(RunFolder(tmp_path))
    path = tmp_path / "config.yaml"
    first, rest = path.read_text().split("\n", 1)
    path.write_text(f"{first}\n{rest}more: 1\n")
    with pytest.raises(BrokenArtifact, match="delete that line if you meant to change it"):
        _ = RunFolder(tmp_path).settings
    path.write_text(f"{rest}more: 1\n")
    assert RunFolder(tmp_path).settings["more"] == 1


def test_only_the_first_of_several_processes_claims(tmp_path, monkeypatch):
    monkeypatch.setenv("LOCAL_RANK", "1")
    with RunFolder(tmp_path / "run").claimed(SETTINGS, fresh=True):
        assert not (tmp_path / "run").exists()


def test_a_result_marks_the_end(tmp_path):
    folder = ScoreFolder(tmp_path)
    with folder.claimed(SETTINGS, fresh=False):
        assert folder.result is None
        folder.finish({"sae_concepts_covered": 3.0})
    assert ScoreFolder(tmp_path).result == {"sae_concepts_covered": 3.0}


@pytest.mark.parametrize(("earlier", "now", "said"), [
    ({"a": 1}, {"a": 1.0}, None),
    ({"a": {"b": 1}}, {"a": {"b": 2}}, "a.b was 1, now 2"),
    ({}, {"extra": 1}, "extra was None, now 1"),
])  # fmt: skip
def test_the_first_difference_is_said(earlier, now, said):
    assert first_difference(earlier, now) == said
