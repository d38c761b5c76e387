import dataclasses

import numpy as np
import pytest
from tests.activations.stores import write_store
from tests.features.concept_cases import table

from interplm.activations.store import ActivationStore
from interplm.errors import UserError
from interplm.features.encoding.located import locate

LENGTHS = [5, 3, 8, 2]


@pytest.fixture
def shards(tmp_path):
    write_store(tmp_path, [LENGTHS[:2], LENGTHS[2:]])
    return ActivationStore(tmp_path).shards


def test_proteins_are_found_by_accession(shards):
    located = locate(shards, table([*LENGTHS, 9], [], n_concepts=1))
    assert located.is_located.tolist() == [True] * 4 + [False]
    assert located.n_residues == 18


def test_a_choice_and_a_shard_hold_their_proteins_alone(shards):
    concepts = table([*LENGTHS, 9], [], n_concepts=1)
    chosen = locate(shards, concepts).only(np.array([True, False, True, False, True]))
    assert chosen.is_located.tolist() == [True, False, True, False, False]
    assert [int(p) for block in chosen.blocks() for p in block.proteins] == [0, 2]
    part = locate(shards[1:], concepts)
    assert part.is_located.tolist() == [False, False, True, True, False]


def test_a_store_of_other_proteins_is_refused(tmp_path, shards):
    strangers = dataclasses.replace(table(LENGTHS, [], n_concepts=1), accessions=tuple("ABCD"))
    with pytest.raises(UserError, match="None of the annotated proteins has activations"):
        locate(shards, strangers)


def test_a_protein_stored_twice_is_refused(shards):
    with pytest.raises(UserError, match="P0 has activations more than once"):
        locate([shards[0], shards[0]], table(LENGTHS, [], n_concepts=1))
