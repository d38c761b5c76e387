import pytest

from interplm.explorer.pages.concepts.coverage import judge
from interplm.features.database.records import Annotation


def span(start, stop, *, concept="Signal peptide", ends_only=False):
    return Annotation(
        accession="P1", concept=concept, family=None, start=start, stop=stop, ends_only=ends_only,
        note="", evidence="",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("activations", "spans", "verdict", "n_hit", "n_outside"),
    [
        ({3: 0.9}, [span(0, 5)], "found", 1, 0),
        ({3: 0.9, 7: 0.8}, [span(0, 5), span(10, 12)], "found", 1, 1),
        ({3: 0.4}, [span(0, 5)], "missed", 0, 0),
        ({5: 0.9}, [span(0, 5)], "missed", 0, 1),
        ({3: 0.9}, [span(0, 5, concept="Helix")], "extra", 0, 1),
        ({}, [], "silent", 0, 0),
        # Of a disulfide bond only the two cysteines count.
        ({3: 0.9}, [span(0, 5, ends_only=True)], "missed", 0, 1),
        ({4: 0.9}, [span(0, 5, ends_only=True)], "found", 1, 0),
    ],
)
def test_a_protein_is_judged_by_where_the_feature_fires(
    activations, spans, verdict, n_hit, n_outside
):
    judged = judge("P1", activations, spans, concept="Signal peptide", threshold=0.5)
    assert (judged.verdict, judged.n_hit, judged.n_outside) == (verdict, n_hit, n_outside)


def test_a_residue_at_the_threshold_does_not_fire():
    assert judge("P1", {3: 0.5}, [span(0, 5)], concept="Signal peptide", threshold=0.5).n_hit == 0
