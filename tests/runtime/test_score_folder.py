import pytest

from interplm.errors import FingerprintMismatch
from interplm.runtime.score_folder import ScoreFolder


def test_other_scores_are_refused_with_ways_out_that_keep_the_run(tmp_path):
    ScoreFolder(tmp_path).claim({"seed": 0}, fresh=False)
    with pytest.raises(
        FingerprintMismatch,
        match=r"holds scores with another setting \(seed was 0, now 1\): fresh=true scores again",
    ):
        ScoreFolder(tmp_path).claim({"seed": 1}, fresh=False)


def test_a_fresh_start_deletes_what_a_scoring_writes_and_nothing_else(tmp_path):
    folder = ScoreFolder(tmp_path)
    folder.claim({"seed": 0}, fresh=False)
    folder.counts.mkdir()
    (tmp_path / "tables").mkdir()
    written = [
        folder.database, folder.report, folder.rejected, tmp_path / "report.md",
        folder.counts / "test.npz", tmp_path / "tables" / "pairs.csv",
    ]  # fmt: skip
    for path in (*written, tmp_path / "notes.txt"):
        path.write_text("x")
    folder.finish({"sae_concepts_covered": 3.0})
    folder.claim({"seed": 1}, fresh=True)
    assert folder.result is None
    assert not any(path.exists() for path in written)
    assert (tmp_path / "notes.txt").exists()
