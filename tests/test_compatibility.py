"""What a package built on the original's first release imports and does."""

import importlib

import numpy as np
import pytest
import torch

from interplm import compatibility
from interplm.api import load_plm
from interplm.errors import UserError


def test_the_names_are_those_of_the_first_release():
    embed = importlib.import_module("interplm.esm.embed").embed_single_sequence
    load = importlib.import_module("interplm.sae.inference").load_sae_from_hf
    assert embed is compatibility.embed_single_sequence
    assert load is compatibility.load_sae_from_hf


def test_a_sequence_has_the_states_of_its_residues_and_the_plm_stays(monkeypatch):
    compatibility._plm.cache_clear()
    loaded = []
    load = lambda name: (loaded.append(name), load_plm(name))[1]  # noqa: E731
    monkeypatch.setattr(compatibility, "load_plm", load)
    found = [
        compatibility.embed_single_sequence(sequence="MKAVLC", model_name="esm2_demo", layer=3)
        for _ in range(2)
    ]
    with torch.inference_mode():
        expected = load_plm("esm2_demo").activations(["MKAVLC"], [3])[3][0]
    np.testing.assert_allclose(found[0], expected, rtol=1e-5, atol=1e-5)
    assert torch.equal(*found)
    assert loaded == ["esm2_demo"]


def test_a_sequence_beyond_the_context_is_read_in_windows():
    found = compatibility.embed_single_sequence("MKAV" * 400, "esm2_demo", 1)
    assert found.shape == (1600, 112)


def test_an_unknown_name_is_refused():
    with pytest.raises(UserError, match=r"esm9 is none of the PLMs: give one of .*esm2_8m"):
        compatibility.embed_single_sequence("MKA", "esm9", 1)
