import numpy as np
import pytest
import torch
from tests.activations.stores import fingerprint
from tests.plms.checkpoints import SEQUENCES, network
from tests.plms.toy import ToyPLM

from interplm.activations import ActivationExtractor, ActivationStore
from interplm.activations.shard import shard_path
from interplm.errors import UserError
from interplm.plms.esm2 import ESM2
from interplm.proteins import ProteinRecord

RECORDS = [ProteinRecord(f"P{i}", sequence, "", i + 1) for i, sequence in enumerate(SEQUENCES)]


@pytest.fixture
def plm():
    return ESM2(network=network(), name="small", weights_sha256="0" * 64)


def extract(plm, folder, records=RECORDS, layers=(1, 3), dtype="float32", **changes):
    settings = {
        "residues_per_batch": 100, "long_proteins": "refuse", "window_overlap": 4,
        "unknown_residues": "refuse", "autocast": None,
    }  # fmt: skip
    made = ActivationExtractor(plm=plm, layers=layers, **settings | changes)
    progress = []
    made.write_shard(
        records,
        {layer: shard_path(folder / str(layer), 0) for layer in layers},
        fingerprint=fingerprint(d_model=plm.d_model, dtype=dtype),
        shard_index=0,
        n_shards=1,
        on_progress=progress.append,
    )
    return progress


def test_every_row_is_the_residue_it_says_at_every_layer(plm, tmp_path):
    extract(plm, tmp_path)
    for layer in (1, 3):
        store = ActivationStore(tmp_path / str(layer))
        assert store.fingerprint.layer == layer
        for record, (accession, rows) in zip(RECORDS, store.proteins(), strict=True):
            tokens = plm.tokens.tokenize([record.sequence])
            with torch.inference_mode():
                expected = plm.network(tokens, repr_layers=[layer])["representations"][layer]
            assert accession == record.accession
            np.testing.assert_allclose(rows, expected[0, 1:-1].numpy(), atol=1e-4)


def test_progress_counts_every_residue_once(plm, tmp_path):
    assert sum(extract(plm, tmp_path)) == sum(map(len, SEQUENCES))


def test_a_long_protein_is_refused_with_both_ways_out(plm, tmp_path):
    plm.max_residues = 40
    with pytest.raises(
        UserError, match=r"P2 \(line 3\) has 75 residues but small reads 40: set .*max_residues=40"
    ):
        extract(plm, tmp_path)
    assert not list(tmp_path.glob("*/*.h5"))


def test_windows_give_each_residue_the_row_computed_for_it(plm, tmp_path):
    plm.max_residues = 40
    extract(plm, tmp_path, long_proteins="window", window_overlap=20)
    rows = dict(ActivationStore(tmp_path / "3").proteins())
    long = SEQUENCES[2]
    assert {name: len(r) for name, r in rows.items()}["P2"] == 75
    # 75 residues in windows of 40: they begin at 0, 17 and 35; the middle one keeps 28..46.
    with torch.inference_mode():
        middle = plm.activations([long[17:57]], [3])[3][0]
    np.testing.assert_allclose(rows["P2"][28:46], middle[11:29].numpy(), atol=1e-5)


def test_an_unknown_way_with_long_proteins_is_refused(plm, tmp_path):
    with pytest.raises(UserError, match="must be refuse or window, got 'truncate'"):
        extract(plm, tmp_path, long_proteins="truncate")


def test_autocast_stays_close_to_float32(plm, tmp_path):
    extract(plm, tmp_path / "full")
    extract(plm, tmp_path / "half", autocast=torch.bfloat16)
    full, half = (
        np.concatenate([r for _, r in ActivationStore(tmp_path / n / "3").proteins()])
        for n in ("full", "half")
    )
    error = np.linalg.norm(full - half) / np.linalg.norm(full)
    assert 0 < error < 0.05


def test_a_model_that_only_gives_states_can_be_embedded(tmp_path):
    toy = ToyPLM()
    records = [ProteinRecord("P0", "MKTAY", "", 1), ProteinRecord("P1", "AKQRQIS", "", 2)]
    extract(toy, tmp_path, records=records, layers=(0, 2))
    for layer in (0, 2):
        rows = dict(ActivationStore(tmp_path / str(layer)).proteins())
        for record in records:
            expected = toy.states_of(record.sequence, layer)
            np.testing.assert_allclose(rows[record.accession], expected)


def test_around_an_unknown_letter_the_stretches_are_read_by_themselves(tmp_path):
    toy = ToyPLM()
    records = [ProteinRecord("P0", "MKTXAYIA", "", 1)]
    extract(toy, tmp_path, records=records, layers=(1,), unknown_residues="window")
    rows = dict(ActivationStore(tmp_path / "1").proteins())["P0"]
    left, right = toy.states_of("MKT", 1), toy.states_of("AYIA", 1)
    # The nearest residue stands for the unknown one.
    np.testing.assert_allclose(rows, torch.cat([left, right[:1], right]))


def test_an_unknown_letter_is_refused_unless_windows_are_asked_for(tmp_path):
    with pytest.raises(UserError, match="toy has no token for X"):
        extract(ToyPLM(), tmp_path, records=[ProteinRecord("P0", "MX", "", 1)], layers=(1,))
