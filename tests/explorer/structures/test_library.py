import contextlib
import gzip
import http.server
import json
import threading

import pytest

from interplm.errors import BrokenArtifact, MalformedInput, MissingArtifact, UserError
from interplm.explorer.structures.library import StructureLibrary

# Nothing listens on port 9 of this machine, as on a machine without a network.
NOWHERE = "http://127.0.0.1:9/api/prediction/{accession}"


def library(folder, cache, *, url=None, max_bytes=1000):
    return StructureLibrary(
        folder=folder, alphafold_url=url, cache=cache, timeout_s=0.5, max_bytes=max_bytes
    )


@pytest.mark.parametrize(
    "name", ["P69905.pdb", "P69905.cif", "P69905.pdb.gz", "AF-P69905-F1-model_v4.cif"]
)
def test_files_named_after_accessions_or_as_alphafold_names_them_are_found(tmp_path, name):
    (tmp_path / name).write_text("x")
    assert library(tmp_path, tmp_path / "cache").local("P69905").name == name


@pytest.mark.parametrize(
    ("name", "accession"),
    [
        ("1hhb_A.pdb", "1HHB_A"),
        ("1HHB:A.cif.gz", "1HHB_A"),
        ("P68871.2.pdb", "P68871.2"),
        ("sp|P69905|HBA_HUMAN.pdb", "P69905"),
        ("AF-P69905-F1-model_v6.cif.gz", "P69905"),
        ("AF-Q8WZ42-F2-model_v4.pdb", "AF-Q8WZ42-F2"),
        ("jgi|Aspxx1|1001|gw1.1.pdb", "Aspxx1|1001"),
    ],
)
def test_names_of_files_are_read_as_names_of_proteins_are_elsewhere(tmp_path, name, accession):
    (tmp_path / name).write_text("x")
    structures = library(tmp_path, tmp_path / "cache")
    assert structures.local(accession).name == name
    assert structures.local("P00001") is None


def test_the_file_called_just_so_comes_first_and_then_the_latest_model(tmp_path):
    for version in (3, 4):
        (tmp_path / f"AF-P69905-F1-model_v{version}.cif").write_text("x")
    structures = library(tmp_path, tmp_path / "cache")
    assert structures.local("P69905").name == "AF-P69905-F1-model_v4.cif"
    (tmp_path / "P69905.pdb").write_text("x")
    assert structures.local("P69905").name == "P69905.pdb"


@pytest.mark.parametrize(
    "accession",
    ["../secret", "..", "/etc/passwd", "a/../../secret", "secret\0", "", "*", "P" * 100],
)
def test_no_accession_leads_out_of_the_folder(tmp_path, accession):
    (tmp_path / "secret.pdb").write_text("x")
    inside = tmp_path / "structures"
    inside.mkdir()
    assert library(inside, tmp_path / "cache").local(accession) is None


def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path):
    (tmp_path / "secret.txt").write_text("x")
    inside = tmp_path / "structures"
    inside.mkdir()
    (inside / "P69905.pdb").symlink_to(tmp_path / "secret.txt")
    assert library(inside, tmp_path / "cache").local("P69905") is None


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(MissingArtifact, match=r"correct explorer\.structures\.folder"):
        library(tmp_path / "nowhere", tmp_path)


def test_plain_and_gzip_files_are_read(tmp_path):
    (tmp_path / "a.pdb").write_text("ATOM β")
    (tmp_path / "b.pdb").write_bytes(gzip.compress("ATOM β".encode()))
    structures = library(tmp_path, tmp_path)
    assert structures.read(tmp_path / "a.pdb") == structures.read(tmp_path / "b.pdb") == "ATOM β"


def test_a_file_that_unpacks_beyond_the_limit_is_refused(tmp_path):
    path = tmp_path / "bomb.pdb.gz"
    path.write_bytes(gzip.compress(bytes(10_000_000)))
    with pytest.raises(MalformedInput, match=r"larger than 0 MB, the limit"):
        library(tmp_path, tmp_path).read(path)


def test_binary_and_broken_files_are_refused(tmp_path):
    (tmp_path / "a.pdb").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "b.pdb.gz").write_bytes(gzip.compress(b"ATOM" * 50)[:-10])
    with pytest.raises(MalformedInput, match="not text"):
        library(tmp_path, tmp_path).read(tmp_path / "a.pdb")
    with pytest.raises(BrokenArtifact, match="damaged gzip"):
        library(tmp_path, tmp_path).read(tmp_path / "b.pdb.gz")


def test_without_a_network_alphafold_is_said_to_be_out_of_reach(tmp_path):
    with pytest.raises(UserError, match=r"could not be reached for P69905.*upload a PDB"):
        library(None, tmp_path, url=NOWHERE).fetch("P69905", "MKA")
    assert list(tmp_path.glob("*.json")) == []


@pytest.mark.parametrize("accession", ["DEMO00001", "../x", "P69905/../x"])
def test_alphafold_is_not_asked_for_what_is_no_uniprot_accession(tmp_path, accession):
    with pytest.raises(UserError, match="is not a UniProt accession"):
        library(None, tmp_path, url=NOWHERE).fetch(accession, "MKA")


def test_alphafold_can_be_turned_off(tmp_path):
    structures = library(None, tmp_path)
    assert not structures.asks_about("P04637")
    with pytest.raises(UserError, match="turned off"):
        structures.fetch("P69905", "MKA")


CANONICAL, ISOFORM = "MKVLAAGIVGLCAWWDERTYHKLN", "MKVLAAGIVGLCAWW"
MODELS = [
    {"uniprotAccession": "P12345-2", "sequence": ISOFORM, "cifUrl": "{base}/isoform.cif"},
    {"uniprotAccession": "P12345", "sequence": CANONICAL, "cifUrl": "{base}/canonical.cif"},
]


@pytest.mark.parametrize(
    ("models", "sequence", "fetched"),
    [
        (MODELS, CANONICAL, "/canonical.cif"),
        (MODELS, "", "/canonical.cif"),
        (MODELS[::-1], CANONICAL, "/canonical.cif"),
        # The protein that was scored is the isoform.
        (MODELS, ISOFORM, "/isoform.cif"),
        ([{"cifUrl": "{base}/only.cif"}], CANONICAL, "/only.cif"),
        (MODELS[:1], CANONICAL, None),
        ([], CANONICAL, None),
        ({"error": "no"}, CANONICAL, None),
        ([5], CANONICAL, None),
    ],
)
def test_of_several_models_that_of_the_protein_is_taken(tmp_path, models, sequence, fetched):
    with alphafold(models) as url:
        structures = library(None, tmp_path, url=url)
        if fetched is None:
            with pytest.raises(UserError, match="gave no answer about P12345"):
                structures.fetch("P12345", sequence)
        else:
            assert structures.read(structures.fetch("P12345", sequence)) == fetched


@contextlib.contextmanager
def alphafold(models):
    """A server that answers as AlphaFold DB does; a file holds its own path."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            text = self.path if self.path.endswith(".cif") else json.dumps(models)
            body = text.replace("{base}", f"http://{self.headers['Host']}").encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/api/prediction/{{accession}}"
    server.shutdown()
    server.server_close()
