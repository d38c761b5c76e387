"""Against stand-ins for the services, with and without faults, and after they have gone."""

import gzip
import hashlib
import logging
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
import yaml
from tests.downloads.services import Services, Watched, serving
from tests.files.misbehaving_server import Fault
from tests.plms.checkpoints import network, write_official

from interplm.downloads import ESM2Weights, ProteinFile, UniProtAccessions, UniProtQuery
from interplm.downloads.published_file import checksum_in
from interplm.errors import FingerprintMismatch, MalformedInput, MissingArtifact, UserError
from interplm.files.download import DownloadFailed
from interplm.proteins import UniProtTsvSource

FIELDS = ["accession", "reviewed", "length", "sequence"]
HEADER = "Entry\tReviewed\tLength\tSequence"
ACCESSIONS = [f"P{number:05d}" for number in range(57)]
# Some software takes a form feed for the end of a line.
ROWS = [HEADER, *(f"{name}\treviewed\t4\tMKVL" for name in ACCESSIONS)]
FASTA = gzip.compress(
    b"".join(b">sp|%s|X_MOUSE\n%s\n" % (name.encode(), b"MKTAYIAKQR" * 40) for name in ACCESSIONS),
    compresslevel=0,
)
CONNECTION = {"n_attempts": 12, "timeout_s": 5.0, "offline": False}


def metalink(content, name="some.fasta.gz"):
    digest = hashlib.md5(content).hexdigest()
    return (
        '<metalink version="3.0" xmlns="http://www.metalinker.org/"><files>'
        f'<file name="other"><verification><hash type="md5">0</hash></verification></file>'
        f'<file name="{name}"><size>1</size><verification><hash type="md5">{digest}</hash>'
        "</verification></file></files></metalink>"
    ).encode()


@pytest.fixture
def services(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    made = Services(rows=list(ROWS))
    made.files = {"/ftp/some.fasta.gz": FASTA, "/ftp/RELEASE.metalink": metalink(FASTA)}
    with serving(made):
        yield made


@pytest.fixture
def fasta(services, tmp_path):
    def make(**changes):
        settings = {
            "url": f"{services.url}/ftp/some.fasta.gz", "path": tmp_path / "d" / "some.fasta.gz",
            "checksum": None, "metalink": f"{services.url}/ftp/RELEASE.metalink",
            "proteins": "fasta",
        }  # fmt: skip
        return ProteinFile(**settings | CONNECTION | changes)

    return make


@pytest.fixture
def table(services, tmp_path):
    def make(**changes):
        settings = {
            "url": f"{services.url}/uniprotkb/search", "query": "reviewed:true", "fields": FIELDS,
            "page_size": 10, "path": tmp_path / "d" / "mouse.tsv.gz", "proteins": "mouse",
        }  # fmt: skip
        return UniProtQuery(**settings | CONNECTION | changes)

    return make


def rows(path):
    return gzip.decompress(path.read_bytes()).decode().splitlines()


def left(path):
    return sorted(found.name for found in path.parent.iterdir())


def test_a_file_comes_with_its_published_checksum_and_a_note_of_its_origin(fasta, services):
    source = fasta()
    assert source.get().read_bytes() == FASTA
    assert left(source.path) == ["some.fasta.gz", "some.fasta.gz.origin.yaml"]
    note = yaml.safe_load(source.origin_path.read_text())
    assert note["url"] == f"{services.url}/ftp/some.fasta.gz"
    assert note["checksum"] == f"md5:{hashlib.md5(FASTA).hexdigest()}"


def test_a_file_unlike_its_published_checksum_is_refused(fasta, services):
    services.files["/ftp/RELEASE.metalink"] = metalink(b"another release")
    with pytest.raises(DownloadFailed, match="does not have the checksum md5:"):
        fasta().get()


def test_where_no_checksum_is_to_be_had_the_content_is_checked(fasta, services, caplog):
    del services.files["/ftp/RELEASE.metalink"]
    with caplog.at_level(logging.WARNING):
        assert fasta().get().read_bytes() == FASTA
    assert "No checksum" in caplog.text


def test_a_server_that_is_not_there_is_not_asked_for_the_file_after_the_checksum(fasta, caplog):
    gone = "http://127.0.0.1:9/ftp"
    with pytest.raises(DownloadFailed, match=r"RELEASE.metalink could not be read .*refused"):
        fasta(url=f"{gone}/some.fasta.gz", metalink=f"{gone}/RELEASE.metalink").get()
    assert "No checksum" not in caplog.text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (FASTA[:-20], "a damaged gzip file"),
        (gzip.compress(b"<!DOCTYPE html><html>log in</html>\n"), "is not what it should be"),
        (gzip.compress(b""), "is not what it should be"),
    ],
    ids=["cut off", "a web page", "empty"],
)
def test_a_whole_file_of_something_else_is_refused_and_not_kept(fasta, services, content, message):
    services.files["/ftp/some.fasta.gz"] = content
    source = fasta(metalink=None)
    with pytest.raises(DownloadFailed, match=message):
        source.get()
    assert left(source.path) == []


