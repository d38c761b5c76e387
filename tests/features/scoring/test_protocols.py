from dataclasses import replace

import numpy as np
import pytest
from tests.features.concept_cases import concept

from interplm.errors import UserError
from interplm.features.scoring.protocols import protocol_named


def test_ours_takes_the_kind_from_the_source():
    concepts = [concept("Domain: Cofactor-binding"), concept("Lipidation: any", "residue")]
    assert protocol_named("held_out").domain_mask(concepts).tolist() == [True, False]


def test_the_original_takes_the_kind_from_the_name_wherever_the_word_stands():
    concepts = [
        concept("Domain: Cofactor-binding"),
        concept("Lipidation: any", "residue"),
        concept("Active site: Nucleophile"),
        concept("Domain: Amino acid permease"),
    ]
    assert protocol_named("original").domain_mask(concepts).tolist() == [False, True, False, True]


def test_the_original_drops_amino_acids_and_any_of_five_categories():
    concepts = [
        concept("Amino acid: G", "residue", category="Amino acid"),
        concept("Motif: any", scope="any", category="Motif"),
        concept("Motif: DEAD box", category="Motif"),
        concept("Zinc finger: any", scope="any", category="Zinc finger"),
    ]
    many = {"n_residues": np.full(4, 100), "n_domains": np.full(4, 100)}
    limits = {"min_residues": 10, "min_domains": 10}
    found = {
        n: protocol_named(n).enough(concepts, **many, **limits) for n in ("held_out", "original")
    }
    assert found["original"].tolist() == [False, False, True, True]
    assert found["held_out"].all()


def test_the_original_has_no_concepts_of_columns_that_it_did_not_read():
    concepts = [
        replace(concept("Site: Cleavage", "residue", category="Site"), family="Sites"),
        replace(concept("Transmembrane: any", category="Transmembrane"), family="Regions"),
        replace(concept("Active site: any", "residue", category="Active site"), family="Sites"),
        # A scientist's own.
        replace(concept("Mine", category="Site"), family="Annotations"),
    ]
    many = {"n_residues": np.full(4, 100), "n_domains": np.full(4, 100)}
    found = protocol_named("original").enough(concepts, **many, min_residues=10, min_domains=10)
    assert found.tolist() == [False, False, True, True]


def test_the_minimum_is_enough_for_ours_and_not_for_the_original():
    concepts = [concept(name) for name in "abcd"]
    counts = {"n_residues": np.array([10, 11, 1, 0]), "n_domains": np.array([1, 1, 3, 4])}
    found = {
        name: protocol_named(name).enough(concepts, **counts, min_residues=10, min_domains=3)
        for name in ("held_out", "original")
    }
    assert found["held_out"].tolist() == [True, True, True, False]
    assert found["original"].tolist() == [False, True, False, False]


def test_an_unknown_protocol_is_refused_with_the_choices():
    with pytest.raises(UserError, match="one of held_out, original, got 'paper'"):
        protocol_named("paper")
