"""Fixtures that many tests share."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real proteins, given by INTERPLM_SHARED_DATA or lying beside the checkout."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("INTERPLM_SHARED_DATA", beside))
    if not folder.is_dir():
        pytest.skip("real proteins are not here; INTERPLM_SHARED_DATA names their folder")
    return folder
