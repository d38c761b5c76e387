import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interplm.errors import MalformedInput
from interplm.explorer.pages.your_protein.variants import changed, parse_variants

SEQUENCE = "MKAVLVVLAR"


def mutated(text):
    return changed(SEQUENCE, parse_variants(text, SEQUENCE))[0]


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("K2A", "MAAVLVVLAR"), ("k2a", "MAAVLVVLAR"), ("p.Lys2Ala", "MAAVLVVLAR"),
        ("p.(Lys2Ala)", "MAAVLVVLAR"), ("p.K2A", "MAAVLVVLAR"), ("lys2ala", "MAAVLVVLAR"),
        ("p.[Lys2Ala;Arg10Gly]", "MAAVLVVLAG"), ("K2A, R10G", "MAAVLVVLAG"),
        ("K2A R10G", "MAAVLVVLAG"), ("K2del", "MAVLVVLAR"), ("p.Lys2del", "MAVLVVLAR"),
        ("K2_V4del", "MLVVLAR"), ("p.Lys2_Val4del", "MLVVLAR"), ("K2_A3insRS", "MKRSAVLVVLAR"),
        ("p.Lys2_Ala3insArgSer", "MKRSAVLVVLAR"), ("K2_V4delinsW", "MWLVVLAR"),
        ("p.Lys2delinsTrpTrp", "MWWAVLVVLAR"), ("K2dup", "MKKAVLVVLAR"),
        ("K2_V4dup", "MKAVKAVLVVLAR"), ("R10*", "MKAVLVVLA"), ("p.Val7Ter", "MKAVLV"),
        ("A9_R10insG", "MKAVLVVLAGR"),
    ],
)  # fmt: skip
def test_both_forms_of_hgvs_are_read(text, result):
    assert mutated(text) == result


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("A2K", "residue 2 is K, so write K2"),
        ("p.Ala2Lys", "residue 2 is K, so write K2"),
        ("K20A", "has residues 1 to 10"),
        ("K0A", "has residues 1 to 10"),
        ("hello", "is not a change of a protein: write them as R175H"),
        ("K2", "is not a change of a protein"),
        ("K2X", "X is not one of the 20"),
        ("K2K", "changes nothing"),
        ("K2=", "changes nothing"),
        ("K2A, K2R", "change the same residues"),
        ("K2_V4del, A3G", "change the same residues"),
        ("V4_K2del", "second residue comes before the first"),
        ("K2insRS", "names the residues on both sides"),
        ("K2_V4insRS", "names the residues on both sides"),
        ("K2_A3ins", "says what comes in"),
        ("K2delA", "takes no residues after it"),
        ("p.Arg10fs", "follows a frameshift"),
        ("p.Lys2AlafsTer9", "follows a frameshift"),
        ("M1*", "Nothing of the protein would be left"),
        ("M1_R10del", "Nothing of the protein would be left"),
        ("K2" + "A" * 500, "is not a change"),
        ("K" + "9" * 500 + "A", "is not a change"),
    ],
)
def test_what_is_no_change_of_this_protein_gets_a_sentence(text, sentence):
    with pytest.raises(MalformedInput, match=sentence):
        mutated(text)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 9), unique=True, max_size=4), st.data())
def test_columns_join_both_sequences_and_lose_no_residue(places, data):
    kinds = ["sub", "del", "dup"]
    written = [
        {"sub": f"{SEQUENCE[p]}{p + 1}{'W'}", "del": f"{SEQUENCE[p]}{p + 1}del",
         "dup": f"{SEQUENCE[p]}{p + 1}dup"}[data.draw(st.sampled_from(kinds))]
        for p in places
    ]  # fmt: skip
    after, columns = changed(SEQUENCE, parse_variants(" ".join(written), SEQUENCE))
    assert [i for i, _ in columns if i is not None] == list(range(len(SEQUENCE)))
    assert [j for _, j in columns if j is not None] == list(range(len(after)))
    untouched = set(range(len(SEQUENCE))) - set(places)
    for before, now in columns:
        if before in untouched:
            assert SEQUENCE[before] == after[now]