def test_a_web_page_in_place_of_a_file_is_tried_again(fasta, services):
    services.faults = [Fault(headers={"Content-Type": "text/html; charset=utf-8"})] * 2
    assert fasta(metalink=None).get().read_bytes() == FASTA
    assert len(services.requests) == 3


def test_a_file_for_whose_address_another_was_fetched_is_not_taken_for_it(fasta):
    fasta().get()
    with pytest.raises(FingerprintMismatch, match=r"came from another url .*resource\.path="):
        fasta(url="http://127.0.0.1:9/other.fasta.gz").get()


def test_an_old_file_stays_where_its_successor_does_not_arrive(fasta, services):
    path = fasta().get()
    services.files.clear()
    with pytest.raises(DownloadFailed):
        fasta().get(fresh=True)
    assert path.read_bytes() == FASTA
    services.files["/ftp/some.fasta.gz"] = gzip.compress(b">P1\nMKV\n")
    assert fasta(metalink=None).get(fresh=True).read_bytes() != FASTA
    assert left(path) == ["some.fasta.gz", "some.fasta.gz.origin.yaml"]


def test_afresh_the_old_file_lies_there_until_the_new_one_does(
    fasta, table, services, tmp_path, checkpoint
):
    for make in (fasta, table, lambda: weights(services, tmp_path, regression_url=None)):
        path = make().get()
        old, seen = path.stat().st_ino, set()
        services.requests = Watched(lambda _, path=path, seen=seen: seen.add(path.stat().st_ino))
        assert make().get(fresh=True).stat().st_ino != old
        assert seen == {old}


@pytest.mark.parametrize("compress", [True, False])
def test_a_table_comes_page_by_page(table, services, compress):
    services.compress = compress
    path = table().get()
    assert rows(path) == ROWS
    assert len(services.requests) == 6
    assert left(path) == ["mouse.tsv.gz", "mouse.tsv.gz.origin.yaml"]
    note = yaml.safe_load(table().origin_path.read_text())
    assert (note["release"], note["n_rows"]) == ("2026_04", 57)
    source = UniProtTsvSource(path=path, name="mouse", reviewed_only=True)
    assert [record.accession for record in source.read()] == ACCESSIONS


def test_an_interrupted_table_is_gone_on_with_at_the_next_page(table, services):
    services.faults = [Fault(headers={})] * 3 + [Fault(status=503)] * 12
    with pytest.raises(DownloadFailed, match="run the same command again to go on from here"):
        table().get()
    n_requests = len(services.requests)
    # What a process killed in the middle of a page wrote of it.
    with table().path.with_name("mouse.tsv.gz.partial").open("ab") as file:
        file.write(b"half a page")
    assert rows(table().get()) == ROWS
    assert "cursor=c30" in services.requests[n_requests]
    assert len(services.requests) == n_requests + 3


