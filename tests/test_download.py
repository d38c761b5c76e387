import gzip

import pytest
from tests.downloads.services import Services, serving
from tests.jobs import refusal, run

FASTA = gzip.compress(b">sp|P00001|X\nMKTAYIAKQR\n")


@pytest.fixture
def services():
    with serving(Services(files={"/some.fasta.gz": FASTA})) as made:
        yield made


def options(services):
    return f"resource.url={services.url}/some.fasta.gz", "resource.metalink=null"


def test_it_says_where_the_file_is_and_what_uses_it(services, tmp_path):
    said = run("download", "resource=swissprot", *options(services), data=tmp_path).stdout
    path = tmp_path / "downloads" / "uniprot_sprot.fasta.gz"
    assert path.read_bytes() == FASTA
    assert f"{path}: {len(FASTA)} bytes, from {services.url}/some.fasta.gz" in said
    assert f"Next: python -m interplm.embed proteins.path={path} 'layers=[3]'" in said


def test_a_second_time_nothing_is_fetched_unless_asked_for(services, tmp_path):
    for words, n_requests in (((), 1), ((), 1), (("offline=true",), 1), (("fresh=true",), 2)):
        run("download", *options(services), *words, data=tmp_path)
        assert len(services.requests) == n_requests


def test_offline_it_is_one_sentence(services, tmp_path):
    said = refusal("download", *options(services), "offline=true", data=tmp_path)
    assert "is not here and InterPLM is offline: copy it there" in said
    assert services.requests == []


def test_embedding_fetches_the_proteins_that_it_lacks_and_leaves_files_by_hand_alone(
    services, tmp_path
):
    words = ("proteins=swissprot", "plm=esm2_demo", "layers=[1]")
    url = f"proteins.download.url={services.url}/some.fasta.gz"
    run("embed", *words, url, "proteins.download.metalink=null", data=tmp_path)
    assert (tmp_path / "activations/esm2_demo/layer_1/swissprot").is_dir()
    assert "nothing.fasta does not exist" in refusal(
        "embed", *words, url, "proteins.path=nothing.fasta", data=tmp_path
    )
    assert len(services.requests) == 1
