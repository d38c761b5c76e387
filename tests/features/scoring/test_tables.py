import json
from dataclasses import replace

import numpy as np
import pytest
from tests.features.concept_cases import THRESHOLDS, table
from tests.features.databases import pair
from tests.features.sparse_blocks import block_of, random_features

from interplm.concepts import AnnotatedProtein, Concept, ConceptSpan
from interplm.features.database.schema import TABLES
from interplm.features.scoring.benchmark import Benchmark
from interplm.features.scoring.counting import ConceptCounter
from interplm.features.scoring.tables import (
    annotation_table,
    concept_table,
    protein_table,
    score_table,
)

LENGTHS = [12, 9, 15]
BY_DOMAIN = np.array([False, True])
SPAN = ConceptSpan(
    accession="P1", concept="Helix", start=2, stop=5, note="a", evidence=("ECO:1", "ECO:2|X:3")
)
PROTEIN = AnnotatedProtein(
    accession="P1", sequence="ACDEF", name="one", spans=(SPAN,),
    labels={"EC number": ("1.1.1.1",)}, alphafold=True,
)  # fmt: skip


def counts(seed):
    spans = [(0, 0, 2, 5), (2, 0, 1, 2), (1, 1, 0, 4), (2, 1, 5, 9)]
    concepts = table(np.array(LENGTHS), spans, kinds=["residue", "domain"])
    counter = ConceptCounter(table=concepts, d_sae=5, thresholds=THRESHOLDS)
    counter.add(block_of(random_features(np.random.default_rng(seed), LENGTHS, 5), LENGTHS))
    return counter.counts()


def benchmark():
    spans = [(0, 0, 2, 5), (2, 0, 1, 2), (1, 1, 0, 4), (2, 1, 5, 9)]
    every = np.ones(3, bool)
    return Benchmark(
        table=table(np.array(LENGTHS), spans, kinds=["residue", "domain"]), by_domain=BY_DOMAIN,
        in_validation=every, in_test=every, cluster=np.array([4, 7, 4]), rare=(),
    )  # fmt: skip


def test_scores_hold_all_thresholds_of_the_pairs_on_both_splits():
    validation, test = counts(0), counts(1)
    pairs = [pair("sae", "c0", 1, 0.5, 0.5), pair("sae", "c1", 3, 0.5, 0.5)]
    found = score_table(validation, test, pairs, by_domain=BY_DOMAIN)
    assert set(found.columns) == set(TABLES["scores"].columns)
    assert found.groupby(["concept", "feature", "split"]).size().tolist() == [len(THRESHOLDS)] * 4
    for row in found.itertuples():
        of = test if row.split == "test" else validation
        concept, threshold = int(row.concept[1:]), THRESHOLDS.index(row.threshold)
        tp = of.tp[concept, row.feature, threshold]
        fires = of.firing[row.feature, threshold]
        hit = of.n_found[concept, row.feature, threshold]
        assert (row.tp, row.fp, row.n_found) == (tp, fires - tp, hit)
        precision = tp / fires if fires else 0.0
        recall = hit / of.n_domains[concept] if concept else tp / of.n_residues[concept]
        assert row.recall == pytest.approx(recall)
        both = precision + recall
        assert row.f1 == pytest.approx(2 * precision * recall / both if both else 0.0)


def test_concepts_carry_their_counts_chance_and_what_position_explains():
    pairs = [
        replace(pair("sae", "c0", 1, 0.9, 0.5), f1_position=0.8, q_value=0.9),
        replace(pair("sae", "c1", 3, 0.9, 0.5), f1_position=0.1, q_value=0.001),
    ]
    found = concept_table(benchmark(), counts(0), counts(1), pairs)
    assert set(found.columns) == set(TABLES["concepts"].columns)
    assert found.kind.tolist() == ["residue", "domain"]
    assert found.n_domains_test.tolist() == [2, 2]
    assert found.n_residues_validation.tolist() == [4, 8]
    # Proteins 0 and 2 are relatives.
    assert found.n_clusters_test.tolist() == [1, 2]
    assert found.prevalence.tolist() == pytest.approx([4 / 36, 8 / 36])
    assert found.f1_constant.tolist() == pytest.approx([2 / 9 / (10 / 9), 4 / 9 / (11 / 9)])
    assert found.position_explains.tolist() == [True, False]


def test_what_was_not_tested_is_not_said_to_be_explained():
    untested = replace(pair("sae", "c0", 1, 0.9, 0.5), f1_position=None, q_value=None)
    found = concept_table(benchmark(), counts(0), counts(1), [untested])
    assert found.position_explains.tolist() == [None, None]


def test_annotations_of_scored_concepts_and_proteins_with_their_labels():
    helix = Concept(name="Helix", category="Helix", kind="domain", family="x")
    found = annotation_table([PROTEIN], {"Helix": helix})
    assert found.to_dict("records") == [
        {
            "accession": "P1", "concept": "Helix", "family": "x", "start": 2, "stop": 5,
            "ends_only": False, "note": "a", "evidence": "ECO:1, ECO:2|X:3",
        }
    ]  # fmt: skip
    assert annotation_table([PROTEIN], {}).columns.tolist() == found.columns.tolist()
    row = protein_table([PROTEIN], ["test"], ["P9"]).iloc[0]
    assert json.loads(row.labels) == {"EC number": ["1.1.1.1"]}
    assert (row.length, row.split, row.alphafold, row.cluster) == (5, "test", True, "P9")
