import numpy as np
import pytest
from tests.features.concept_cases import block, instances_by_hand, random_features, random_table
from tests.features.databases import pair

from interplm.features.database.records import ProteinVerdict
from interplm.features.encoding.traces import TraceCollector
from interplm.features.scoring.held_out import HeldOut
from interplm.features.scoring.verdicts import verdict_table

N = 14


def side(concepts, features, proteins):
    collector = TraceCollector(range(features[0].shape[1]), d_sae=features[0].shape[1])
    collector.add(block(features, proteins))
    return HeldOut(concepts, collector.traces(), cluster=np.arange(N))


@pytest.mark.parametrize("seed", range(5))
def test_every_protein_is_found_missed_extra_or_of_no_account_as_by_hand(seed):
    rng = np.random.default_rng(seed)
    concepts = random_table(rng, n_proteins=N, n_concepts=3, n_spans=25)
    features = random_features(rng, concepts.lengths, d_sae=4, density=0.1)
    sides = [side(concepts, features, range(0, N, 2)), side(concepts, features, range(1, N, 2))]
    pairs = [pair("sae", f"c{c}", c + 1, 0.5, 0.5) for c in range(3)]
    found = verdict_table(pairs, sides, names=["c0", "c1", "c2"], accessions=concepts.accessions)
    assert list(found.columns) == list(ProteinVerdict.__dataclass_fields__)
    rows = {(row.concept, row.accession): row for row in found.itertuples()}
    assert len(rows) == len(found)
    for c in range(3):
        instances = instances_by_hand(concepts, c, range(N))
        for protein in range(N):
            values = features[protein][:, c + 1]
            fires = set(np.flatnonzero(values > np.float32(0.5)).tolist())
            own = [places for number, places in instances if number == protein]
            labelled = set().union(*own)
            row = rows.get((f"c{c}", f"P{protein}"))
            if not own and not fires:
                assert row is None
                continue
            n_found = sum(bool(places & fires) for places in own)
            assert row.verdict == ("extra" if not own else "found" if n_found else "missed")
            assert (row.n_domains, row.n_found) == (len(own), n_found)
            assert row.n_outside == len(fires - labelled)
            where = sorted(labelled) if own else range(len(values))
            assert row.strength == pytest.approx(max(values[list(where)]))


def test_without_a_pair_there_is_a_table_without_rows():
    assert verdict_table([], [], names=[], accessions=[]).columns.tolist() == list(
        ProteinVerdict.__dataclass_fields__
    )
