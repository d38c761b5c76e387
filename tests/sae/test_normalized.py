import pytest
import torch
from safetensors.torch import save_file
from tests.damage import damaged_copies
from tests.sae.architectures import D_SAE, SHIPPED, fitted, residues

from interplm.errors import BrokenArtifact, FingerprintMismatch, MissingArtifact
from interplm.sae import NormalizedSAE, load_normalized_sae, save_sae
from interplm.sae.normalized import MAXIMA_FILE, load_maxima, save_maxima, scale_of_maxima

MAXIMA = torch.linspace(0, 3, D_SAE)  # the first feature never fired


@pytest.mark.parametrize("architecture", SHIPPED)
def test_features_are_divided_by_the_scale_and_reconstructions_stay(architecture):
    sae, x = fitted(architecture), residues()
    divisors = torch.cat([torch.ones(1), MAXIMA[1:]])
    normalized = NormalizedSAE(sae, scale_of_maxima(MAXIMA))
    expected = sae(x)
    torch.testing.assert_close(normalized.encode(x), expected.features / divisors)
    torch.testing.assert_close(normalized.decode(normalized.encode(x)), expected.reconstruction)
    torch.testing.assert_close(normalized(x).reconstruction, expected.reconstruction)
    torch.testing.assert_close(normalized(x).features, normalized.encode(x))


def test_the_decoder_is_scaled_to_match():
    sae, x = fitted("relu"), residues()
    normalized = NormalizedSAE(sae, scale_of_maxima(MAXIMA))
    by_hand = sae.input_transform.inverse(normalized.encode(x) @ normalized.W_dec + sae.b_dec)
    torch.testing.assert_close(by_hand, sae(x).reconstruction)


def test_a_feature_that_never_fired_keeps_scale_one():
    assert scale_of_maxima(torch.tensor([0.0, 2.5])).tolist() == [1.0, 2.5]


@pytest.mark.parametrize(
    ("scale", "message"),
    [
        (torch.ones(D_SAE - 1), "must be \\[16\\], got \\[15\\]"),
        (torch.zeros(D_SAE), "above zero"),
        (torch.full((D_SAE,), torch.inf), "finite"),
    ],
)
def test_a_scale_that_cannot_divide_is_refused(scale, message):
    with pytest.raises(ValueError, match=message):
        NormalizedSAE(fitted("relu"), scale)


def test_it_travels_with_the_export(tmp_path):
    sae, x = fitted("topk"), residues()
    save_sae(sae, tmp_path, fingerprint={"plm": "small"})
    save_maxima(tmp_path, MAXIMA, n_residues=32, fingerprint={"layer": 3})
    loaded = load_normalized_sae(tmp_path)
    expected = NormalizedSAE(sae, scale_of_maxima(MAXIMA))
    torch.testing.assert_close(loaded.encode(x), expected.encode(x))
    assert load_maxima(tmp_path)[1] == {"layer": "3", "n_residues": "32"}


def test_missing_damaged_and_foreign_maxima_are_named(tmp_path):
    save_sae(fitted("relu"), tmp_path, fingerprint={})
    with pytest.raises(MissingArtifact, match=r"interplm\.score"):
        load_normalized_sae(tmp_path)
    (tmp_path / MAXIMA_FILE).write_bytes(b"not tensors")
    with pytest.raises(BrokenArtifact, match=r"maxima\.safetensors is damaged"):
        load_normalized_sae(tmp_path)
    save_maxima(tmp_path, torch.ones(3), n_residues=1, fingerprint={})
    with pytest.raises(FingerprintMismatch, match="3 maxima, but the SAE has 16"):
        load_normalized_sae(tmp_path)


def test_damage_of_the_maxima_is_an_error_and_not_another_number(tmp_path):
    save_maxima(tmp_path, MAXIMA, n_residues=32, fingerprint={"layer": 3})
    maxima, said = load_maxima(tmp_path)
    n_found = 0
    for how in damaged_copies(tmp_path / MAXIMA_FILE, n_flips=200, n_zeroed=20, n_cuts=20):
        try:
            found = load_maxima(tmp_path)
        except BrokenArtifact:
            n_found += 1
        else:
            assert torch.equal(found[0], maxima), how
            assert found[1] == said, how
    assert n_found > 200


def test_maxima_of_an_earlier_version_without_a_checksum_are_read(tmp_path):
    save_file({"maxima": MAXIMA}, tmp_path / MAXIMA_FILE, metadata={"n_residues": "5"})
    assert load_maxima(tmp_path)[1] == {"n_residues": "5"}
