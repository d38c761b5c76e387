"""The built wheel, away from the checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(folder),
         str(ROOT)],
        check=True, capture_output=True,
    )  # fmt: skip
    return next(folder.glob("*.whl"))


def test_it_carries_every_config_and_the_bundled_plm(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    configs = {f"interplm/{path.relative_to(ROOT)}" for path in ROOT.glob("configs/**/*.yaml")}
    assert configs <= names
    assert {"interplm/demo/esm2_demo.pt", "interplm/demo/esm2_demo.md"} <= names
    plugins = {"grid_sweeper", "one_pass_launcher", "optuna_sweeper"}
    assert {f"hydra_plugins/{name}.py" for name in plugins} <= names


def test_it_runs_from_any_folder_without_the_checkout(wheel, tmp_path):
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "interplm.embed", "proteins=demo", "plm=esm2_demo", "layers=[1]",
         "proteins.source.n_proteins=3", "proteins.selection.n_proteins=2"],
        cwd=elsewhere, env=os.environ | {"PYTHONPATH": str(site)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    shard = Path("interplm_data/activations/esm2_demo/layer_1/demo/shard_00000.h5")
    assert (elsewhere / shard).is_file()
    assert not (ROOT / shard).exists()
