"""Annotations of heavy chains, on sequences written by hand."""

from collections import Counter
from itertools import product

import pytest
from experiments.antibodies.rearrangements import (
    annotations,
    family,
    gene,
    numbering_of,
    translate,
)

# 4 codons of V, 2 nucleotides added, 5 of D, 3 added, and J: 2 nucleotides, 3 codons and 1 more.
V, N1, D, N2, J = "CAGTGTTGGAAA", "GG", "GGTAT", "CCA", "CATGGGGTTCTG"
UNMUTATED = V + N1 + D + N2 + J
SEQUENCE = V.replace("TGG", "CGG") + UNMUTATED[12:]  # Trp to Arg


def rearrangement(**changes):
    ends = {"v": (1, 12), "d": (15, 19), "j": (23, 34)}
    places = {
        f"{letter}_sequence_{side}": str(place)
        for letter, pair in ends.items()
        for side, place in zip(("start", "end"), pair, strict=True)
    }
    calls = {"v_call": "IGHV3-23*01", "d_call": "IGHD1-26*01", "j_call": "IGHJ4*02"}
    sequences = {"sequence": SEQUENCE, "unmutated_sequence": UNMUTATED}
    return places | calls | sequences | changes


def numbering(numbers="22 23 41 105 107 108 112A 117 118 119 128"):
    residues = translate(SEQUENCE)
    return list(zip(numbers.split(), residues[: len(numbers.split())], strict=True))


def found(category, **changes):
    rows = annotations("a", rearrangement(**changes), numbering())
    return [(row.start, row.end, row.concept, row.kind) for row in rows if row.category == category]


def test_codons_are_those_of_the_standard_code():
    assert translate("ATGTGGTAATTTGC") == "MW*F"
    assert translate("atgCNAtga") == "MX*"
    codons = ("".join(codon) for codon in product("ACGT", repeat=3))
    assert Counter(translate("".join(codons))) == Counter(
        "FFLLLLLLIIIMVVVVSSSSSSPPPPTTTTAAAAYYHHQQNNKKDDEECCWRRRRRRGGGG***"
    )


def test_names_of_genes_and_families():
    assert gene("IGHV3-30-3*01") == "IGHV3-30-3"
    assert [family(call) for call in ("IGHV3-23*01", "IGHV1/OR15-1*02")] == ["IGHV3", "IGHV1"]
    with pytest.raises(ValueError, match="IGKV1"):
        family("IGKV1-5*01")


def test_a_codon_of_two_segments_goes_to_the_one_with_its_middle():
    assert found("V gene") == [(1, 4, "V gene IGHV3-23", "domain")]
    # Codon 5 is added, added, D; codon 7 is D, added, added, and codon 8 added, J, J.
    assert found("N addition") == [
        (5, 5, "N addition V-D", "domain"), (7, 7, "N addition D-J", "domain"),
    ]  # fmt: skip
    assert found("D gene") == [(6, 6, "D gene IGHD1-26", "domain")]
    assert found("J gene")[0][0] == 8
    assert found("V family") == [(1, 4, "V family IGHV3", "domain")]


def test_every_residue_belongs_to_one_segment():
    rows = annotations("a", rearrangement(), numbering())
    segments = [r for r in rows if r.category in ("V gene", "D gene", "J gene", "N addition")]
    residues = sorted(at for row in segments for at in range(row.start, row.end + 1))
    assert residues == list(range(1, len(translate(SEQUENCE)) + 1))


def test_a_segment_without_a_residue_is_no_instance():
    assert found("D gene", d_sequence_start="15", d_sequence_end="15") == []
    assert found("D gene", d_sequence_start="", d_sequence_end="") == []


def test_regions_follow_the_numbers_and_insertions_are_within():
    assert [(start, end, name) for start, end, name, _ in found("Region")] == [
        (1, 2, "FR1"), (3, 3, "FR2"), (4, 8, "CDR3"), (9, 11, "FR4"),
    ]  # fmt: skip


def test_a_conserved_residue_that_mutated_is_none():
    assert translate(UNMUTATED)[2] == "W"
    assert translate(SEQUENCE)[2] == "R"
    assert [name for _, _, name, _ in found("Conserved residue")] == [
        "Conserved Cys 23", "Conserved Trp 118",
    ]  # fmt: skip


def test_replaced_residues_are_mutated_and_silent_changes_are_not():
    assert found("Mutation") == [
        (3, 3, "Mutated residue", "residue"),
        (3, 3, "Mutated residue, framework", "residue"),
    ]
    silent = UNMUTATED.replace("TGT", "TGC", 1)
    assert translate(silent) == translate(UNMUTATED)
    numbers = list(zip(("22", "23"), translate(silent)[:2], strict=True))
    rows = annotations("a", rearrangement(sequence=silent), numbers)
    assert not [row for row in rows if row.category == "Mutation"]


def test_numbers_of_another_sequence_are_refused():
    with pytest.raises(ValueError, match="chain7: the numbered residues are not"):
        annotations("chain7", rearrangement(), [("1", "W"), ("2", "W")])


def test_the_numbering_is_in_the_order_of_the_columns_without_gaps():
    row = {
        "Id": "a", "v_identity": "0.00", "1": "Q", "2": "-", "111A": "C", "112A": "D", "112": "E",
    }  # fmt: skip
    assert numbering_of(row) == [("1", "Q"), ("111A", "C"), ("112A", "D"), ("112", "E")]
