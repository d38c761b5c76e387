import pytest

from interplm.__main__ import JOBS
from interplm.runtime.help import help_text


@pytest.mark.parametrize("job", JOBS)
def test_every_job_explains_its_settings(job):
    text = help_text(job)
    assert f"python -m interplm.{job}" in text.splitlines()[2]
    assert "_target_" not in text
    assert "hydra:" not in text
    assert "defaults:" not in text


def test_comments_of_the_yaml_files_are_kept_also_of_what_they_build_on():
    text = help_text("train")
    assert "batch_size: 4096            # residues, for each rank" in text
    assert "layer: ???                   # or experiment=layer3" in text
    assert "sae=relu  (batchtopk, gated," in text
    assert "max_residues: 1021       # the published recipe" in help_text("score")


def test_only_groups_of_the_job_are_listed():
    assert "trainer=" not in help_text("embed")
    assert "embedding=default" in help_text("embed")
