import pytest

from interplm.errors import FingerprintMismatch
from interplm.packs.output import GrowingFile

MADE_FROM = {"pack": "a", "strengths": ["follows"]}


def test_what_was_written_after_the_last_state_is_written_again(tmp_path):
    path = tmp_path / "out" / "a.tsv"
    file = GrowingFile(path, made_from=MADE_FROM, head="head\n")
    file.append("one\n", n_proteins=1)
    with (tmp_path / "out" / "a.tsv.growing").open("a") as torn:
        torn.write("tw")
    again = GrowingFile(path, made_from=MADE_FROM, head="head\n")
    assert again.n_done == 1
    again.append("two\n", n_proteins=1)
    assert not path.exists()
    again.finish()
    assert path.read_text() == "head\none\ntwo\n"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.tsv.growing", "head\nonf\n"),
        ("a.tsv.growing", "head\n"),
        ("a.tsv.state.json", "[" * 9000),
        ("a.tsv.state.json", '{"n_bytes": 5, "n_done": null}'),
    ],
)
def test_what_is_damaged_is_begun_anew(tmp_path, name, content, caplog):
    GrowingFile(tmp_path / "a.tsv", made_from=MADE_FROM, head="head\n").append(
        "one\n", n_proteins=1
    )
    (tmp_path / name).write_text(content)
    again = GrowingFile(tmp_path / "a.tsv", made_from=MADE_FROM, head="head\n")
    assert again.n_done == 0
    assert "is damaged" in caplog.text
    again.append("one\n", n_proteins=1)
    assert GrowingFile(tmp_path / "a.tsv", made_from=MADE_FROM, head="head\n").n_done == 1
    again.finish()
    assert (tmp_path / "a.tsv").read_text() == "head\none\n"


def test_other_settings_are_refused_with_ways_out(tmp_path):
    GrowingFile(tmp_path / "a.tsv", made_from=MADE_FROM, head="")
    with pytest.raises(FingerprintMismatch, match=r"was begun with another pack.*output="):
        GrowingFile(tmp_path / "a.tsv", made_from={"pack": "b"}, head="")


def test_a_file_can_be_discarded(tmp_path):
    GrowingFile(tmp_path / "a.tsv", made_from=MADE_FROM, head="").append("x", n_proteins=1)
    GrowingFile.discard(tmp_path / "a.tsv")
    assert list(tmp_path.iterdir()) == []
