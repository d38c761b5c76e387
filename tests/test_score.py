import re

import pytest
import torch
import yaml
from tests.features.databases import contents
from tests.features.small_run import write_all, write_run
from tests.jobs import refusal, run, small_plm
from tests.tracking.reading import offline_runs

from interplm.features.database.writer import open_database
from interplm.packs import load_pack
from interplm.runtime.run_folder import RunFolder
from interplm.runtime.score_folder import ScoreFolder
from interplm.sae import TopKSAE, save_sae

FAST = (
    "dataset=annotated", "split=accession", "scoring.n_permutations=50", "scoring.n_bootstraps=50",
    "concepts.minimum_instances=5", "concepts.minimum.residues=40", "concepts.minimum.domains=10",
    "baselines=[neurons]",
)  # fmt: skip


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    """A data folder with a scored run, the options that scored it, and what was said."""
    data = tmp_path_factory.mktemp("data")
    trained, table, _ = write_all(data)
    record = {"project": "ours", "group": "small_layer1", "tags": ["small"], "id": "abc"}
    trained.record_inputs(trained.inputs | {"wandb": record})
    options = [f"run={trained.path}", f"proteins.path={table}", *FAST]
    with pytest.MonkeyPatch.context() as patch:
        for kind in ("CACHE_DIR", "DATA_DIR", "CONFIG_DIR"):
            patch.setenv(f"WANDB_{kind}", str(data / "wandb_home"))
        return data, options, run("score", *options, data=data).stdout


def test_everything_is_written_and_the_next_command_said(scored):
    data, _, said = scored
    folder = data / "run" / "score"
    written = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert written >= {
        "config.yaml", "features.duckdb", "report.html", "report.md", "rejected.csv",
        "result.yaml", "tables/pairs.csv", "tables/pairs.parquet", "counts/validation.npz",
        "counts/test.npz", "inputs.yaml", "pack/pack.yaml", "pack/labels.tsv",
    }  # fmt: skip
    assert re.search(r"concepts with [\d,]+ instances on 120 of 120 proteins", said)
    assert re.search(r"Mean average precision over \d distinct concepts \(chance .*\): SAE 0", said)
    assert re.search(r"by instance and by residue: SAE \d and \d; PLM neurons \d and \d", said)
    assert f"Report: {folder / 'report.html'}" in said
    assert f"Next: python -m interplm.explore run={data / 'run'}" in said
    with open_database(folder / "features.duckdb") as connection:
        assert connection.execute("SELECT count(*) FROM proteins").fetchone() == (120,)
    assert RunFolder(data / "run").result["explained_variance"] == 0.9


def test_the_same_scores_are_found_and_others_refused_until_fresh(scored):
    data, options, _ = scored
    database = data / "run" / "score" / "features.duckdb"
    before = database.stat().st_mtime_ns
    assert "These scores are finished" in run("score", *options, data=data).stdout
    assert database.stat().st_mtime_ns == before
    said = refusal("score", *options, "scoring.f1_floor=0.4", data=data)
    assert "scoring.f1_floor was 0.5, now 0.4" in said
    assert "start over with fresh=true" in said
    run("score", *options, "scoring.f1_floor=0.4", "fresh=true", data=data)
    assert database.stat().st_mtime_ns != before
    run("score", *options, "fresh=true", data=data)


def test_changed_annotations_are_other_scores(scored, tmp_path):
    data, options, _ = scored
    changed = tmp_path / "changed.tsv"
    changed.write_text((data / "annotated.tsv").read_text().replace("HELIX 1.", "HELIX 2."))
    said = refusal("score", *options, f"proteins.path={changed}", data=data)
    assert "annotations_sha256 was" in said


def test_an_sae_of_an_untrained_plm_and_another_seed_stand_beside_the_others(scored):
    data, options, _ = scored
    other = write_run(data / "untrained")
    run(
        "score", *options, f"control_runs.untrained_plm={other.path}",
        f"sister_runs=[{other.path}]", f"folder={data / 'other'}", data=data,
    )  # fmt: skip
    with open_database(data / "other" / "features.duckdb") as connection:
        names = connection.execute("SELECT DISTINCT representation FROM pairs").fetchall()
        sisters = connection.execute("SELECT min(n_sisters) FROM features").fetchone()
    assert {name for (name,) in names} == {"sae", "neurons", "untrained_plm"}
    assert sisters == (1,)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            "dataset=elsewhere",
            "run `python -m interplm.embed plm=esm2_8m plm.name=small proteins=uniprot_",
        ),
        ("run=nowhere", "nowhere holds no finished run: give the folder of one"),
        ("proteins.path=nowhere.tsv", "nowhere.tsv does not exist: correct concepts.source.path"),
        (
            "baselines=[kmeans]",
            "baselines may be random_sae, neurons, pca, shuffled_plm, untrained_plm, ",
        ),
        ("scoring.protocol=best", "scoring.protocol must be one of held_out, original"),
        ("scoring.min_domain=3", "scoring.min_domain is not a setting of this job"),
        ("concepts.minimum.residues=9999", "lower scoring.min_residues"),
    ],
)
def test_what_the_user_can_mend_is_one_sentence(scored, change, message):
    data, options, _ = scored
    overrides = [*options, f"folder={data / 'refused'}", "concepts.minimum.domains=9999"]
    if not change.startswith("concepts"):
        overrides.pop()
    assert message in refusal("score", *overrides, change, "fresh=true", data=data)


def test_without_a_run_the_key_to_give_is_named(scored):
    said = refusal("score", data=scored[0])
    assert said.startswith("Give either run=<folder of a finished run> or sae=")


