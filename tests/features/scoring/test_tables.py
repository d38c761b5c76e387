import json

import numpy as np
import pytest
from tests.features.concept_cases import THRESHOLDS, table
from tests.features.sparse_blocks import block_of, random_features

from interplm.concepts import AnnotatedProtein, Concept, ConceptSpan
from interplm.features.scoring.counting import ConceptCounter
from interplm.features.scoring.measurement import PairScores
from interplm.features.scoring.tables import (
    annotation_table,
    concept_table,
    pair_table,
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


def test_scores_hold_all_thresholds_of_the_pairs_that_pass_the_floor():
    validation, test = counts(0), counts(1)
    found = score_table(validation, test, by_domain=BY_DOMAIN, floor=0.1)
    assert len(found)
    assert found.groupby(["concept", "feature", "split"]).size().eq(len(THRESHOLDS)).all()
    best = found[found.split == "validation"].groupby(["concept", "feature"]).f1.max()
    assert (best >= 0.1).all()
    names = [concept.name for concept in test.concepts]
    for row in found[found.split == "test"].itertuples():
        concept, threshold = names.index(row.concept), THRESHOLDS.index(row.threshold)
        tp = test.tp[concept, row.feature, threshold]
        fires = test.firing[row.feature, threshold]
        hit = test.n_found[concept, row.feature, threshold]
        assert (row.tp, row.fp, row.n_found) == (tp, fires - tp, hit)
        precision = tp / fires if fires else 0.0
        recall = hit / test.n_domains[concept] if concept else tp / test.n_residues[concept]
        both = precision + recall
        assert row.f1 == pytest.approx(2 * precision * recall / both if both else 0.0)


def test_no_pair_passes_a_floor_of_one_and_none_without_any_hit_a_floor_of_zero():
    validation, test = counts(0), counts(1)
    assert score_table(validation, test, by_domain=BY_DOMAIN, floor=1.01).empty
    every = score_table(validation, test, by_domain=BY_DOMAIN, floor=0.0)
    assert (every[every.split == "validation"].groupby(["concept", "feature"]).f1.max() > 0).all()


def test_a_concept_s_kind_is_the_one_by_which_it_was_scored():
    found = concept_table(counts(0), counts(1), by_domain=~BY_DOMAIN)
    assert found.kind.tolist() == ["domain", "residue"]
    assert found.n_domains_test.tolist() == [2, 2]
    assert found.n_residues_validation.tolist() == [4, 8]


def test_pairs_of_all_representations_stand_in_one_table():
    pair = PairScores(
        concept="Helix", feature=3, threshold=0.5, is_best=True, f1_validation=0.8, precision=0.7,
        recall=0.6, f1=0.65, f1_residue=0.5, f1_low=0.6, f1_high=0.7, average_precision=0.4,
        coverage=0.9, p_value=0.01, q_value=0.02,
    )  # fmt: skip
    found = pair_table({"sae": [pair], "neurons": [pair, pair], "pca": []})
    assert found.representation.tolist() == ["sae", "neurons", "neurons"]
    assert found.coverage.tolist() == [0.9] * 3
    assert pair_table({"sae": []}).columns.tolist() == found.columns.tolist()


def test_annotations_of_scored_concepts_and_proteins_with_their_labels():
    helix = Concept(name="Helix", category="Helix", kind="domain", family="x")
    found = annotation_table([PROTEIN], {"Helix": helix})
    assert found.to_dict("records") == [
        {
            "accession": "P1", "concept": "Helix", "start": 2, "stop": 5, "ends_only": False,
            "note": "a", "evidence": "ECO:1, ECO:2|X:3",
        }
    ]  # fmt: skip
    assert annotation_table([PROTEIN], {}).columns.tolist() == found.columns.tolist()
    row = protein_table([PROTEIN], ["test"]).iloc[0]
    assert json.loads(row.labels) == {"EC number": ["1.1.1.1"]}
    assert (row.length, row.split, row.alphafold) == (5, "test", True)