def test_what_another_query_left_is_not_gone_on_with(table, services):
    services.faults = [Fault(headers={})] + [Fault(status=503)] * 12
    with pytest.raises(DownloadFailed):
        table().get()
    assert rows(table(query="length:4").get()) == ROWS


def test_pages_of_two_releases_are_not_put_together(table, services):
    services.faults = [Fault(headers={})] + [Fault(status=503)] * 12
    with pytest.raises(DownloadFailed):
        table().get()
    services.release = "2027_01"
    with pytest.raises(UserError, match="UniProt changed to release 2027_01"):
        table().get()
    assert rows(table().get()) == ROWS


@pytest.mark.parametrize("compress", [True, False])
def test_a_page_that_breaks_off_unsaid_is_noticed(table, services, compress):
    services.compress = compress
    services.faults = [Fault(cut_after=60, headers={"Content-Length": "60"})]
    assert rows(table().get()) == ROWS


def test_a_refusal_quotes_the_server(table):
    with pytest.raises(DownloadFailed, match="'nonsense' is not a valid search field"):
        table(query="nonsense:1").get()


def test_a_query_that_finds_nothing_leaves_nothing(table):
    source = table(query="nothing")
    with pytest.raises(UserError, match="UniProt has no entry for the query 'nothing'"):
        source.get()
    assert left(source.path) == []


def test_of_several_that_want_a_table_one_fetches_it(table, services):
    with ThreadPoolExecutor(4) as pool:
        paths = list(pool.map(lambda _: table().get(), range(4)))
    assert rows(paths[0]) == ROWS
    assert len(services.requests) == 6
    assert left(paths[0]) == ["mouse.tsv.gz", "mouse.tsv.gz.origin.yaml"]


def test_one_that_waited_for_another_query_s_table_does_not_take_it_for_its_own(table):
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(table(query=query).get) for query in ("length:4", "length:5")]
    (refused,) = filter(None, (one.exception() for one in asked))
    assert isinstance(refused, FingerprintMismatch)
    assert rows(table().path) == ROWS


@pytest.mark.parametrize(
    "damage",
    [b"", gzip.compress(b"P1\treviewed\t4\tMKVL\n" * 58), b"no gzip"],
    ids=["lost", "without a header", "no gzip"],
)
def test_a_table_is_counted_as_it_lies_there(table, services, damage):
    partial = table().path.with_name("mouse.tsv.gz.partial")

    services.requests = Watched(lambda asked: "cursor=c30" in asked and partial.write_bytes(damage))
    with pytest.raises(DownloadFailed, match="gave 0 of 57 entries, and they were left out"):
        table().get()
    assert left(partial) == []


def accessions(services, tmp_path, lines):
    path = tmp_path / "list.txt"
    path.write_text("\n".join(lines))
    return UniProtAccessions(
        accessions=path, batch_size=20, url=f"{services.url}/uniprotkb/accessions", query="",
        fields=FIELDS, page_size=8, path=tmp_path / "d" / "mine.tsv.gz", proteins="uniprot_tsv",
        **CONNECTION,
    )  # fmt: skip


def test_a_list_is_fetched_in_batches_and_what_is_gone_is_told(services, tmp_path, caplog):
    wanted = ["# mine", *ACCESSIONS[:45], "Q99999", ">sp|P00003|X_MOUSE again", ""]
    services.faults = [Fault(headers={})] * 4 + [Fault(status=503)] * 12
    with pytest.raises(DownloadFailed):
        accessions(services, tmp_path, wanted).get()
    n_requests = len(services.requests)
    with caplog.at_level(logging.WARNING):
        path = accessions(services, tmp_path, wanted).get()
    assert rows(path) == ROWS[:46]
    assert len(services.requests) - n_requests == 3
    assert path.with_name("mine.tsv.gz.missing.txt").read_text() == "Q99999\n"
    assert "no entry under 1 of the 46 accessions" in caplog.text


