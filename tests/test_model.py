import numpy as np
import pytest
import torch
from tests.packs.packs import LAYER, small_pack

import interplm
from interplm.errors import FingerprintMismatch, UserError
from interplm.packs import save_pack
from interplm.sae import save_sae

SEQUENCES = ["MKTAYIAKQRQISFVKSHFSRQ", "ACDEFGHIKLMNPQRSTVWY" * 70, "GG"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pack")
    save_pack(small_pack(), folder)
    return interplm.load(folder)


@pytest.fixture(scope="module")
def expected(model):
    """Dense features by the plainest way."""
    plm = interplm.load_plm("esm2_demo")
    with torch.inference_mode():
        states = [plm.activations([s], [LAYER])[LAYER][0] for s in (SEQUENCES[0], SEQUENCES[2])]
        return [small_pack().sae.encode(rows).numpy() for rows in states]


def test_features_are_those_of_the_plm_and_the_sae(model, expected):
    found = model.features([SEQUENCES[0], SEQUENCES[2]])
    for array, dense in zip(found, expected, strict=True):
        np.testing.assert_allclose(array.toarray(), dense, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("how", ["max", "mean", "sum"])
def test_pooling_over_residues(model, expected, how):
    pooled = model.pooled({"a": SEQUENCES[0], "b": SEQUENCES[2]}, how=how)
    dense = np.stack([getattr(rows, how)(axis=0) for rows in expected])
    np.testing.assert_allclose(pooled.toarray(), dense, rtol=1e-5, atol=1e-5)


def test_a_file_and_chosen_features(model, tmp_path):
    path = tmp_path / "x.fasta"
    path.write_text("".join(f">P{n}\n{sequence}\n" for n, sequence in enumerate(SEQUENCES)))
    every = model.pooled(path)
    assert every.shape == (3, 16)
    some = model.pooled(str(path), features=[7, 2])
    np.testing.assert_allclose(some.toarray(), every.toarray()[:, [7, 2]], rtol=1e-5, atol=1e-5)


def test_an_order_by_length_inside_does_not_show_outside(model):
    forward = model.pooled(SEQUENCES).toarray()
    backward = model.pooled(SEQUENCES[::-1]).toarray()
    np.testing.assert_allclose(forward, backward[::-1], rtol=1e-5, atol=1e-5)


def test_the_table_names_what_it_can(model):
    table = model.table(SEQUENCES[0])
    assert list(table.maximum) == sorted(table.maximum, reverse=True)
    named = table[table.feature == 2]
    assert list(named.label) == ["Concept 2"]
    assert table[table.feature == 3].label.isna().all()
    assert ((table.residue >= 1) & (table.residue <= len(SEQUENCES[0]))).all()


def test_annotations_are_a_table_too(model):
    table = model.annotate(SEQUENCES[:1], strengths=None)
    assert {"accession", "start", "end", "label", "precision"} <= set(table.columns)


def test_a_figure_has_a_row_for_each_feature(model):
    figure = model.plot(SEQUENCES[0], n_features=4)
    assert len(figure.axes[0].get_yticklabels()) == 4


def test_the_same_input_is_refused_with_the_reason(model):
    with pytest.raises(UserError, match=r"sequence_2 .*: .*"):
        model.pooled(["MKV", "MK1"])
    with pytest.raises(UserError, match="how must be max, mean or sum"):
        model.pooled(["MKV"], how="median")


def test_an_sae_without_labels_has_features_and_says_why_it_has_no_names(tmp_path):
    save_sae(small_pack().sae.sae, tmp_path, fingerprint={"plm": "esm2_demo", "layer": LAYER})
    model = interplm.load(tmp_path)
    assert model.pooled(["MKV"]).shape == (1, 16)
    with pytest.raises(UserError, match="not known what the features of this SAE stand for"):
        model.annotate(["MKV"])


def test_what_is_not_known_must_be_said(tmp_path):
    save_sae(small_pack().sae.sae, tmp_path, fingerprint={})
    with pytest.raises(UserError, match="Nothing says which layer"):
        interplm.load(tmp_path)
    model = interplm.load(tmp_path, plm="esm2_demo", layer=LAYER)
    assert model.pooled(["MKV"]).shape == (1, 16)


def test_another_plm_is_refused(tmp_path):
    save_pack(small_pack(weights_sha256="0" * 64), tmp_path)
    with pytest.raises(FingerprintMismatch, match="has weights_sha256="):
        interplm.load(tmp_path).pooled(["MKV"])
    save_pack(small_pack(plm="nobody"), tmp_path / "b")
    with pytest.raises(UserError, match="PLM 'nobody', which is not one of those"):
        interplm.load(tmp_path / "b").pooled(["MKV"])
