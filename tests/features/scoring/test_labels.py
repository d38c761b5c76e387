from dataclasses import replace

import pytest
from tests.features.concept_cases import concept
from tests.features.databases import pair

from interplm.features.scoring.labels import label_table

CONCEPTS = {name: concept(name, family=f"family of {name}") for name in ("Helix", "Strand")}


def labelled(**changes):
    made = pair("sae", "Helix", 7, 0.8, 0.7)
    return label_table([replace(made, **changes)], CONCEPTS)


def test_a_label_carries_its_figures_and_what_they_are_worth():
    row = labelled(average_precision=0.6, recall_residue=0.7, margin=0.3).loc[7]
    assert (row.label, row.concept, row.family) == ("Helix", "Helix", "family of Helix")
    assert (row.average_precision, row.margin, row.strength) == (0.6, 0.3, "follows")


@pytest.mark.parametrize(
    ("changes", "strength"),
    [
        ({"recall_residue": 0.08, "f1_corrected": 0.99}, "marks"),
        ({"margin": -0.01}, "not above baselines"),
        ({"f1_position": 0.9, "q_value": 1.0}, "position alone"),
        ({"recall_residue": 0.1, "f1_corrected": 0.1}, "hints"),
    ],
)
def test_a_high_f1_alone_does_not_make_a_label_strong(changes, strength):
    assert labelled(f1=1.0, **changes).strength[7] == strength


def test_pairs_that_label_nothing_give_no_label():
    assert labelled(is_label=False).empty
    assert list(labelled(is_label=False).columns) == list(labelled().columns)
