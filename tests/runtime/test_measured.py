from pathlib import Path

import pytest
from omegaconf import OmegaConf
from tests.runtime.test_instantiation import DEMO as DEMO_PLM

from interplm.errors import BrokenArtifact, MissingArtifact, UserError
from interplm.runtime.measured import measured_by
from interplm.runtime.run_folder import RunFolder

NOTHING = {
    "run": None, "export": None, "activations": None, "plm": None, "table": None,
    "paths": {"activations": "acts"}, "fidelity": {"sequences": None},
    "validation_fraction": 0.05, "split_seed": 0,
}  # fmt: skip


def config(**changes):
    return OmegaConf.create(NOTHING | changes)


@pytest.fixture
def run(tmp_path):
    made = RunFolder(tmp_path / "run")
    settings = {
        "data": {"validation_fraction": 0.2, "split_seed": 7},
        "activations": {"plm": "small", "layer": 3},
    }
    with made.claimed(settings, fresh=False):
        made.record_inputs(
            {"plm": {"model": DEMO_PLM}, "dataset": "swissprot", "sequences": "a.fasta"}
        )
    return made


def test_a_finished_run_says_where_everything_lies(run):
    run.finish({"l0": 1.0})
    found = measured_by(config(run=str(run.path)))
    assert found.sae == run.path / "sae"
    assert found.activations == Path("acts/small/layer_3/swissprot")
    assert found.load_plm().name == "esm2_demo"
    assert found.sequences == "a.fasta"
    assert (found.validation_fraction, found.split_seed) == (0.2, 7)
    assert found.table == run.path / "evaluation.csv"


def test_the_command_line_goes_first(run):
    run.finish({"l0": 1.0})
    found = measured_by(
        config(
            run=str(run.path),
            activations="other",
            table="t.csv",
            plm={"model": {"_target_": "builtins.dict", "name": "other"}},
            fidelity={"sequences": "b.csv"},
        )
    )
    assert (found.activations, found.table) == (Path("other"), Path("t.csv"))
    assert found.load_plm() == {"name": "other"}
    assert found.sequences == "b.csv"


def test_a_run_that_is_not_finished_is_refused(run):
    with pytest.raises(MissingArtifact, match="holds no finished run"):
        measured_by(config(run=str(run.path)))


def test_a_run_and_an_export_at_once_are_refused():
    with pytest.raises(UserError, match=r"Give either run=.* or export="):
        measured_by(config(run="x", export="y"))


def test_an_export_needs_activations_and_has_the_split_that_is_given():
    with pytest.raises(UserError, match="Nothing says on what sae is to be measured"):
        measured_by(config(export="sae"))
    found = measured_by(config(export="sae", activations="acts"))
    assert (found.validation_fraction, found.load_plm) == (0.05, None)
    assert found.table == Path("sae/evaluation.csv")


def test_activations_that_moved_out_of_the_data_folder_are_found_where_they_were(run, tmp_path):
    run.finish({"l0": 1.0})
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    run.record_inputs(run.inputs | {"activations": str(elsewhere)})
    assert measured_by(config(run=str(run.path))).activations == elsewhere


def test_a_plm_that_a_strangers_folder_names_is_not_made(run):
    run.finish({"l0": 1.0})
    run.record_inputs(run.inputs | {"plm": {"model": {"_target_": "os.getcwd"}}})
    found = measured_by(config(run=str(run.path)))
    with pytest.raises(BrokenArtifact, match=r"asks for 'os.getcwd'"):
        found.load_plm()
