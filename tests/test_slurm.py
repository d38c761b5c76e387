"""Jobs of a sweep in processes of their own, on this machine or as jobs of Slurm."""

import csv

import pytest
from tests.features.databases import contents
from tests.features.small_run import write_all
from tests.jobs import FAST_TRAINING, run, small_plm, write_proteins
from tests.slurm import pretend_slurm
from tests.test_score import FAST


def stored(data):
    return {path.name: path.read_bytes() for path in sorted(data.rglob("shard_*.h5"))}


@pytest.mark.slow
def test_shards_embedded_apart_are_those_of_one_job_and_a_sweep_on_them_ends_with_its_table(
    tmp_path, monkeypatch
):
    plm = small_plm(tmp_path)
    embed = [*plm, f"proteins.path={write_proteins(tmp_path)}", "proteins.proteins_per_shard=15"]
    (tmp_path / "whole").mkdir()
    run("embed", *embed, "layers=[2]", data=tmp_path / "whole")
    run(
        "embed", "--multirun", *embed, "layers=[2]", "embedding.n_jobs=2", "embedding.job=0,1",
        "hydra/launcher=processes", data=tmp_path,
    )  # fmt: skip
    whole = stored(tmp_path / "whole")
    assert len(whole) == 4
    assert stored(tmp_path / "activations") == whole
    submitted = pretend_slurm(tmp_path / "bin")
    monkeypatch.setenv("PATH", str(submitted.parent), prepend=":")
    done = run(
        "train", "--multirun", *plm, *FAST_TRAINING, "layer=2", "dataset=proteins",
        "trainer.max_steps=2", "seed=0,1", "hydra/launcher=slurm",
        "hydra.launcher.partition=long", data=tmp_path,
    )  # fmt: skip
    script = submitted.read_text()
    for words in ("array=0-1%2", "partition=long", "gpus-per-node=1", "time=1440", "mem=64GB"):
        assert f"#SBATCH --{words}\n" in script
    (table,) = tmp_path.glob("sweeps/*/comparison/comparison.csv")
    with table.open(newline="") as file:
        assert sorted(row["seed"] for row in csv.DictReader(file)) == ["0", "1"]
    assert f"Table: {table}" in done.stdout
    printed = [path.read_text() for path in table.parents[1].glob("slurm/*/*.out")]
    assert sum("Exported SAE" in text for text in printed) == 2


@pytest.mark.slow
def test_scores_of_processes_that_share_the_encoding_are_those_of_one_job(tmp_path):
    trained, table, _ = write_all(tmp_path)
    options = [f"run={trained.path}", f"proteins.path={table}", *FAST]
    run("score", *options, f"folder={tmp_path / 'alone'}", data=tmp_path)
    run(
        "score", "--multirun", *options, f"folder={tmp_path / 'shared'}", "encoding.n_jobs=2",
        "encoding.job=0,1", "hydra/launcher=processes", data=tmp_path,
    )  # fmt: skip
    alone, shared = (contents(tmp_path / name / "features.duckdb") for name in ("alone", "shared"))
    assert shared == alone
    printed = [path.read_text() for path in tmp_path.glob("sweeps/*/processes/*/*.out")]
    assert any("Next: python -m interplm.explore" in text for text in printed)
    assert not (tmp_path / "shared" / "encoded").exists()
