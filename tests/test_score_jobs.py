"""Several jobs that share the encoding of one scoring."""

import shutil

import numpy as np
import pytest
from tests.activations.stores import write_store
from tests.features.small_run import D_MODEL, LENGTHS, store_folder, write_annotations, write_run
from tests.jobs import refusal, run
from tests.test_score import FAST

from interplm.features.database.writer import open_database

N_SHARDS, N_SAES = 5, 3
SHARED = (
    *FAST, "baselines=[random_sae,neurons]", "comparison.n_seeds=1",
    "comparison.sample_residues=500", "profile.map_neighbours=5",
)  # fmt: skip


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A data folder with a run scored by one job, and the options that scored it."""
    data = tmp_path_factory.mktemp("data")
    shards = [part.tolist() for part in np.array_split(LENGTHS, N_SHARDS)]
    rows = write_store(store_folder(data), shards, dtype="float32", d_model=D_MODEL)
    table = write_annotations(data / "annotated.tsv", rows)
    trained, control = write_run(data / "run"), write_run(data / "untrained")
    options = [
        f"run={trained.path}", f"proteins.path={table}", *SHARED,
        f"control_runs.untrained_plm={control.path}",
    ]  # fmt: skip
    run("score", *options, data=data)
    assert not (data / "run" / "score" / "encoded").exists()
    return data, options


def contents(folder):
    """Every row of every table, with the order of the rows, but the time of day."""
    with open_database(folder / "features.duckdb") as connection:
        names = [name for (name,) in connection.execute("SHOW TABLES").fetchall()]
        found = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}
    found["meta"] = [row for row in found["meta"] if row[0] != "created"]
    return {name: str(rows) for name, rows in found.items()}


def encoded(folder):
    return sorted((folder / "encoded").rglob("*.npz"))


def of_jobs(options, folder, n, *jobs):
    numbers = ",".join(map(str, jobs))
    more = [f"folder={folder}", f"encoding.n_jobs={n}"]
    return ["--multirun", *options, *more, f"encoding.job={numbers}"]


@pytest.mark.parametrize(("n", "more"), [(2, ()), (3, ("scoring.max_entries=0",))])
def test_the_scores_of_several_jobs_are_those_of_one(alone, tmp_path, n, more):
    data, options = alone
    options = [*options, *more]
    folder = tmp_path / "shared"
    if more:
        run("score", *options, f"folder={tmp_path / 'alone'}", data=data)
    first = run("score", *of_jobs(options, folder, n, *range(n - 1)), data=data)
    there = len(encoded(folder))
    every = N_SHARDS * N_SAES
    assert f"{every - there} of {every} encoded shards are missing" in first.stdout
    assert f"(encoding.job={n - 1})" in first.stdout
    assert "Next:" not in first.stdout
    last = run("score", *of_jobs(options, folder, n, n - 1), data=data)
    assert f"Next: python -m interplm.explore scores={folder}" in last.stdout
    assert contents(folder) == contents(tmp_path / "alone" if more else data / "run" / "score")
    assert not (folder / "encoded").exists()
    again = run("score", *of_jobs(options, folder, n, *range(n)), data=data)
    assert again.stdout.count("These scores are finished") == n
