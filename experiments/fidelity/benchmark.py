"""How much faster is fidelity from cached states than whole passes, and does it find the same?

    python experiments/fidelity/benchmark.py --sequences cath_random_1k.csv

Makes an ESM-2 of the published 8M size with random weights and a ReLU SAE, then times, in this one
process and in turn, one evaluation of the SAE on plain and on masked input:

- whole: every layer of the PLM with the reconstructions patched in, then cross-entropy and KL;
- cached: `FidelityBenchmark.measure`, the SAE and the layers above it.

Both use the same batches, masks and PLM code. Whole passes are given what the original and ablated
model predict, so the ratio is that of the evaluation alone; what preparing the cache costs, once
for a training run, is printed beside it.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import torch

from interplm.evaluation import (
    Fidelity,
    FidelityBenchmark,
    FidelitySettings,
    Losses,
    fidelity_sequences,
)
from interplm.evaluation.cache import CachedBatch, cache_batch
from interplm.evaluation.losses import N_SUMS, loss_sums
from interplm.plms import MaskedLanguageModel
from interplm.plms.batching import residue_batches
from interplm.plms.esm2 import load_esm2
from interplm.sae import ReLUSAE, SparseAutoencoder

Result = TypeVar("Result")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sequences", required=True, help="one a line, FASTA or a table")
    parser.add_argument("--n-sequences", type=int, default=1024)
    parser.add_argument("--layer", type=int, default=3)
    parser.add_argument("--d-sae", type=int, default=2560)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--residues-per-batch", type=int, default=2048)
    parser.add_argument("--device", default="cpu")
    return parser.parse_args()


def whole_losses(
    plm: MaskedLanguageModel, layer: int, sae: SparseAutoencoder, batches: list[CachedBatch]
) -> Losses:
    """The whole network for every batch; of the cache only what does not depend on the SAE."""
    sums = torch.zeros(N_SUMS, dtype=torch.float64, device=plm.device)
    for batch in batches:
        hidden = plm.hidden_states(batch.tokens, [layer])[layer]
        hidden[batch.is_residue] = sae(hidden[batch.is_residue]).reconstruction
        logits = plm.logits_from(hidden, batch.tokens, layer)[batch.scored]
        sums += loss_sums(
            logits.log_softmax(-1),
            batch.original,
            batch.targets,
            batch.sequence_of,
            len(batch.tokens),
        )
    return Losses.from_sums(sums)


def known_batches(
    plm: MaskedLanguageModel,
    layer: int,
    sequences: list[str],
    settings: FidelitySettings,
    *,
    masked: bool,
) -> list[CachedBatch]:
    """Tokens, masks and original predictions of the batches, without the hidden states."""
    groups = residue_batches(list(map(len, sequences)), max_residues=settings.residues_per_batch)
    made = (
        cache_batch(plm, layer, [sequences[i] for i in group], masked=masked, settings=settings)
        for group in groups
    )
    return [replace(batch, hidden=batch.hidden[:0]) for batch in made]


def seconds(
    device: torch.device, function: Callable[..., Result], *given: object
) -> tuple[float, Result]:
    started = time.perf_counter()
    result = function(*given)
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - started, result


@torch.no_grad()
def main() -> None:
    options = arguments()
    settings = FidelitySettings(
        sequences=options.sequences, n_sequences=options.n_sequences, masked_fraction=0.15, seed=0,
        residues_per_batch=options.residues_per_batch, cache_dtype="float32", max_cache_gib=16,
    )  # fmt: skip
    device = torch.device(options.device)
    plm = load_esm2(
        name="esm2_8m_untrained0", model="esm2_t6_8M_UR50D", weights=None, base_url=None,
        hub_folder=None, control="untrained", seed=0,
    ).to(device)  # fmt: skip
    sequences = fidelity_sequences(settings, plm=plm, trained_on=())
    torch.manual_seed(0)
    sae = ReLUSAE(d_in=plm.d_model, d_sae=options.d_sae, l1_coefficient=1, reconstruction="l2")
    sae = sae.to(device).eval()
    preparing, benchmark = seconds(
        device,
        lambda: FidelityBenchmark(
            plm=plm, layer=options.layer, sequences=sequences, settings=settings
        ),
    )
    plain = known_batches(plm, options.layer, sequences, settings, masked=False)
    masked = known_batches(plm, options.layer, sequences, settings, masked=True)

    def whole() -> tuple[Losses, Losses]:
        return (
            whole_losses(plm, options.layer, sae, plain),
            whole_losses(plm, options.layer, sae, masked),
        )

    timed: dict[str, list[float]] = {"whole": [], "cached": []}
    for _ in range(options.rounds):
        spent, patched = seconds(device, whole)
        timed["whole"].append(spent)
        spent, measured = seconds(device, benchmark.measure, sae)
        timed["cached"].append(spent)
    print(f"{len(sequences)} sequences, {sum(map(len, sequences))} residues, {options}")
    print(f"preparing, once: {preparing:.2f} s")
    for name, values in timed.items():
        print(f"{name}: {[round(value, 2) for value in values]} s, best {min(values):.2f} s")
    ratio = statistics.median(a / b for a, b in zip(timed["whole"], timed["cached"], strict=True))
    print(f"ratio whole / cached: {ratio:.2f} (median of {options.rounds} rounds)")
    expected = Fidelity(
        replace(measured.plain, sae=patched[0]), replace(measured.masked, sae=patched[1])
    ).figures()
    found = measured.figures()
    worst = max(found, key=lambda name: abs(found[name] - expected[name]))
    print(f"largest difference: {abs(found[worst] - expected[worst]):.2e} ({worst})")


if __name__ == "__main__":
    main()
