from concurrent.futures import ThreadPoolExecutor, wait

import numpy as np
import pytest
import torch

from interplm.demo import esm2_demo_weights
from interplm.errors import FingerprintMismatch, MalformedInput
from interplm.features.encoding.sequence import SequenceEncoder
from interplm.plms.esm2 import load_esm2
from interplm.plms.windows import windows
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


def encoder(tmp_path, scales=None, load_plm=demo_plm, max_residues=100):
    scales = np.ones(24, np.float32) if scales is None else scales
    return SequenceEncoder(
        load_plm=load_plm, sae=tmp_path / "sae", layer=3, scales=scales, max_residues=max_residues,
        window_overlap=8,
    )  # fmt: skip


def test_activations_are_those_of_plm_and_sae_divided_by_the_maxima(tmp_path, sae):
    scales = np.linspace(0.5, 3, 24, dtype=np.float32)
    with torch.inference_mode():
        states = demo_plm().activations([SEQUENCE], [3])[3][0]
        expected = sae.encode(states).numpy() / scales
    found = encoder(tmp_path, scales).encode(SEQUENCE)
    np.testing.assert_allclose(found.values.toarray(), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(found.maxima, found.values.toarray().max(axis=0))
    np.testing.assert_array_equal(found.of(5), found.values.toarray()[:, 5])
    np.testing.assert_array_equal(found.of_many([3, 1]), found.values.toarray()[:, [3, 1]].T)


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


def test_encoders_that_may_share_a_plm_wait_for_one_another(tmp_path, sae):
    one, other = encoder(tmp_path), encoder(tmp_path)
    with ThreadPoolExecutor(1) as pool:

        def is_read_meanwhile():
            reading = pool.submit(other.encode, SEQUENCE)
            return bool(wait([reading], timeout=0.3).done)

        other.models()
        assert not one.alone(is_read_meanwhile)


def test_a_database_of_another_size_is_refused(tmp_path, sae):
    with pytest.raises(FingerprintMismatch, match=r"gives 24 features, but .* the database 9"):
        encoder(tmp_path, np.ones(9, np.float32)).encode(SEQUENCE)


def test_a_sequence_longer_than_the_limit_is_refused(tmp_path, sae):
    with pytest.raises(MalformedInput, match=r"has 101 residues, the limit is 100: paste"):
        encoder(tmp_path).encode("M" * 101)


def test_a_sequence_longer_than_the_plm_reads_is_read_in_windows(tmp_path, sae):
    plm = demo_plm()
    plm.max_residues = 16
    long = encoder(tmp_path, load_plm=lambda: plm)
    found = long.encode(SEQUENCE).values.toarray()
    with torch.inference_mode():
        expected = np.zeros_like(found)
        for window in windows(len(SEQUENCE), max_residues=16, overlap=8):
            states = plm.activations([SEQUENCE[window.start : window.stop]], [3])[3][0]
            kept = slice(window.keep_start, window.keep_stop)
            inner = slice(window.keep_start - window.start, window.keep_stop - window.start)
            expected[kept] = sae.encode(states[inner]).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_many_are_read_together_as_they_are_alone_in_the_order_asked(tmp_path, sae):
    texts = [SEQUENCE, SEQUENCE[:5], SEQUENCE[::-1], SEQUENCE[:5], "MK"]
    together = encoder(tmp_path).encode_many(texts)
    alone = encoder(tmp_path)
    for text, found in zip(texts, together, strict=True):
        assert found.sequence == text
        np.testing.assert_allclose(
            found.values.toarray(), alone.encode(text).values.toarray(), rtol=1e-3, atol=1e-4
        )


def test_what_was_read_is_remembered_for_a_while(tmp_path, sae, monkeypatch):
    live = encoder(tmp_path)
    first = live.encode(SEQUENCE)
    assert live.encode(SEQUENCE) is first
    live.encode_many(["M" * n for n in range(2, 9)], keep=False)
    assert live.encode(SEQUENCE) is first
    live.encode_many(["M" * n for n in range(2, 60)])
    assert live.encode(SEQUENCE) is not first


def test_what_another_thread_is_reading_is_not_read_again(tmp_path, sae, monkeypatch):
    live, read = encoder(tmp_path), []
    inner = live._features
    monkeypatch.setattr(live, "_features", lambda states: (read.append(1), inner(states))[1])
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(live.encode, [SEQUENCE] * 8))
    assert read == [1]
    assert all(one is found[0] for one in found)
