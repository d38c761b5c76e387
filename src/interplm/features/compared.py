"""What an SAE is compared with."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch

from interplm.activations.shard import ShardHeader
from interplm.errors import UserError
from interplm.features.encoding.baselines import (
    Neurons,
    activation_sample,
    fit_principal_components,
    random_sae,
)
from interplm.features.encoding.names import BASELINES, PROBE, is_sparse, with_seed
from interplm.features.encoding.probe import fit_linear_probe
from interplm.features.encoding.representations import Representation
from interplm.features.scoring.annotated import AnnotatedSet
from interplm.features.scoring.benchmark import Benchmark
from interplm.features.scoring.scorer import ConceptScorer
from interplm.features.subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineSettings:
    """What the SAE is compared with.

    Args:
        names: of `interplm.features.encoding.names.BASELINES`.
        n_seeds: random SAEs.
        sample_residues: on which a random SAE is made as sparse as the trained one, and features
            are compared with those of sister runs.
        probe_residues: at most so many are used to fit the linear probe.
        probe_iterations: of its optimiser.
        probe_weight_decay: see `fit_linear_probe`.

    Raises:
        UserError: for a baseline that is not known, or a setting out of range.
    """

    names: Sequence[str]
    n_seeds: int
    sample_residues: int
    probe_residues: int
    probe_iterations: int
    probe_weight_decay: float

    def __post_init__(self) -> None:
        unknown = sorted(set(self.names) - set(BASELINES))
        if unknown:
            raise UserError(f"baselines may be {', '.join(BASELINES)}, got {', '.join(unknown)}.")
        for name in ("n_seeds", "sample_residues", "probe_residues", "probe_iterations"):
            if getattr(self, name) < 1:
                raise UserError(f"comparison.{name} must be at least 1, got {getattr(self, name)}.")

    def sparse(self) -> "BaselineSettings":
        """The same without the baselines of which many features fire."""
        return replace(self, names=[name for name in self.names if is_sparse(name)])


def benchmark_of(
    scorer: ConceptScorer, annotated: AnnotatedSet, shards: Sequence[ShardHeader]
) -> Benchmark:
    """What the SAE and its baselines are scored on.

    Args:
        scorer: of all of them.
        annotated: proteins with activations.
        shards: of the SAE's activations.
    """
    split = annotated.split
    return scorer.benchmark(
        annotated.table,
        shards,
        in_validation=split.validation,
        in_test=split.test,
        cluster=split.cluster,
    )


def baseline_representations(
    settings: BaselineSettings,
    subject: Subject,
    controls: Mapping[str, Subject],
    benchmark: Benchmark,
    *,
    device: torch.device,
    seed: int,
) -> Iterator[tuple[str, Representation, Sequence[ShardHeader]]]:
    """Name, representation on its device, and the shards of its activations.

    Args:
        settings: which, and how.
        subject: the SAE that they are compared with.
        controls: SAEs of the untrained or shuffled PLM on its activations of the same proteins, by
            the name of the baseline.
        benchmark: that all are scored on.
        device: on which to encode.
        seed: of the random SAEs.
    """
    sae, store = subject.sae, subject.store
    for name in settings.names:
        if name == "neurons":
            yield name, Neurons(d_in=sae.d_in).to(device), store.shards
        elif name == "pca":
            yield name, fit_principal_components(store).to(device), store.shards
        elif name == "random_sae":
            sample = activation_sample(store, n_residues=settings.sample_residues, seed=seed)
            for number in range(settings.n_seeds):
                fresh = random_sae(sae, sample.to(device), seed=seed + number)
                yield with_seed(name, seed + number), fresh, store.shards
        elif name == PROBE:
            probe = fit_linear_probe(
                benchmark.parts(store.shards)[0],
                benchmark.table,
                n_residues=settings.probe_residues,
                n_iterations=settings.probe_iterations,
                weight_decay=settings.probe_weight_decay,
                seed=seed,
                device=device,
            )
            yield name, probe, store.shards
    for name, control in controls.items():
        yield name, control.sae.to(device), control.store.shards
