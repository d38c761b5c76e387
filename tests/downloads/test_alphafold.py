"""Structures of a list, from a stand-in of AlphaFold DB."""

import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.downloads.services import Services, Watched, serving

from interplm.downloads import AlphaFoldStructures
from interplm.downloads.alphafold import MISSING_FILE, fetch_structure
from interplm.errors import BrokenArtifact, MissingArtifact

NAMES = ["P69905", "P68871", "P02144"]


@pytest.fixture
def services(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    with serving(Services()) as made:
        for name in NAMES[:2]:
            model = {"uniprotAccession": name, "cifUrl": f"{made.url}/files/{name}.cif"}
            made.files[f"/api/{name}"] = json.dumps([model]).encode()
            made.files[f"/files/{name}.cif"] = f"data_{name}\n".encode()
        yield made


@pytest.fixture
def structures(services, tmp_path):
    (tmp_path / "list.txt").write_text("".join(f"{name} a protein\n" for name in NAMES))

    def make(**changes):
        settings = {
            "accessions": tmp_path / "list.txt", "url": f"{services.url}/api/{{accession}}",
            "path": tmp_path / "structures", "runs": tmp_path / "runs", "n_attempts": 12,
            "timeout_s": 5.0, "offline": False,
        }  # fmt: skip
        return AlphaFoldStructures(**settings | changes)

    return make


@pytest.mark.parametrize("fault_rate", [0.0, 0.3])
def test_what_there_is_is_fetched_once_and_what_there_is_not_is_listed(
    services, structures, fault_rate
):
    services.fault_rate = fault_rate
    made = structures()
    assert not made.is_here()
    folder = made.get()
    assert sorted(path.name for path in folder.iterdir()) == [
        "P68871.cif", "P69905.cif", MISSING_FILE,
    ]  # fmt: skip
    assert (folder / "P69905.cif").read_text() == "data_P69905\n"
    assert (folder / MISSING_FILE).read_text() == "P02144\n"
    n_requests = len(services.requests)
    assert structures(offline=True).get() == folder
    assert structures().is_here()
    assert structures().get() == folder
    assert len(services.requests) == n_requests


def test_afresh_the_old_file_stays_until_the_new_one_is_whole(services, structures):
    folder = structures().get()
    services.files["/files/P69905.cif"] = b"data_later\n"
    n_here = []
    services.requests = Watched(lambda _: n_here.append(len(list(folder.glob("*.cif")))))
    services.files["/api/P68871"] = b"[{"
    with pytest.raises(BrokenArtifact, match="no answer that can be read"):
        structures().get(fresh=True)
    assert (folder / "P69905.cif").read_text() == "data_later\n"
    assert (folder / "P68871.cif").read_text() == "data_P68871\n"
    assert set(n_here) == {2}


def test_offline_what_is_not_here_is_one_sentence(services, structures):
    with pytest.raises(MissingArtifact, match=r"3 structures, P69905 first, are not in .*offline"):
        structures(offline=True).get()
    assert services.requests == []


def test_another_server_s_address_is_not_followed(services, structures):
    model = {"uniprotAccession": "P69905", "cifUrl": "http://127.0.0.2:1/P69905.cif"}
    services.files["/api/P69905"] = json.dumps([model]).encode()
    with pytest.raises(BrokenArtifact, match="a foreign address"):
        structures().get()


def test_the_run_that_was_scored_last_is_said_to_show_them(structures, tmp_path):
    assert structures().next_command() is None
    (tmp_path / "runs" / "unscored").mkdir(parents=True)
    assert structures().next_command() is None
    for age, name in enumerate(["b", "a", "c"]):
        database = tmp_path / "runs" / name / "score" / "features.duckdb"
        database.parent.mkdir(parents=True)
        database.touch()
        os.utime(database, (1000 - age, 1000 - age))
    shown = {"run": tmp_path / "runs" / "b", "explorer.structures.cache": tmp_path / "structures"}
    assert structures().next_command() == ("explore", shown)


def test_several_that_want_the_same_structure_fetch_it_once(services, tmp_path):
    def fetch(_):
        return fetch_structure(
            "P69905", url=f"{services.url}/api/{{accession}}", folder=tmp_path, n_attempts=1,
            timeout_s=5.0,
        ).read_text()  # fmt: skip

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(fetch, range(32))) == {"data_P69905\n"}
    assert [path.name for path in tmp_path.iterdir()] == ["P69905.cif"]
    assert services.requests == ["/api/P69905", "/files/P69905.cif"]
