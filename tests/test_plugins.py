"""An SAE, a PLM and a DataModule of another installed package, in all jobs."""

import shutil
import subprocess
import time
from pathlib import Path

import httpx
import pytest
from gradio_client import Client
from tests.explorer.runs import free_port
from tests.jobs import command, environment, run

from interplm.plugins import load_plugins
from interplm.runtime.run_folder import RunFolder
from interplm.sae.export import read_description

MODULE = Path(__file__).parent / "plugin" / "mirrored.py"
CONFIGS = {
    "sae/mirrored.yaml": """
        _target_: mirrored.MirroredSAE
        d_in: ${plm.d_model}
        d_sae: 64
        l1: 0.5   # weight of the penalty
    """,
    "plm/mirrored.yaml": """
        name: mirrored
        d_model: 24
        model:
          _target_: mirrored.Mirrored
          name: ${..name}
    """,
    "data/in_memory.yaml": """
        _target_: mirrored.InMemory
        folder: ${paths.activations}/${plm.name}/layer_${layer}/${dataset}
        batch_size: 256
    """,
}
CHOICES = ("plm=mirrored", "layer=1", "sae=mirrored")
SCORING = (
    "proteins=demo", "concepts=demo", "dataset=demo", "split=accession", "baselines=[neurons]",
    "scoring.n_permutations=50", "scoring.n_bootstraps=50",
)  # fmt: skip


def install(site):
    """What pip leaves: a package, its configs, and the entry point that names it."""
    package = site / "mirrored"
    package.mkdir(parents=True)
    shutil.copy(MODULE, package / "__init__.py")
    for name, text in CONFIGS.items():
        path = package / "configs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(line.removeprefix(" " * 8) for line in text.splitlines()))
    record = site / "mirrored-1.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: mirrored\nVersion: 1.0\n")
    (record / "entry_points.txt").write_text("[interplm.plugins]\nmirrored = mirrored\n")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A data folder, a run trained there, and what was said, with the package installed."""
    data = tmp_path_factory.mktemp("plugin")
    install(data / "site")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(data / "site"))
        load_plugins.cache_clear()
        proteins = ("proteins=demo", "proteins.source.n_proteins=200")
        run("embed", "plm=mirrored", "layers=[1]", *proteins, data=data)
        said = run(
            "train", *CHOICES, "dataset=demo", "data=in_memory", "trainer.max_steps=40",
            "callbacks.progress=null", data=data,
        )  # fmt: skip
        (folder,) = (data / "runs").iterdir()
        yield data, folder, said.stdout + said.stderr
    load_plugins.cache_clear()


def test_all_are_trained_and_what_is_theirs_is_recorded(world):
    _, folder, said = world
    description = read_description(folder / "sae")
    assert description["architecture"] == "mirrored"
    assert description["settings"] == {"d_in": 24, "d_sae": 64, "l1": 0.5}
    assert description["trained_on"]["plm"] == "mirrored"
    assert RunFolder(folder).result["steps"] == 40
    assert "Next: python -m interplm." in said


def test_it_is_evaluated_scored_and_explored(world):
    data, folder, _ = world
    said = run("evaluate", f"run={folder}", data=data).stdout
    assert "mirrored.InMemory" in said
    assert "does not say which proteins it kept for validation" in said
    assert "explained_variance" in (folder / "evaluation.csv").read_text()
    run("score", f"run={folder}", *SCORING, data=data)
    port = free_port()
    process = subprocess.Popen(
        command("explore", f"run={folder}", f"explorer.server.port={port}"),
        env=environment(data) | {"PYTHONPATH": str(data / "site")}, cwd=data,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert "open http" in process.stdout.readline()
        feature = answer(f"http://127.0.0.1:{port}", 1, api_name="/feature")
        assert 0 <= feature["density"] <= 1
    finally:
        process.kill()
        process.wait()


def test_without_the_package_its_run_says_what_is_missing(world):
    data, folder, _ = world
    done = run("evaluate", f"run={folder}", data=data, ok=False, process=True)
    assert done.returncode == 1
    assert "mirrored" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def answer(address, *words, api_name):
    """What the explorer says, as soon as it serves."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return Client(address, verbose=False).predict(*words, api_name=api_name)
        except (httpx.ConnectError, ValueError):
            assert time.monotonic() < deadline
            time.sleep(0.2)
