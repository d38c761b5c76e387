import numpy as np
import pytest
import torch

from interplm.demo import esm2_demo_weights
from interplm.errors import FingerprintMismatch, MalformedInput
from interplm.features.encoding.sequence import SequenceEncoder, read_sequence
from interplm.plms.esm2 import load_esm2
from interplm.sae import ReLUSAE, save_sae

SEQUENCE = "MKAVAVVLAALAAFTAFALQMSS"


def demo_plm():
    return load_esm2(
        name="esm2_demo", model="esm2_demo", weights=esm2_demo_weights(), base_url=None,
        hub_folder=None, control=None, seed=0,
    )  # fmt: skip


@pytest.fixture
def sae(tmp_path):
    torch.manual_seed(0)
    sae = ReLUSAE(d_in=112, d_sae=24, l1_coefficient=0.1, reconstruction="l2")
    save_sae(sae, tmp_path / "sae", fingerprint={"plm": "esm2_demo", "layer": 3})
    return sae


def encoder(tmp_path, scales, load_plm=demo_plm, max_residues=100):
    return SequenceEncoder(
        load_plm=load_plm, sae=tmp_path / "sae", layer=3, scales=scales, max_residues=max_residues
    )


def test_activations_are_those_of_plm_and_sae_divided_by_the_maxima(tmp_path, sae):
    scales = np.linspace(0.5, 3, 24, dtype=np.float32)
    with torch.inference_mode():
        states = demo_plm().activations([SEQUENCE], [3])[3][0]
        expected = sae.encode(states).numpy() / scales
    found = encoder(tmp_path, scales).encode(SEQUENCE)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    assert found.shape == (len(SEQUENCE), 24)


def test_models_are_loaded_once_and_only_when_a_sequence_comes(tmp_path, sae):
    loads = []

    def load():
        loads.append(1)
        return demo_plm()

    live = encoder(tmp_path, np.ones(24, np.float32), load)
    assert loads == []
    live.encode(SEQUENCE)
    live.encode(SEQUENCE[:5])
    assert loads == [1]


def test_a_database_of_another_size_is_refused(tmp_path, sae):
    with pytest.raises(FingerprintMismatch, match=r"gives 24 features, but .* the database 9"):
        encoder(tmp_path, np.ones(9, np.float32)).encode(SEQUENCE)


def test_a_sequence_longer_than_the_plm_reads_is_refused_with_the_limit(tmp_path, sae):
    live = encoder(tmp_path, np.ones(24, np.float32), max_residues=10_000)
    with pytest.raises(MalformedInput, match=r"has 9,000 residues, the limit is [0-9,]+: paste"):
        live.encode("M" * 9000)


@pytest.mark.parametrize(
    "text",
    [
        "MKAVAV", "mkavav\n", ">x\nMKA\nVAV\n", ">sp|P1|NAME words\r\nMKAVAV*\r\n", " MKA VAV ",
        ";comment\n>x\nMKAVAV",
    ],
)  # fmt: skip
def test_plain_sequences_and_fasta_records_are_read(text):
    assert read_sequence(text, max_residues=10).sequence == "MKAVAV"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no sequence yet"),
        ("  \n\t\n", "no sequence yet"),
        (">only a header", "there are no residues"),
        (">a\nMK\n>b\nMK", "holds 2 FASTA records"),
        ("MK\n>a\nMK", "before the FASTA header"),
        ("MKA1VAV", "'1' at residue 4 is not a residue"),
        ("MK-AV", "gap '-' at residue 3"),
        ("<script>alert(1)</script>", "'<' at residue 1 is not a residue"),
        ("ATGGCC" * 4, "these look like nucleotides: 100% of the letters"),
        (">g\nAUGGCC\nAUGGCCAUGGCCAUGGCC", "these look like nucleotides"),
        ("M" * 11, "has 11 residues, the limit is 10"),
        ("M" * 3_000_000, "about 3,000,000 letters, the limit is 10"),
    ],
)
def test_what_is_no_protein_gets_a_sentence(text, sentence):
    with pytest.raises(MalformedInput, match=sentence):
        read_sequence(text, max_residues=10)


def test_a_header_is_kept_as_text():
    record = read_sequence(">sp|P1|N <img src=x onerror=alert(1)>\nMK", max_residues=10)
    assert record.accession == "P1"
    assert record.description == "<img src=x onerror=alert(1)>"
