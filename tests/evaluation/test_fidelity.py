import math

import pytest
import torch
from tests.evaluation.plms import RAGGED, plm, settings
from tests.ranks import as_two_ranks
from tests.sae.architectures import SHIPPED, build

from interplm.errors import UserError
from interplm.evaluation import FidelityBenchmark
from interplm.evaluation.masking import masked_positions, predictable

LAYERS = range(4)


@pytest.fixture(scope="module")
def model():
    return plm()


def sae_of(name="topk", **overrides):
    return build(name, d_in=40, **overrides).eval()


def benchmark(model, layer=1, sequences=RAGGED, **changes):
    return FidelityBenchmark(
        plm=model, layer=layer, sequences=sequences, settings=settings(**changes)
    )


@torch.no_grad()
def naive(model, layer, replace, *, masked):
    """Whole forward passes, one sequence at a time: (loss, log-probabilities) of each sequence.

    `replace` gets the states of all residues [n_residues, d_model] and gives others.
    """
    results = []
    for sequence in RAGGED:
        tokens = model.tokens.tokenize([sequence])
        targets = tokens[0, 1:-1].clone()
        scored = torch.tensor(predictable(sequence))
        if masked:
            scored = torch.tensor(masked_positions(sequence, fraction=0.15, seed=0))
            tokens[0, scored + 1] = model.network.mask_idx
        hidden = model.hidden_states(tokens, [layer])[layer]
        hidden[0, 1:-1] = replace(hidden[0, 1:-1])
        log_probs = model.logits_from(hidden, tokens, layer)[0, 1:-1].double().log_softmax(-1)
        losses = -log_probs[torch.arange(len(sequence)), targets]
        results.append((losses[scored], log_probs[scored]))
    return results


def mean_state(model, layer, *, masked):
    rows = []
    naive(model, layer, lambda states: rows.append(states.clone()) or states, masked=masked)
    return torch.cat(rows).double().mean(dim=0).float()


def entropy(results):
    return float(torch.cat([losses for losses, _ in results]).mean())


def per_sequence(results):
    return float(torch.stack([losses.mean() for losses, _ in results]).mean())


def divergence(original, results):
    pairs = zip(original, results, strict=True)
    kl = [(p.exp() * (p - q)).sum(-1) for (_, p), (_, q) in pairs]
    return float(torch.cat(kl).mean())


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("masked", [False, True])
def test_every_figure_equals_whole_passes_one_sequence_at_a_time(model, layer, masked):
    sae = sae_of()
    measured = benchmark(model, layer).measure(sae)
    found = (measured.masked if masked else measured.plain).figures()
    original = naive(model, layer, lambda states: states, masked=masked)
    with_sae = naive(model, layer, lambda states: sae(states).reconstruction, masked=masked)
    zero = naive(model, layer, torch.zeros_like, masked=masked)
    mean = mean_state(model, layer, masked=masked)
    at_mean = naive(model, layer, lambda states: mean.expand_as(states), masked=masked)

    def recovered(measure, ablated):
        lost = measure(with_sae) - measure(original)
        return 1 - lost / (measure(ablated) - measure(original))

    expected = {
        "loss_recovered": recovered(entropy, zero),
        "loss_recovered_vs_mean": recovered(entropy, at_mean),
        "loss_recovered_per_sequence": recovered(per_sequence, zero),
        "kl": divergence(original, with_sae),
        "cross_entropy_sae": entropy(with_sae),
        "cross_entropy_original": entropy(original),
        "cross_entropy_zero": entropy(zero),
        "cross_entropy_mean": entropy(at_mean),
    }
    assert found.keys() == expected.keys()
    for name in found:
        assert found[name] == pytest.approx(expected[name], rel=1e-4, abs=1e-5), name


class Perfect(torch.nn.Module):
    def forward(self, x):
        return type("Output", (), {"reconstruction": x})


@pytest.mark.parametrize("layer", LAYERS)
def test_perfect_reconstructions_recover_everything(model, layer):
    for name, value in benchmark(model, layer).measure(Perfect()).figures().items():
        if name.startswith("loss_recovered"):
            assert value == pytest.approx(1, abs=1e-5), name
        if name.startswith("kl"):
            assert value == pytest.approx(0, abs=1e-6), name


