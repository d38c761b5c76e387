import csv
import shutil

import pytest
import yaml
from tests.evaluation.plms import settings
from tests.jobs import FAST_TRAINING, refusal, run, small_plm, write_proteins

from interplm.evaluation import FidelityBenchmark
from interplm.plms.esm2 import load_esm2
from interplm.proteins import FastaSource, is_validation
from interplm.sae import load_sae


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A store, and a run on it that measured fidelity while training."""
    folder = tmp_path_factory.mktemp("data")
    path = write_proteins(folder)
    plm = small_plm(folder)
    run("embed", *plm, f"proteins.path={path}", "layers=[2]", "embedding.device=cpu", data=folder)
    run("train", *plm, *FAST_TRAINING, "layer=2", f"proteins.path={path}", "callbacks=fidelity",
        "sae=topk", "sae.k=4", "trainer.max_steps=60", f"run={folder / 'run'}",
        data=folder)  # fmt: skip
    return folder


def evaluate(data, *overrides, **options):
    return run("evaluate", *overrides, "device=cpu", data=data, **options)


def table(path):
    with path.open(newline="") as file:
        return {(row["metric"], row["space"]): float(row["value"]) for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def evaluated(data):
    """What the job said of the run, and its table."""
    done = evaluate(data, f"run={data / 'run'}")
    return done, table(data / "run" / "evaluation.csv")


def test_a_finished_run_needs_nothing_but_its_folder(data, evaluated):
    done, found = evaluated
    assert {"plm", "sae", "features", "decoder", "logits"} == {space for _, space in found}
    assert f"Table: {data / 'run' / 'evaluation.csv'}" in done.stdout
    assert f"Next: python -m interplm.score run={data / 'run'} proteins=fasta " in done.stdout
    assert "explained_variance " in done.stdout


def test_the_figures_are_those_that_training_ended_with(data, evaluated):
    _, found = evaluated
    result = yaml.safe_load((data / "run" / "result.yaml").read_text())
    assert found["explained_variance", "plm"] == pytest.approx(
        result["explained_variance"], abs=1e-5
    )
    assert found["l0", "features"] == pytest.approx(result["l0"], rel=1e-5)
    for (name, space), value in found.items():
        if space == "logits":
            assert value == pytest.approx(result[f"fidelity/{name}"], rel=1e-3, abs=1e-4), name


def test_fidelity_is_of_validation_proteins_alone(data, evaluated):
    held_out = [
        record.sequence
        for record in FastaSource(path=data / "proteins.fasta", name="x").read()
        if is_validation(record.accession, fraction=0.1, seed=0)
    ]
    assert 0 < len(held_out) < 60
    plm = load_esm2(name="small", model="esm2_t6_8M_UR50D", weights=data / "esm2_small0.pt",
                    base_url=None, hub_folder=None, control=None, seed=0)  # fmt: skip
    made = FidelityBenchmark(plm=plm, layer=2, sequences=held_out, settings=settings())
    _, found = evaluated
    for name, value in made.measure(load_sae(data / "run" / "sae")).figures().items():
        assert found[name, "logits"] == pytest.approx(value, rel=1e-3, abs=1e-4), name


def test_another_list_of_sequences_can_be_given(data, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("MKVLAAGIVGLCAKAYWERTHG\nACDEFGHIKLMNPQRSTVWY\n")
    done = evaluate(
        data, f"run={data / 'run'}", f"fidelity.sequences={path}", f"table={tmp_path / 't.csv'}"
    )
    assert "2 of 2 sequences of " in done.stdout
    assert ("loss_recovered", "logits") in table(tmp_path / "t.csv")


def test_an_exported_sae_can_be_evaluated_without_its_run(data, evaluated, tmp_path):
    sae = tmp_path / "sae"
    shutil.copytree(data / "run" / "sae", sae)
    folder = data / "activations" / "small" / "layer_2" / "proteins"
    done = evaluate(data, f"export={sae}", f"activations={folder}", "validation_fraction=0.1")
    assert "Reconstruction fidelity is left out: give plm=" in done.stderr + done.stdout
    of_run = {key: value for key, value in evaluated[1].items() if key[1] != "logits"}
    assert table(sae / "evaluation.csv") == of_run


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ([], "Give either run=<folder of a finished run> or export=<folder of an exported SAE>"),
        (["run=nowhere"], "nowhere holds no finished run: give the folder of one"),
    ],
)
def test_what_is_to_be_evaluated_must_be_said(data, overrides, message):
    assert message in refusal("evaluate", *overrides, data=data)


def test_activations_of_another_layer_are_refused(data):
    run("embed", *small_plm(data), f"proteins.path={data / 'proteins.fasta'}", "layers=[1]",
        "embedding.device=cpu", data=data)  # fmt: skip
    folder = data / "activations" / "small" / "layer_1" / "proteins"
    said = refusal("evaluate", f"run={data / 'run'}", f"activations={folder}", data=data)
    assert "was trained on activations with layer=2, but those given have layer=1" in said


def test_another_plm_is_refused(data, tmp_path):
    weights, *_ = small_plm(tmp_path, seed=1)
    said = refusal("evaluate", f"run={data / 'run'}", "plm=esm2_8m", weights, data=data)
    assert "choose the matching plm, plm.weights and plm.control" in said
