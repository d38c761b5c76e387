"""From a feature database to a feature pack."""

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from interplm.features.database.reader import FeatureReader
from interplm.features.database.records import Example
from interplm.features.evidence import STRENGTHS
from interplm.packs import FeatureLabel, FeaturePack
from interplm.proteins.alphabet import STANDARD
from interplm.sae.normalized import NormalizedSAE

# Residues on either side of a peak in a logo.
_REACH = 12


def make_pack(
    reader: FeatureReader, sae: NormalizedSAE, *, trained_on: Mapping[str, Any]
) -> FeaturePack:
    """The labels, evidence and logos of a database, with the SAE that they are of.

    Args:
        reader: of the database.
        sae: whose features it describes, as fractions of their maxima.
        trained_on: fingerprint of the activations; plain values, hence Any.
    """
    labels = {label.feature: label for label in _labels(reader)}
    about = {
        name: reader.meta[name]
        for name in ("annotations", "split", "protocol", "dataset", "created")
        if name in reader.meta
    }
    return FeaturePack(
        sae=sae,
        labels=labels,
        logos={feature: _logo(reader, feature) for feature in labels},
        trained_on=dict(trained_on),
        about=about | {"strengths": dict(STRENGTHS)},
    )


def _labels(reader: FeatureReader) -> Iterator[FeatureLabel]:
    concepts = {row.concept: row for row in reader.concepts}
    columns = reader.columns("density", "strength")
    for pair in reader.labels():
        concept = concepts[pair.concept]
        by_domain = concept.kind == "domain"
        yield FeatureLabel(
            feature=pair.feature,
            label=pair.concept,
            aliases=tuple(concept.aliases),
            category=concept.category,
            family=concept.family,
            kind=concept.kind,
            strength=columns["strength"][pair.feature],
            threshold=pair.threshold,
            extent=pair.extent,
            precision=pair.precision,
            precision_low=pair.precision_low,
            precision_high=pair.precision_high,
            recall=pair.recall,
            precision_residue=pair.precision_residue,
            recall_residue=pair.recall_residue,
            f1=pair.f1,
            f1_low=pair.f1_low,
            f1_high=pair.f1_high,
            f1_residue=pair.f1_residue,
            average_precision=pair.average_precision,
            chance=concept.prevalence,
            margin=pair.margin,
            n_instances=concept.n_domains_test if by_domain else concept.n_residues_test,
            n_found=pair.n_found,
            q_value=pair.q_value,
            density=columns["density"][pair.feature],
        )


def _logo(reader: FeatureReader, feature: int) -> Tensor:
    """Counts of residues around the strongest peaks, one for each cluster, uint8 [.., 20]."""
    counts = torch.zeros(2 * _REACH + 1, len(STANDARD), dtype=torch.uint8)
    for example, sequence in _one_of_each_cluster(reader, reader.examples(feature, "top")):
        for place in range(len(counts)):
            residue = example.peak - _REACH + place
            if 0 <= residue < len(sequence) and sequence[residue] in STANDARD:
                counts[place, STANDARD.index(sequence[residue])] += 1
    return counts


def _one_of_each_cluster(
    reader: FeatureReader, examples: list[Example]
) -> Iterator[tuple[Example, str]]:
    proteins = reader.proteins([example.accession for example in examples])
    seen: set[str] = set()
    for example in examples:
        protein = proteins[example.accession]
        if protein.cluster not in seen:
            seen.add(protein.cluster)
            yield example, protein.sequence
