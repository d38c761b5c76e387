import pytest
from tests.jobs import small_plm

from interplm.errors import BrokenArtifact, UserError
from interplm.runtime.configs import compose
from interplm.runtime.plm_of import plm_of
from interplm.runtime.plm_record import plm_record
from interplm.runtime.run_folder import RunFolder

TRAINED_ON = {"plm": "small", "layer": 1}


@pytest.fixture
def run(tmp_path):
    """A folder that records a PLM which no yaml file names."""
    (tmp_path / "run" / "sae").mkdir(parents=True)
    run = RunFolder(tmp_path / "run")
    run.record_inputs({"plm": plm_record(compose("embed", *small_plm(tmp_path)).plm)})
    return run


@pytest.mark.parametrize("place", ["", "sae"])
def test_a_record_says_what_the_name_does_not(run, place):
    assert plm_of(TRAINED_ON, None, sae=str(run.path / place)).d_model == 40


def test_without_the_recorded_weights_the_name_counts(run, tmp_path):
    (tmp_path / "esm2_small0.pt").unlink()
    with pytest.raises(UserError, match="reads the PLM 'small', which is not one of those"):
        plm_of(TRAINED_ON, None, sae=str(run.path))


@pytest.mark.parametrize("is_run", [True, False])
def test_a_damaged_record_is_one_sentence(run, is_run):
    if not is_run:
        (run.path / "sae").rmdir()
    (run.path / "inputs.yaml").write_text("plm: [")
    with pytest.raises(BrokenArtifact, match=r"inputs\.yaml is damaged"):
        plm_of(TRAINED_ON, None, sae=str(run.path))