class Zeros(torch.nn.Module):
    def forward(self, x):
        return type("Output", (), {"reconstruction": torch.zeros_like(x)})


def test_zeros_recover_nothing(model):
    figures = benchmark(model).measure(Zeros()).figures()
    assert figures["loss_recovered"] == pytest.approx(0, abs=1e-6)
    assert figures["loss_recovered_masked"] == pytest.approx(0, abs=1e-6)


class Harmful(torch.nn.Module):
    def forward(self, x):
        return type("Output", (), {"reconstruction": -5 * x})


def test_worse_than_ablation_is_not_clipped_to_zero(model):
    figures = benchmark(model, layer=3).measure(Harmful()).figures()
    assert figures["loss_recovered"] < 0


@pytest.mark.parametrize("residues_per_batch", [1, 40, 10_000])
def test_batches_do_not_matter(model, residues_per_batch):
    sae = sae_of()
    expected = benchmark(model).measure(sae).figures()
    found = benchmark(model, residues_per_batch=residues_per_batch).measure(sae).figures()
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_the_order_of_the_sequences_does_not_matter(model):
    sae = sae_of()
    expected = benchmark(model).measure(sae).figures()
    found = benchmark(model, sequences=RAGGED[::-1]).measure(sae).figures()
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_architecture_is_measured_and_left_as_it_was(model, name):
    sae = sae_of(name).train()
    before = {key: value.clone() for key, value in sae.state_dict().items()}
    state = torch.get_rng_state()
    figures = benchmark(model).measure(sae).figures()
    assert all(map(math.isfinite, figures.values()))
    assert sae.training
    assert torch.equal(torch.get_rng_state(), state)
    for key, value in sae.state_dict().items():
        assert torch.equal(value, before[key]), key
    assert all(parameter.grad is None for parameter in sae.parameters())


def test_the_layers_below_run_once_and_only_the_sae_and_those_above_again(model):
    ran = []
    hooks = [
        layer.fc1.register_forward_hook(lambda *_, index=index: ran.append(index))
        for index, layer in enumerate(model.network.layers, start=1)
    ]
    prepared = benchmark(model, layer=2, residues_per_batch=10_000)
    ran.clear()
    prepared.measure(sae_of())
    prepared.measure(sae_of())
    for hook in hooks:
        hook.remove()
    assert ran == [3, 3, 3, 3]  # plain and masked input, two SAEs


def test_the_original_and_the_ablations_are_computed_once(model):
    prepared = benchmark(model)
    first, second = prepared.measure(sae_of()), prepared.measure(sae_of("relu"))
    assert first.plain.zero is second.plain.zero
    assert first.plain.sae != second.plain.sae


def test_another_seed_masks_other_residues_and_leaves_plain_input_alone(model):
    sae = sae_of()
    one, other = (benchmark(model, seed=seed).measure(sae) for seed in (0, 1))
    assert one.plain == other.plain
    assert one.masked.original != other.masked.original


def test_half_precision_comes_close(model):
    sae = sae_of()
    exact = benchmark(model).measure(sae).figures()
    half = benchmark(model, cache_dtype="float16").measure(sae).figures()
    assert half["cross_entropy_sae"] == pytest.approx(exact["cross_entropy_sae"], rel=1e-2)


def test_a_layer_that_the_plm_lacks_is_refused(model):
    with pytest.raises(UserError, match=r"small has layers 0 \(embedding\) to 3"):
        benchmark(model, layer=4)


def test_a_sequence_longer_than_the_context_is_refused(model):
    with pytest.raises(UserError, match=r"has 1023 residues but small reads 1022"):
        benchmark(model, sequences=["M" * 1023])


def _as_one_of_two(rank, expected):
    shares = [RAGGED, []]
    found = benchmark(plm(), sequences=shares[rank]).measure(sae_of()).figures()
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_a_rank_without_sequences_takes_part_and_finds_what_the_other_finds(model, tmp_path):
    expected = benchmark(model).measure(sae_of()).figures()
    as_two_ranks(_as_one_of_two, tmp_path, expected)
