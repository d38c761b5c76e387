"""An SAE and what it is compared with, scored and written as one feature database."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

# Under this module's name the class stands in the settings of finished scores.
from interplm.features.compared import BaselineSettings as BaselineSettings
from interplm.features.compared import baseline_representations, benchmark_of
from interplm.features.database.frames import frame
from interplm.features.database.records import Difference, Pair, RareConcept, RepresentationSummary
from interplm.features.database.writer import meta_table, write_database
from interplm.features.encoding.baselines import activation_sample
from interplm.features.encoding.blocks import FeatureBlock
from interplm.features.encoding.names import SAE
from interplm.features.encoding.shard_files import EncodedFolder
from interplm.features.profile.profiler import FeatureProfiler, ProfileSettings
from interplm.features.profile.stability import Stability, stability
from interplm.features.scoring.annotated import AnnotatedSet
from interplm.features.scoring.benchmark import Benchmark, rare_concepts
from interplm.features.scoring.held_out import HeldOut
from interplm.features.scoring.labels import label_table
from interplm.features.scoring.measurement import Measured
from interplm.features.scoring.protocols import protocol_named
from interplm.features.scoring.scorer import ConceptScorer, ScoredRepresentation
from interplm.features.scoring.summary import best_baseline, differences, summarised
from interplm.features.scoring.tables import (
    annotation_table,
    concept_table,
    protein_table,
    score_table,
)
from interplm.features.scoring.verdicts import verdict_table
from interplm.features.subject import Subject
from interplm.sae import SparseAutoencoder
from interplm.sae.normalized import save_maxima


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoredRun:
    """An SAE beside its baselines.

    Attributes:
        benchmark: what all were scored on.
        sae: all that was found of the SAE, its pairs with their margins.
        summaries: of all representations, the SAE first.
        differences: of the SAE and each baseline.
        pairs: of all representations.
    """

    benchmark: Benchmark
    sae: ScoredRepresentation
    summaries: tuple[RepresentationSummary, ...]
    differences: tuple[Difference, ...]
    pairs: tuple[Pair, ...]

    def figures(self) -> dict[str, float]:
        """Every figure of every summary and difference, by name."""
        rows = [(row.representation, asdict(row)) for row in self.summaries]
        rows += [(f"sae_over_{row.baseline}", asdict(row)) for row in self.differences]
        return {
            f"{name}/{measure}": float(value)
            for name, row in rows
            for measure, value in row.items()
            if isinstance(value, int | float)
        }


def score_representations(
    scorer: ConceptScorer,
    subject: Subject,
    annotated: AnnotatedSet,
    *,
    baselines: BaselineSettings,
    controls: Mapping[str, Subject],
    device: torch.device,
    on_block: Callable[[FeatureBlock], object],
    encoded_in: EncodedFolder | None,
) -> ScoredRun:
    """Score an SAE, then its baselines.

    Args:
        scorer: the same for all.
        subject: the SAE.
        annotated: proteins with activations.
        baselines: which, and how.
        controls: SAEs of the untrained or shuffled PLM on its activations of the same proteins, by
            the name of the baseline.
        device: on which to encode.
        on_block: given the normalised features of the SAE, every protein once.
        encoded_in: where jobs kept what they encoded, if several did.
    """
    shards = subject.store.shards
    benchmark = benchmark_of(scorer, annotated, shards)
    sae = scorer.score(
        SAE,
        subject.sae.to(device),
        shards,
        benchmark,
        device=device,
        on_block=on_block,
        encoded_in=encoded_in,
    )
    summaries = [summarised(sae, benchmark, confidence=scorer.confidence)]
    measured: dict[str, Measured] = {SAE: sae.measured}
    for name, representation, of_shards in baseline_representations(
        baselines, subject, controls, benchmark, device=device, seed=scorer.seed
    ):
        found = scorer.score(
            name, representation, of_shards, benchmark, device=device, encoded_in=encoded_in
        )
        summaries.append(summarised(found, benchmark, confidence=scorer.confidence))
        # The counts of all pairs are large, and no longer needed.
        measured[name] = found.measured
        del found
    compared = differences(
        measured,
        benchmark.role("annotation"),
        confidence=scorer.confidence,
        seed=scorer.seed,
    )
    measured[SAE] = _with_margins(measured, benchmark)
    return ScoredRun(
        benchmark=benchmark,
        sae=replace(sae, measured=measured[SAE]),
        summaries=tuple(summaries),
        differences=tuple(compared),
        pairs=tuple(pair for found in measured.values() for pair in found.pairs),
    )


def _with_margins(measured: Mapping[str, Measured], benchmark: Benchmark) -> Measured:
    """The SAE's pairs with their margin over the best baseline."""
    best = best_baseline(measured)
    if best is None:
        return measured[SAE]
    of = dict(zip((c.name for c in benchmark.table.concepts), best.tolist(), strict=True))
    pairs = [
        replace(pair, margin=pair.average_precision - of[pair.concept])
        for pair in measured[SAE].pairs
    ]
    return replace(measured[SAE], pairs=tuple(pairs))