def test_a_line_that_is_no_accession_is_named(services, tmp_path):
    with pytest.raises(MalformedInput, match=r"list\.txt, line 2: 'TP53' is not a UniProt"):
        accessions(services, tmp_path, ["P00001", "TP53"])


def weights(services, tmp_path, **changes):
    settings = {
        "size": "8m", "plm": "esm2_8m", "url": f"{services.url}/models",
        "regression_url": f"{services.url}/regression", "path": tmp_path / "hub" / "w.pt",
    }  # fmt: skip
    return ESM2Weights(**settings | CONNECTION | changes)


@pytest.fixture
def checkpoint(services, tmp_path):
    content = write_official(network(), tmp_path / "made.pt").read_bytes()
    torch.save({"model": {"weight": torch.ones(3)}}, tmp_path / "regression.pt")
    services.files["/models/esm2_t6_8M_UR50D.pt"] = content
    services.files["/regression/esm2_t6_8M_UR50D-contact-regression.pt"] = (
        tmp_path / "regression.pt"
    ).read_bytes()
    return content


def test_weights_come_with_their_contact_regression(services, tmp_path, checkpoint):
    path = weights(services, tmp_path).get()
    assert path.read_bytes() == checkpoint
    assert "esm2_t6_8M_UR50D-contact-regression.pt" in left(path)


def test_a_file_that_is_no_checkpoint_is_refused(services, tmp_path, checkpoint):
    services.files["/models/esm2_t6_8M_UR50D.pt"] = checkpoint[:-300]
    with pytest.raises(DownloadFailed, match="not a file of torch"):
        weights(services, tmp_path).get()


def test_a_size_that_was_never_published_is_refused(services, tmp_path):
    with pytest.raises(UserError, match="must be one of 8m, 35m, 150m, 650m, 3b, 15b, got 7m"):
        weights(services, tmp_path, size="7m")


@pytest.mark.parametrize("seed", range(3))
def test_with_a_third_of_all_requests_failing_everything_arrives_and_only_once(
    fasta, table, services, tmp_path, checkpoint, seed
):
    services.fault_rate = 0.3
    services.dice.seed(seed)
    made = [
        fasta(),
        table(),
        weights(services, tmp_path),
        accessions(services, tmp_path, ["P00001"]),
    ]
    contents = [source.get().read_bytes() for source in made]
    assert contents[0] == FASTA
    assert rows(made[1].path) == ROWS
    assert contents[2] == checkpoint
    n_requests = len(services.requests)
    for source in (fasta, table, lambda **new: weights(services, tmp_path, **new)):
        source().get()
        source(offline=True).get()
    assert len(services.requests) == n_requests


def test_offline_nothing_is_asked_for(fasta, table, services, tmp_path):
    for source in (fasta(offline=True), table(offline=True)):
        with pytest.raises(MissingArtifact, match="is not here and InterPLM is offline: copy it"):
            source.get()
    assert services.requests == []


def test_of_a_large_file_some_proteins_are_said_to_be_embedded(fasta, table):
    for source, proteins in ((fasta(), "fasta"), (table(), "mouse")):
        chosen = {"proteins": proteins, "proteins.path": source.get(), "layers": [3]}
        all_of_them = {"proteins.selection.n_proteins": None}
        assert source.next_command() == ("embed", chosen | all_of_them)
        os.truncate(source.path, 60_000_000)
        some = {"proteins.selection.n_proteins": 5000}
        assert source.next_command() == ("embed", chosen | some)


def test_the_strongest_checksum_of_a_metalink_is_taken():
    text = (
        metalink(b"x")
        .decode()
        .replace("</verification>", '<hash type="sha-256">AB</hash></verification>')
    )
    assert checksum_in(text, "some.fasta.gz") == "sha256:AB"
    assert checksum_in(text, "absent") is None