def test_the_activations_of_a_control_are_asked_for_as_they_are_made(scored):
    data, options, _ = scored
    control = write_run(data / "control", plm="esm2_8m_untrained3")
    said = refusal("score", *options, f"run={control.path}", data=data)
    assert "embed plm=esm2_8m plm.control=untrained plm.seed=3 proteins=uniprot_tsv " in said
    assert f"proteins.path={data / 'annotated.tsv'} 'layers=[3]' dataset=annotated" in said


def test_concepts_report_and_pack_are_in_wandb_where_the_training_was(scored):
    data, _, said = scored
    logged = offline_runs(data / "run" / "score")[-1]
    assert (logged.run.project, logged.run.run_group) == ("ours", "small_layer1")
    assert (logged.run.run_id, logged.run.job_type) == ("abc-score", "score")
    result = yaml.safe_load((data / "run" / "score" / "result.yaml").read_text())
    assert logged.summary["score/sae/n_covered"] == result["sae/n_covered"]
    assert logged.summary["result/l0"] == 4.0
    [concepts] = logged.logged("concepts")
    assert concepts["nrows"] > 0
    assert logged.logged("report")[0]["_type"] == "html-file"
    read, written = logged.artifacts(read=True), logged.artifacts(read=False)
    assert {"sae-run", "proteins-annotated"} <= set(read)
    assert written["report-run"]["files"] == ["report.html", "report.md"]
    assert "labels.tsv" in written["pack-run"]["files"]
    assert f"wandb sync {data / 'run' / 'score' / 'wandb'}" in said


@pytest.fixture(scope="module")
def of_anybody(tmp_path_factory):
    """Scores of an SAE without a run, of which no activations were stored."""
    data = tmp_path_factory.mktemp("published")
    torch.manual_seed(0)
    sae = TopKSAE(d_in=40, d_sae=24, k=3, kernel="dense")
    save_sae(sae, data / "theirs", fingerprint={"d_model": 40})
    _, table, _ = write_all(data / "annotated")
    options = [
        f"sae={data / 'theirs'}", "plm=esm2_8m", *small_plm(data), "layer=1",
        f"proteins.path={table}", *FAST,
    ]  # fmt: skip
    return data, options, run("score", *options, data=data)


def test_an_sae_without_a_run_is_scored_on_activations_that_are_made_for_it(of_anybody):
    data, options, done = of_anybody
    [folder] = (data / "scores").glob("*/annotated")
    assert f"Next: python -m interplm.explore scores={folder}" in done.stdout
    assert ScoreFolder(folder).result is not None
    pack = load_pack(folder / "pack")
    assert (pack.layer, pack.sae.d_sae) == (1, 24)
    assert pack.trained_on["plm"] == "small"
    assert pack.trained_on["weights_sha256"]
    assert "These scores are finished" in run("score", *options, data=data).stdout
    # Where the PLM lies is known from now on.
    inputs = yaml.safe_load((folder / "inputs.yaml").read_text())
    assert (inputs["run"], inputs["sae"]) == (None, str(data / "theirs"))
    assert inputs["plm"]["weights"]


def test_how_well_it_fits_a_plm_that_nobody_named_is_said(of_anybody):
    _, _, done = of_anybody
    assert re.search(r"This SAE explains .* of layer 1 of ", done.stdout + done.stderr)


def test_what_an_sae_leaves_open_is_asked_for(of_anybody, tmp_path):
    data, options, _ = of_anybody
    without = [word for word in options if not word.startswith("layer=")]
    assert "give layer=<number>" in refusal("score", *without, data=data)
    assert "Give either run=" in refusal("score", *options, f"run={data}", data=data)
    no_plm = [word for word in options if not word.startswith("plm")]
    assert "say how to load it with plm=..." in refusal("score", *no_plm, data=data)


def test_several_jobs_share_the_encoding_and_the_last_one_scores(scored):
    data, options, _ = scored
    folder = data / "by_several"
    options = [*options, f"folder={folder}", "wandb=null", "encoding.n_jobs=3"]
    first = run("score", "--multirun", *options, "encoding.job=0,1", data=data).stdout
    # Two shards and one SAE, so that the third job has nothing to encode.
    assert "1 of 2 encoded shards are missing (encoding.job=1). The job that finds all" in first
    assert "These scores are finished" not in first
    assert not (folder / "encoded").exists()
    assert contents(folder / "features.duckdb") == contents(data / "run/score/features.duckdb")
    said = run("score", "--multirun", *options, "encoding.job=0,1,2", data=data).stdout
    assert said.count("These scores are finished") == said.count("Next: python") == 3


def test_a_killed_job_goes_on_with_what_is_encoded(scored):
    data, options, _ = scored
    folder = ScoreFolder(data / "killed")
    options = [*options, f"folder={folder.path}"]
    run("score", *options, "encoding.n_jobs=2", "encoding.job=1", data=data)
    [there] = folder.encoded.rglob("*.npz")
    before = there.stat().st_mtime_ns
    with folder.held():
        said = run("score", *options, "encoding.n_jobs=2", data=data).stdout
        assert "another job is finishing the scores" in said
        assert "is being written by process" in refusal("score", *options, data=data)
    assert there.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["encoding.n_jobs=2", "encoding.job=2"], "encoding.job must be in 0..1 (encoding.n_jobs)"),
        (["encoding.n_jobs=2", "fresh=true"], "would delete what the other jobs encode too: give "),
    ],
)
def test_jobs_that_there_are_not_and_a_fresh_start_of_several_are_refused(scored, words, message):
    data, options, _ = scored
    assert message in refusal("score", *options, f"folder={data / 'no_jobs'}", *words, data=data)
