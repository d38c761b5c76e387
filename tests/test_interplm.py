import subprocess
import sys

import pytest

import interplm

# In a process in which nothing of ours has been imported.
FIND_JOBS = """
import interplm
from interplm.__main__ import JOBS
for job in JOBS:
    assert callable(getattr(getattr(interplm, job), job)), job
"""


def test_every_job_is_found_without_an_import_of_its_own():
    subprocess.run([sys.executable, "-c", FIND_JOBS], check=True)


def test_what_does_not_exist_is_no_attribute():
    with pytest.raises(AttributeError, match="nonesuch"):
        interplm.nonesuch  # noqa: B018