def score_run(
    *,
    subject: Subject,
    controls: Mapping[str, Subject],
    sisters: Sequence[SparseAutoencoder],
    annotated: AnnotatedSet,
    scorer: ConceptScorer,
    profile: ProfileSettings,
    baselines: BaselineSettings,
    device: torch.device,
    meta: Mapping[str, Any],
    maxima_folder: Path,
    counts_folder: Path,
    database: Path,
    encoded_in: EncodedFolder | None = None,
) -> ScoredRun:
    """Score an SAE and its baselines, and write all that was found.

    Args:
        subject: the SAE.
        controls: see score_representations.
        sisters: SAEs trained on the same activations with other seeds.
        annotated: what it is scored on.
        scorer: of all representations.
        profile: what to keep of each feature.
        baselines: what it is compared with.
        device: on which to encode.
        meta: figures and dataset, for the database; Any: what JSON can hold.
        maxima_folder: of the exported SAE, beside which its maxima are kept.
        counts_folder: for the SAE's counts of both splits.
        database: path of the feature database.
        encoded_in: where jobs kept what they encoded, if several did.
    """
    accessions = annotated.table.accessions
    profiler = FeatureProfiler(profile, d_sae=subject.sae.d_sae, accessions=accessions)
    run = score_representations(
        scorer,
        subject,
        annotated,
        baselines=baselines,
        controls=controls,
        device=device,
        on_block=profiler.add,
        encoded_in=encoded_in,
    )
    sae, fingerprint = run.sae, subject.store.fingerprint.as_dict()
    n_residues = annotated.table.n_residues
    save_maxima(maxima_folder, sae.maxima, n_residues=n_residues, fingerprint=fingerprint)
    for split, counts in (("validation", sae.validation), ("test", sae.test)):
        counts.save(counts_folder / f"{split}.npz", fingerprint=fingerprint)
    concepts = {concept.name: concept for concept in sae.test.concepts}
    stable = _stability(subject, sisters, baselines, device, seed=scorer.seed)
    tables = {
        "meta": meta_table(dict(meta) | _described(subject, annotated, scorer, stable)),
        "concepts": concept_table(run.benchmark, sae.validation, sae.test, sae.measured.pairs),
        "rare_concepts": frame(RareConcept, _rare(annotated, run.benchmark)),
        "representations": frame(RepresentationSummary, run.summaries),
        "differences": frame(Difference, run.differences),
        "pairs": frame(Pair, run.pairs),
        "scores": score_table(
            sae.validation, sae.test, sae.measured.pairs, by_domain=run.benchmark.by_domain
        ),
        "proteins": protein_table(
            annotated.proteins, annotated.splits, annotated.split.clusters.names
        ),
        "annotations": annotation_table(annotated.proteins, concepts),
        "verdicts": _verdicts(run, accessions),
    }
    profiled = profiler.tables(
        maxima=sae.maxima,
        W_dec=subject.sae.W_dec.detach().cpu(),
        proteins=annotated.proteins,
        labels=label_table(sae.measured.pairs, concepts),
        stability=stable,
    )
    write_database(database, tables | profiled)
    return run


def _verdicts(run: ScoredRun, accessions: Sequence[str]) -> Any:  # a DataFrame
    benchmark, sae = run.benchmark, run.sae
    sides = [
        HeldOut(benchmark.table, traces, cluster=benchmark.cluster)
        for traces in (sae.best_on_validation, sae.best_on_test)
        if traces is not None
    ]
    roles = {concept.name: concept.role for concept in benchmark.table.concepts}
    best = [
        pair
        for pair in sae.measured.pairs
        if pair.best_by_average_precision and roles[pair.concept] == "annotation"
    ]
    names = [concept.name for concept in benchmark.table.concepts]
    return verdict_table(best, sides, names=names, accessions=accessions)


def _rare(annotated: AnnotatedSet, benchmark: Benchmark) -> tuple[RareConcept, ...]:
    reason = f"fewer than {annotated.minimum_instances:,} instances"
    return rare_concepts(annotated.rare, reason) + benchmark.rare


def _stability(
    subject: Subject,
    sisters: Sequence[SparseAutoencoder],
    settings: BaselineSettings,
    device: torch.device,
    *,
    seed: int,
) -> Stability:
    if not sisters:
        return stability(subject.sae, [], [], seed=seed)
    sample = activation_sample(subject.store, n_residues=settings.sample_residues, seed=seed)
    batches = [batch.to(device) for batch in sample.split(1024)]
    others = [sister.to(device) for sister in sisters]
    return stability(subject.sae.to(device), others, batches, seed=seed)


def _described(
    subject: Subject, annotated: AnnotatedSet, scorer: ConceptScorer, stable: Stability
) -> dict[str, Any]:
    """How it was measured, in words where people read it (Any as in `meta`)."""
    fingerprint = subject.store.fingerprint
    shares = ", ".join(f"{threshold:g}" for threshold in scorer.thresholds)
    described = {
        "plm": fingerprint.plm,
        "layer": fingerprint.layer,
        "architecture": subject.sae.architecture,
        "settings": subject.sae.settings(),
        "annotations": annotated.summary,
        "split": annotated.split.summary(),
        "protocol": f"{scorer.protocol}: {_choice(scorer)}",
        "thresholds": f"{shares} of each feature's maximum over all proteins.",
        "null": (
            f"p-values from {scorer.n_permutations:,} permutations of the annotations among "
            f"clusters of similar length; intervals of {scorer.confidence:.0%} from "
            f"{scorer.n_bootstraps:,} samples of clusters of test proteins."
        ),
        "rejected": annotated.rejected,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    if stable.n_sisters:
        limits = ", ".join(f"{c:.2f} and {r:.2f}" for c, r in stable.limits)
        described["stability"] = (
            "A feature is found again in a run with another seed if cosine and correlation with "
            f"its match exceed what one in a thousand permuted features does: {limits}."
        )
    return described


def _choice(scorer: ConceptScorer) -> str:
    if protocol_named(scorer.protocol).retunes_threshold:
        return (
            "features chosen on validation proteins, thresholds anew on test proteins, which "
            "makes test scores too good."
        )
    return "feature and threshold chosen on validation proteins, measured on test proteins."
