import gzip
import json
import shlex

import pytest
from tests.downloads.services import Services, serving
from tests.jobs import refusal, run

from interplm.runtime.configs import compose

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
    assert (
        f"Next: python -m interplm.embed proteins=swissprot proteins.path={path} 'layers=[3]'"
    ) in said


def following(said):
    """The job that is said to come next, and its words."""
    python, _, job, *words = shlex.split(said.partition("Next: ")[2])
    assert python == "python"
    return job.removeprefix("interplm."), words


def test_the_table_of_an_option_is_said_to_be_embedded_as_that_option_s(services, tmp_path):
    services.rows = ["Entry\tReviewed\tLength\tSequence", "P00001\treviewed\t10\tMKTAYIAKQR"]
    url = f"resource.url={services.url}/uniprotkb/search"
    job, words = following(run("download", "resource=mouse", url, data=tmp_path).stdout)
    run(job, *words, "plm=esm2_demo", data=tmp_path)
    assert (tmp_path / "activations/esm2_demo/layer_3/mouse").is_dir()


def test_the_walkthrough_is_said_to_follow_fidelity_on_a_list(services, tmp_path):
    services.files["/cath.csv"] = b"MKTAYIAKQR\n"
    path = tmp_path / "mine.csv"
    words = (f"resource.url={services.url}/cath.csv", "resource.checksum=null")
    said = run("download", "resource=cath", *words, f"resource.path={path}", data=tmp_path).stdout
    job, words = following(said)
    assert job == "pipeline"
    assert compose(job, *words).fidelity.sequences == str(path)


def test_structures_without_a_scored_run_have_no_command_after_them(services, tmp_path):
    services.files["/P69905"] = json.dumps([{"cifUrl": f"{services.url}/P69905.cif"}]).encode()
    services.files["/P69905.cif"] = b"data_P69905\n"
    (tmp_path / "list.txt").write_text("P69905\n")
    url = f"resource.url='{services.url}/{{accession}}'"
    words = ("download", "resource=structures", "resource.accessions=list.txt", url)
    said = run(*words, data=tmp_path).stdout
    assert "1 structures" in said
    assert "Next:" not in said
    (tmp_path / "runs/a/score").mkdir(parents=True)
    (tmp_path / "runs/a/score/features.duckdb").touch()
    job, words = following(run(*words, data=tmp_path).stdout)
    assert job == "explore"
    assert compose(job, *words).run == f"{tmp_path}/runs/a"


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
