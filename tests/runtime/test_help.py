import re
import shlex

import pytest

from interplm.__main__ import JOBS
from interplm.runtime.configs import compose
from interplm.runtime.help import examples, help_text


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


def settings(text):
    """Lines of settings with a value, which follows from no other setting."""
    for line in text.splitlines():
        found = re.match(r"\s+(\w+): +([^\s#].*)$", line)
        if found and not re.match(r"\$\{(?!oc\.env)", found[2]):
            yield line.strip()


@pytest.mark.parametrize("job", JOBS)
def test_every_setting_has_a_line_of_its_own_that_says_what_it_is(job):
    assert [line for line in settings(help_text(job)) if " # " not in line] == []


def test_what_an_option_changes_of_the_one_it_builds_on_is_shown_once():
    text = help_text("download")
    assert text.count("    url: ") == 1
    assert "url: https://ftp.uniprot.org" in text
    score = help_text("score")
    assert score.count("\n    name: ") == 1
    assert score.count("\n    source:\n") == 2  # of the proteins, of the concepts


EXAMPLES = [(job, example) for job in JOBS for example in examples(job)]


@pytest.mark.parametrize(("job", "example"), EXAMPLES)
def test_examples_compose(job, example):
    assert example in help_text(job)
    if "--multirun" in example:
        example = re.sub(r"--multirun|hydra/\S+", "", re.sub(r"(=\w+),\S*", r"\1", example))
    words = shlex.split(example)
    assert words[:3] == ["python", "-m", f"interplm.{job}"]
    assert compose(job, *(re.sub("^sae=(?=.*/)", "source=", word) for word in words[3:]))


def test_every_job_has_two_examples():
    assert {job for job, _ in EXAMPLES} == set(JOBS)
    assert all(len(examples(job)) >= 2 for job in JOBS)
