import pytest

from interplm.concepts.evidence import EvidenceFilter
from interplm.errors import UserError

PUBLISHED = ("ECO:0000255|HAMAP-Rule:MF_01379", "ECO:0000269|PubMed:3121625")
STRUCTURE = ("ECO:0007829|PDB:3JCU",)
PREDICTED = ("ECO:0000255",)


@pytest.mark.parametrize(
    ("wanted", "accepted"),
    [
        ("any", [True, True, True, True]),
        ("experimental", [True, True, False, False]),
        (["ECO:0000255"], [True, False, True, False]),
        ("ECO:0007829", [False, True, False, False]),
    ],
)
def test_one_piece_of_evidence_asked_for_is_enough(wanted, accepted):
    evidence = EvidenceFilter(wanted)
    assert [evidence.accepts(e) for e in (PUBLISHED, STRUCTURE, PREDICTED, ())] == accepted


@pytest.mark.parametrize("wanted", ["experiment", [], ["any", "ECO:0000255"], ["ECO:255"]])
def test_other_filters_are_refused(wanted):
    with pytest.raises(UserError, match=r"must be any, experimental or a list of codes such as"):
        EvidenceFilter(wanted)
