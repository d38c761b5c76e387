"""An SAE and what it is compared with, scored and written as one feature database."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from interplm.activations import ActivationStore
from interplm.errors import UserError
from interplm.features.database.writer import meta_table, write_database
from interplm.features.encoding.baselines import Neurons, fit_principal_components, random_sae
from interplm.features.encoding.blocks import FeatureBlock
from interplm.features.encoding.names import BASELINES, UNTRAINED
from interplm.features.encoding.representations import Representation
from interplm.features.profile.profiler import FeatureProfiler, ProfileSettings
from interplm.features.report.data import summaries
from interplm.features.scoring.annotated import AnnotatedSet
from interplm.features.scoring.protocols import protocol_named
from interplm.features.scoring.scorer import ConceptScorer, ScoredRepresentation
from interplm.features.scoring.tables import (
    annotation_table,
    concept_table,
    pair_table,
    protein_table,
    score_table,
)
from interplm.features.subject import Subject
from interplm.sae.normalized import save_maxima


def score_representations(
    scorer: ConceptScorer,
    subject: Subject,
    annotated: AnnotatedSet,
    *,
    baselines: Sequence[str],
    untrained: Subject | None,
    device: torch.device,
    on_block: Callable[[FeatureBlock], object],
) -> dict[str, ScoredRepresentation]:
    """Score an SAE, then its baselines, by name as in the table `pairs`.

    Args:
        scorer: the same for all.
        subject: the SAE.
        annotated: proteins with activations.
        baselines: of BASELINES.
        untrained: an SAE of an untrained PLM on that PLM's activations of the same proteins.
        device: on which to encode.
        on_block: given the normalised features of the SAE, every protein once.

    Raises:
        UserError: for a baseline that is not known.
    """
    unknown = sorted(set(baselines) - set(BASELINES))
    if unknown:
        raise UserError(f"baselines may be {', '.join(BASELINES)}, got {', '.join(unknown)}.")
    table, split = annotated.table, annotated.split

    def scores(
        name: str,
        representation: Representation,
        store: ActivationStore,
        on_block: Callable[[FeatureBlock], object] = lambda block: None,
    ) -> ScoredRepresentation:
        return scorer.score(
            representation,
            store.shards,
            table,
            in_validation=split.validation,
            in_test=split.test,
            device=device,
            description=name,
            on_block=on_block,
        )

    found = {"sae": scores("sae", subject.sae.to(device), subject.store, on_block)}
    for name in baselines:
        baseline = _baseline(name, subject, seed=scorer.seed).to(device)
        found[name] = scores(name, baseline, subject.store)
    if untrained is not None:
        found[UNTRAINED] = scores(UNTRAINED, untrained.sae.to(device), untrained.store)
    return found


def _baseline(name: str, subject: Subject, *, seed: int) -> Any:
    """A module that is a Representation, hence Any: there is no type of both."""
    if name == "neurons":
        return Neurons(d_in=subject.sae.d_in)
    if name == "random_sae":
        return random_sae(subject.sae, seed=seed)
    return fit_principal_components(subject.store)


def score_run(
    *,
    subject: Subject,
    untrained: Subject | None,
    annotated: AnnotatedSet,
    scorer: ConceptScorer,
    profile: ProfileSettings,
    baselines: Sequence[str],
    score_floor: float,
    device: torch.device,
    meta: Mapping[str, Any],
    maxima_folder: Path,
    counts_folder: Path,
    database: Path,
) -> dict[str, int]:
    """Score an SAE and its baselines, and write all that was found.

    Args:
        subject: the SAE.
        untrained: see score_representations.
        annotated: what it is scored on.
        scorer: of all representations.
        profile: what to keep of each feature.
        baselines: see score_representations.
        score_floor: best validation F1 of the pairs whose scores are kept at all thresholds.
        device: on which to encode.
        meta: figures and dataset, for the database; Any: what JSON can hold.
        maxima_folder: of the exported SAE, beside which its maxima are kept.
        counts_folder: for the SAE's counts of both splits.
        database: path of the feature database.

    Returns:
        Features with a concept and concepts covered, of each representation.
    """
    accessions = annotated.table.accessions
    profiler = FeatureProfiler(profile, d_sae=subject.sae.d_sae, accessions=accessions)
    found = score_representations(
        scorer,
        subject,
        annotated,
        baselines=baselines,
        untrained=untrained,
        device=device,
        on_block=profiler.add,
    )
    sae, fingerprint = found["sae"], subject.store.fingerprint.as_dict()
    n_residues = annotated.table.n_residues
    save_maxima(maxima_folder, sae.maxima, n_residues=n_residues, fingerprint=fingerprint)
    for split, counts in (("validation", sae.validation), ("test", sae.test)):
        counts.save(counts_folder / f"{split}.npz", fingerprint=fingerprint)
    by_domain = protocol_named(scorer.protocol).domain_mask(sae.test.concepts)
    concepts = {concept.name: concept for concept in sae.test.concepts}
    pairs = pair_table({name: scores.pairs for name, scores in found.items()})
    described = _described(subject, annotated, scorer, score_floor)
    tables = {
        "meta": meta_table(dict(meta) | described),
        "concepts": concept_table(sae.validation, sae.test, by_domain=by_domain),
        "scores": score_table(sae.validation, sae.test, by_domain=by_domain, floor=score_floor),
        "pairs": pairs,
        "proteins": protein_table(annotated.proteins, annotated.splits),
        "annotations": annotation_table(annotated.proteins, concepts),
    }
    profiled = profiler.tables(
        maxima=sae.maxima,
        W_dec=subject.sae.W_dec.detach().cpu(),
        proteins=annotated.proteins,
        pairs=pairs[pairs.representation == "sae"],
        concepts=concepts,
    )
    write_database(database, tables | profiled)
    return _main_figures(pairs)


def _described(
    subject: Subject, annotated: AnnotatedSet, scorer: ConceptScorer, score_floor: float
) -> dict[str, Any]:
    """How it was measured, in words where people read it (Any as in `meta`)."""
    shares = [f"{threshold:g}" for threshold in scorer.thresholds]
    fingerprint = subject.store.fingerprint
    return {
        "plm": fingerprint.plm,
        "layer": fingerprint.layer,
        "architecture": subject.sae.architecture,
        "settings": subject.sae.settings(),
        "annotations": annotated.summary,
        "split": annotated.split.summary(),
        "protocol": f"{scorer.protocol}: {_choice(scorer)}",
        "thresholds": f"{', '.join(shares)} of each feature's maximum over all proteins.",
        "null": (
            f"p-values from {scorer.n_permutations:,} permutations of the annotations among "
            f"proteins of similar length; intervals of {scorer.confidence:.0%} from "
            f"{scorer.n_bootstraps:,} samples of test proteins."
        ),
        "score_floor": score_floor,
        "rejected": annotated.rejected,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _choice(scorer: ConceptScorer) -> str:
    if protocol_named(scorer.protocol).retunes_threshold:
        return (
            "features chosen on validation proteins, thresholds anew on test proteins, which "
            "makes test scores too good."
        )
    return "feature and threshold chosen on validation proteins, measured on test proteins."


def _main_figures(pairs: pd.DataFrame) -> dict[str, int]:
    figures: dict[str, int] = {}
    for row in summaries(pairs):
        figures[f"{row.name}_features_with_concept"] = row.n_features
        figures[f"{row.name}_concepts_covered"] = row.n_concepts
    return figures
