import numpy as np
import pytest

from interplm.explorer.address import Address
from interplm.explorer.pages.feature.protein import looked_at

SEQUENCE = "MKAVAVVLAALAAFTAFALQMSSVLITPLGQRSRPLVKRKAGIF"


def look(explorer, **entries):
    return looked_at(explorer, explorer.reader.feature(1), Address(entries))


def test_the_strongest_example_is_looked_at_unasked(explorer):
    first = explorer.reader.examples(1)[0]
    found = look(explorer)
    assert (found.accession, found.source) == (first.accession, "stored")
    assert found.activations == dict(zip(first.positions, first.activations, strict=True))
    assert found.peak == first.peak


def test_a_protein_that_is_no_example_is_read_by_the_model(explorer):
    known = {e.accession for e in explorer.reader.examples(1)}
    other = next(f"DEMO{n:05d}" for n in range(1, 121) if f"DEMO{n:05d}" not in known)
    found = look(explorer, accession=other)
    assert (found.accession, found.source) == (other, "read")
    values = explorer.encoder.encode(found.sequence).of(1)
    assert found.maximum == pytest.approx(float(values.max()))


def test_ones_own_protein_is_read_from_the_hash(explorer):
    found = look(explorer, own="1", protein=f">mine words\n{SEQUENCE}")
    assert (found.accession, found.name, found.source) == ("mine", "words", "own")
    values = explorer.encoder.encode(SEQUENCE).of(1)
    assert sorted(found.activations) == np.flatnonzero(values > 0).tolist()


def test_what_ones_own_protein_is_compared_with_is_looked_at_too(explorer):
    entries = {"protein": f">mine words\n{SEQUENCE}", "mutations": "L8P"}
    assert look(explorer, own="1", **entries).sequence == SEQUENCE
    for number in ("2", "3"):
        found = look(explorer, own=number, **entries)
        assert (found.accession, found.source) == ("mine L8P", "own")
        assert found.sequence == f"{SEQUENCE[:7]}P{SEQUENCE[8:]}"
        values = explorer.encoder.encode(found.sequence).of(1)
        assert sorted(found.activations) == np.flatnonzero(values > 0).tolist()


def test_what_is_not_there_is_not_looked_at(explorer):
    assert look(explorer, accession="../../etc/passwd") is None
    assert look(explorer, own="1") is None
