"""The job, in a process of its own."""

import subprocess
import time

import pytest
import requests
from tests.explorer.runs import free_port, make_run
from tests.features.small_run import write_all
from tests.features.synthetic_database import write_database
from tests.jobs import command, environment, refusal


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("explore") / "run", n_features=16, n_proteins=20)


def test_the_job_serves_on_this_machine_only_and_says_where(run_folder, tmp_path):
    port = free_port()
    process = subprocess.Popen(
        command("explore", f"run={run_folder}", f"explorer.server.port={port}"),
        env=environment(tmp_path), cwd=tmp_path, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}"
        assert f"open {address}" in process.stdout.readline()
        deadline = time.monotonic() + 60
        while True:
            try:
                page = requests.get(address, timeout=5)
                break
            except requests.ConnectionError:
                assert time.monotonic() < deadline
                time.sleep(0.2)
        assert "InterPLM" in page.text
    finally:
        process.kill()
        process.wait()


def test_without_a_run_or_its_scores_the_job_says_which_is_missing(tmp_path):
    run, _, _ = write_all(tmp_path)
    said = refusal("explore", f"run={tmp_path / 'typo'}", data=tmp_path)
    assert said.startswith(f"{tmp_path / 'typo'} holds no finished run")
    said = refusal("explore", f"run={run.path}", data=tmp_path)
    assert "features.duckdb does not exist: run `python -m interplm.score run=" in said


def test_a_database_of_another_version_is_refused_with_the_mend(tmp_path):
    path = tmp_path / "score" / "features.duckdb"
    write_database(path, n_features=2, n_proteins=2, schema_version=7)
    said = refusal("explore", f"run={tmp_path}", data=tmp_path)
    assert "schema version 7, this InterPLM reads 3: run `python -m interplm.score" in said


def test_a_database_of_another_plm_is_refused(tmp_path):
    folder = make_run(tmp_path / "run", n_features=4, n_proteins=4, plm="esm2_8m")
    said = refusal("explore", f"run={folder}", data=tmp_path)
    assert "was made with plm=esm2_8m, but the SAE beside it reads plm=esm2_demo" in said
