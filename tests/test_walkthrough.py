"""The whole walkthrough from an empty folder against failing services, then without a network."""

import gzip

import pytest
from tests.downloads.services import Services, serving
from tests.jobs import refusal, run
from tests.plms.checkpoints import network, write_official

from interplm.demo.proteome import write_proteome

pytestmark = pytest.mark.slow

SMALL = (
    "plm.d_model=40", "proteins.selection.n_proteins=40", "sae.d_sae=64", "trainer.max_steps=20",
    "data.buffer_rows=512", "data.validation_fraction=0.2",
    "trainer.val_check_interval=10", "callbacks.progress=null",
    "fidelity.n_sequences=8", "concepts.minimum_instances=2", "scoring.min_residues=5",
    "scoring.min_domains=2", "scoring.n_bootstraps=20", "scoring.n_permutations=20", "baselines=[]",
)  # fmt: skip


def served(folder):
    """The generated proteome as the public services would have it."""
    _, table = write_proteome(folder=folder, n_proteins=100, seed=0)
    rows = table.read_text().splitlines()
    columns = rows[0].split("\t")
    entry, sequence = columns.index("Entry"), columns.index("Sequence")
    cells = [row.split("\t") for row in rows[1:]]
    fasta = "".join(f">sp|{row[entry]}|X\n{row[sequence]}\n" for row in cells).encode()
    files = {
        "/sprot.fasta.gz": gzip.compress(fasta),
        "/cath.csv": "".join(f"{row[sequence]}\n" for row in cells[-10:]).encode(),
        "/models/esm2_t6_8M_UR50D.pt": write_official(
            network(), folder / "made.pt"
        ).read_bytes(),
    }  # fmt: skip
    return Services(files=files, rows=rows, fault_rate=0.3)


def addresses(url):
    return (
        f"proteins.download.url={url}/sprot.fasta.gz", "proteins.download.metalink=null",
        f"annotated.download.url={url}/uniprotkb/search", "annotated.download.page_size=25",
        f"downloads.cath.url={url}/cath.csv", "downloads.cath.checksum=null",
        f"plm.model.base_url={url}/models",
    )  # fmt: skip


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Folder, overrides and services of a finished walkthrough; the services are gone by then."""
    data = tmp_path_factory.mktemp("empty")
    services = served(tmp_path_factory.mktemp("served"))
    with pytest.MonkeyPatch.context() as patch, serving(services):
        patch.setattr("time.sleep", lambda seconds: None)
        given = (
            "experiment=walkthrough", *SMALL, *addresses(services.url),
            f"plm.model.hub_folder={data}/hub",
        )  # fmt: skip
        said = run("pipeline", *given, data=data).stdout
    return data, given, services, said


def test_one_command_goes_from_an_empty_folder_to_scores(done):
    data, _, _, said = done
    names = {path.name for path in (data / "downloads").iterdir()}
    assert {"uniprot_sprot.fasta.gz", "mouse.tsv.gz", "cath_random_1k.csv"} <= names
    (folder,) = (data / "runs").iterdir()
    assert (folder / "score" / "report.html").is_file()
    assert "Next: python -m interplm.explore" in said
    assert "split by protein" in said


def test_fidelity_was_measured_on_the_downloaded_domains(done):
    data, *_ = done
    (folder,) = (data / "runs").iterdir()
    assert "fidelity/loss_recovered" in (folder / "result.yaml").read_text()


def test_without_a_network_it_is_finished_at_once_and_nothing_is_fetched(done, monkeypatch):
    data, given, services, _ = done
    n_requests = len(services.requests)
    monkeypatch.setenv("INTERPLM_OFFLINE", "1")
    said = run("pipeline", *given, data=data).stdout
    assert "This run is finished" in said
    assert "These scores are finished" in said
    assert len(services.requests) == n_requests


def test_what_is_not_here_is_one_sentence_offline(tmp_path, monkeypatch):
    monkeypatch.setenv("INTERPLM_OFFLINE", "1")
    assert "uniprot_sprot.fasta.gz is not here and InterPLM is offline" in refusal(
        "pipeline", "experiment=walkthrough", data=tmp_path
    )
