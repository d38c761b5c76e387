import csv
import re
import shutil
from pathlib import Path

import pytest
import yaml
from tests.activations.stores import write_store
from tests.jobs import FAST_TRAINING, refusal, run

from interplm.evaluation import Figure, write_figures
from interplm.runtime.score_folder import ScoreFolder

FOLDER = "comparison"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Two seeds of one setting and one of another, of which one is scored and one evaluated."""
    data = tmp_path_factory.mktemp("data")
    write_store(data / "activations/small/layer_3/proteins", [[40] * 20], d_model=6)
    run("train", "--multirun", *FAST_TRAINING, "plm.name=small", "plm.d_model=6", "layer=3",
        "trainer.max_steps=3", "sae=topk", "sae.k=2,4", "seed=0,1", data=data)  # fmt: skip
    runs = sorted((data / "runs").iterdir())
    scores = {"sae/mean_average_precision": 0.25, "sae/n_covered": 7.0, "sae/n_concepts": 9.0}
    ScoreFolder(runs[0] / "score").finish(scores)
    figures = [Figure("loss_recovered_masked", 0.75, "logits", "of masked residues")]
    write_figures(figures, runs[1] / "evaluation.csv")
    (runs[-1] / "result.yaml").unlink()
    return data


@pytest.fixture
def copy(data, tmp_path):
    """That may be damaged."""
    return Path(shutil.copytree(data, tmp_path / "data"))


def rows_of(folder):
    with (folder / "comparison.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_finished_run_is_a_row_with_what_its_folder_says(data):
    done = run("compare", data=data)
    rows = rows_of(data / FOLDER)
    assert len(rows) == 3
    assert re.search(r"/runs/\S+ is not finished and is left out", done.stdout)
    assert [float(row["l0"]) for row in rows] == sorted(float(row["l0"]) for row in rows)
    for row in rows:
        result = yaml.safe_load((data / "runs" / row["run"] / "result.yaml").read_text())
        assert float(row["explained_variance"]) == result["explained_variance"]
        assert (row["sae"], row["plm"], row["layer"], row["d_sae"], row["n_steps"]) == (
            "topk", "small", "3", "32", "3",
        )  # fmt: skip
        assert float(row["seconds"]) == pytest.approx(3 * 64 / result["residues_per_second"])
    assert sorted(row["mean_average_precision"] for row in rows) == ["", "", "0.25"]
    assert sorted(row["concepts_covered"] for row in rows) == ["", "", "7"]
    assert sorted(row["loss_recovered_masked"] for row in rows) == ["", "", "0.75"]
    # Of the three that are finished, two differ in their seed only.
    assert sum(row["seed_stability"] != "" for row in rows) == 2
    page = (data / FOLDER / "comparison.html").read_text()
    assert page.count("<svg") == 1
    assert (data / FOLDER / "pareto_explained_variance.svg").exists()
    assert all(row["run"].replace("_", "_<wbr>") in page for row in rows)


def test_a_pattern_or_a_list_chooses_runs_and_the_folder_is_made_anew(data):
    runs = sorted((data / "runs").iterdir())
    run("compare", f"runs=[{runs[0]},{runs[1]}]", "stability=false", data=data)
    assert {row["run"] for row in rows_of(data / FOLDER)} == {runs[0].name, runs[1].name}
    run("compare", f"runs='{data}/runs/*k2*'", "sort_by=seed", data=data)
    assert [row["seed"] for row in rows_of(data / FOLDER)] == ["0", "1"]


def test_a_run_that_two_paths_lead_to_is_one_row(data):
    run("compare", f"runs=[runs,{data}/runs]", data=data)
    rows = rows_of(data / FOLDER)
    assert len({row["run"] for row in rows}) == len(rows) == 3
    assert sum(row["seed_stability"] != "" for row in rows) == 2


@pytest.mark.parametrize("name", ["result.yaml", "config.yaml", "score/result.yaml"])
@pytest.mark.parametrize("share", [0, 0.7])
def test_a_damaged_run_is_left_out_and_said(copy, name, share):
    damaged = sorted((copy / "runs").iterdir())[0]
    whole = (damaged / name).read_text()
    (damaged / name).write_text(whole[: int(share * len(whole))])
    said = run("compare", data=copy).stdout
    assert re.search(rf"{damaged.name}\S*/{name} is (damaged|not what was written)", said)
    assert len(rows := rows_of(copy / FOLDER)) == 2
    assert damaged.name not in {row["run"] for row in rows}


@pytest.mark.parametrize("is_removed", [True, False])
def test_an_sae_that_cannot_be_read_has_no_part_in_the_stability(copy, is_removed):
    sae = sorted((copy / "runs").iterdir())[0] / "sae/sae.safetensors"
    sae.unlink() if is_removed else sae.write_bytes(sae.read_bytes()[:200])
    said = run("compare", data=copy).stdout
    assert re.search(rf"has no part in the seed stability: {sae} (is damaged|does not exist)", said)
    assert [row["seed_stability"] for row in rows_of(copy / FOLDER)] == [""] * 3


def test_a_pattern_without_a_run_is_said(data):
    said = run("compare", "runs=['runs/*k2*','runs/*nonsense*']", data=data).stdout
    assert "There is no run in runs/*nonsense*." in said
    assert "no run in runs/*k2*" not in said


def test_the_runs_of_a_sweep_are_found_where_its_data_folder_was_moved(copy, tmp_path):
    moved = copy.rename(tmp_path / "moved")
    (sweep,) = (moved / "sweeps").iterdir()
    run("compare", f"runs={sweep}", data=moved)
    listed = yaml.safe_load((moved / FOLDER / "config.yaml").read_text())["runs"]
    assert {Path(path).parent for path in listed} == {moved / "runs"}
    assert len(listed) == 3


def test_what_the_user_can_mend_is_one_sentence(data, tmp_path):
    assert "There is no finished run in " in refusal("compare", f"runs={tmp_path}", data=data)
    assert "sort_by must be one of run, sae" in refusal("compare", "sort_by=x", data=data)
    run_folder = next((data / "runs").iterdir())
    said = refusal("compare", f"folder={run_folder}", data=data)
    assert "holds another kind of thing (run), not a comparison, and is left alone" in said
