"""Features as records with the keys of the ESM Atlas, for tools that read those.

Its keys name UniRef90 and UniRef; here they hold figures and accessions of the proteins that were
scored, which the additional key `dataset` names.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from interplm.features.database.reader import FeatureReader
from interplm.features.database.records import Example, Feature, Pair
from interplm.features.evidence import STRENGTHS
from interplm.files.atomic import written_aside

_N_EXAMPLES = 100
_N_NEIGHBOURS = 10
_N_FAMILIES = 5


def write_atlas(reader: FeatureReader, path: Path) -> int:
    """Write a JSON record a line, one for each feature that fires, and give their number."""
    n = 0
    with written_aside(path) as partial, partial.open("w", encoding="utf-8") as file:
        for record in atlas_records(reader):
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
            n += 1
    return n


def atlas_records(reader: FeatureReader) -> Iterator[dict[str, Any]]:
    """Records of all features that fire, by number; Any: plain values.

    `uniref90_idf` is the natural logarithm of proteins over proteins with an example, and None
    stands where nothing is known, as for the label of a feature without one.
    """
    labels = {pair.feature: pair for pair in reader.labels()}
    concepts = {row.concept: row for row in reader.concepts}
    dataset = str(reader.meta.get("dataset", ""))
    for number in reader.columns("feature")["feature"]:
        feature = reader.feature(number)
        if feature is None or feature.is_silent:
            continue
        pair = labels.get(number)
        concept = None if pair is None else concepts[pair.concept]
        examples = _strongest_first(reader.examples(number))
        yield {
            "feature_index": number,
            "label": feature.label,
            "summary": _summary(feature, pair),
            "description": None if concept is None else "; ".join(concept.aliases) or None,
            "activation_pattern": feature.pattern,
            "category": None if concept is None else concept.category,
            "exemplar_protein_families": _families(reader, examples),
            "uniref90_frequency": feature.density,
            "uniref90_idf": -math.log(feature.density),
            "uniref90_max_activation": feature.scale,
            "top_100_uniref_ids": [example.accession for example in examples],
            "top_swissprot_activations": [
                {"accession": example.accession, "max_activation": example.maximum * feature.scale}
                for example in examples
            ],
            "decoder_nearest_neighbors": [
                {"feature_index": one.other, "cosine_similarity": one.likeness}
                for one in reader.similar(number, _N_NEIGHBOURS)
            ],
            "threshold": None if pair is None else pair.threshold * feature.scale,
            "dataset": dataset,
        }


def _strongest_first(examples: list[Example]) -> list[Example]:
    return sorted(examples, key=lambda example: (-example.maximum, example.accession))[:_N_EXAMPLES]


def _summary(feature: Feature, pair: Pair | None) -> str:
    """A sentence with the evidence, or what is known without a label."""
    if pair is None or feature.strength is None:
        return f"No label; fires on {feature.density:.3%} of the residues ({feature.pattern})."
    return (
        f"{pair.concept}: {STRENGTHS[feature.strength]} (average precision "
        f"{pair.average_precision:.2f}, precision {pair.precision:.2f}, recall {pair.recall:.2f}, "
        f"on proteins that did not choose the label)."
    )


def _families(reader: FeatureReader, examples: list[Example]) -> list[str]:
    """What whole proteins of the strongest examples are called, the most frequent names first."""
    proteins = reader.proteins([example.accession for example in examples])
    counts = Counter(
        name
        for protein in proteins.values()
        for names in json.loads(protein.labels).values()
        for name in names
    )
    return sorted(counts, key=lambda name: (-counts[name], name))[:_N_FAMILIES]
