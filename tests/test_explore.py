"""The job, in a process of its own."""

import re
import shutil
import signal
import subprocess
import time
from itertools import product

import pytest
import requests
from tests.explorer.runs import free_port, make_run
from tests.features.small_run import store_folder, write_all
from tests.features.synthetic_database import write_database
from tests.jobs import command, environment, refusal

from interplm.explore import _of_run, _of_scores
from interplm.explorer.pages import PAGES
from interplm.runtime.activation_folder import ActivationFolder

ADDRESSES = {
    "": {}, "features": {"q": "zinc"}, "feature": {"feature": "1"},
    "concepts": {}, "your-protein": {"protein": "MKAVAVVLAALAAFTAFALQMSSVL", "show": "all"},
    "compare": {"feature": "1", "with": "2"},
}  # fmt: skip


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("explore") / "topk", n_features=16, n_proteins=20)


@pytest.fixture(scope="module")
def scores(run_folder):
    """The same as `score` leaves it of an SAE that no run made."""
    folder = run_folder.parent / "scores"
    shutil.copytree(run_folder / "sae", folder / "pack")
    shutil.copy(run_folder / "score" / "features.duckdb", folder)
    shutil.copy(run_folder / "inputs.yaml", folder)
    return folder


def test_scores_without_a_run_and_a_run_beside_them_are_served_with_every_page(
    scores, run_folder, tmp_path
):
    port = free_port()
    process = subprocess.Popen(
        command("explore", f"scores={scores}", f"beside=[{run_folder}]",
                f"explorer.server.port={port}"),
        env=environment(tmp_path), cwd=tmp_path, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}"
        assert f"open {address}" in process.stdout.readline()
        wait_for(address)
        for page, run in product(PAGES, ("", "topk")):
            for part, html in parts_of(address, page, run).items():
                said = f"{page.path} {part}: {html}"
                assert 'role="alert"' not in html, said
                assert not re.search(r"\brun\b", re.sub("<[^>]*>", " ", html)), said
        process.terminate()
        said, _ = process.communicate(timeout=60)
        assert process.returncode == 128 + signal.SIGTERM
        assert said.startswith("Stopped by SIGTERM.")
        assert said.count("\n") == 1
    finally:
        process.kill()
        process.wait()


def wait_for(address):
    deadline = time.monotonic() + 60
    while True:
        try:
            assert "InterPLM" in requests.get(address, timeout=30).text
            return
        except requests.ConnectionError:
            assert time.monotonic() < deadline
            time.sleep(0.2)


def parts_of(address, page, run):
    """HTML of every part of a page, by name."""
    names = [part.name for part in page.parts]
    asked = [page.path, names, ADDRESSES[page.path] | {"run": run}]
    answer = requests.post(f"{address}/gradio_api/run/parts", json={"data": asked}, timeout=120)
    answer.raise_for_status()
    return answer.json()["data"][0]


def test_runs_and_scores_of_one_plm_share_it(scores, run_folder):
    plm = _of_run(run_folder).load_plm()
    assert _of_scores(scores).load_plm() is plm


def test_without_a_run_or_its_scores_the_job_says_which_is_missing(tmp_path):
    run, table, _ = write_all(tmp_path)
    proteins = {"option": "uniprot_tsv", "path": str(table)}
    ActivationFolder(store_folder(tmp_path)).record_inputs({"proteins": proteins})
    said = refusal("explore", f"run={tmp_path / 'typo'}", data=tmp_path)
    assert said.startswith(f"{tmp_path / 'typo'} holds no finished run")
    said = refusal("explore", f"run={run.path}", data=tmp_path)
    assert f"features.duckdb does not exist: run `python -m interplm.score run={run.path}" in said
    assert f"proteins.path={table}" in said


def test_a_database_of_another_version_is_refused_with_the_mend(tmp_path):
    path = tmp_path / "score" / "features.duckdb"
    write_database(path, n_features=2, n_proteins=2, schema_version=7)
    said = refusal("explore", f"run={tmp_path}", data=tmp_path)
    assert "schema version 7, this InterPLM reads 4: run `python -m interplm.score" in said


def test_a_database_of_another_plm_is_refused(tmp_path):
    folder = make_run(tmp_path / "run", n_features=4, n_proteins=4, plm="esm2_8m")
    said = refusal("explore", f"run={folder}", data=tmp_path)
    assert "was made with plm=esm2_8m, but the SAE beside it reads plm=esm2_demo" in said
