import pytest

from interplm.explorer.pages.feature.motif import feature_motif
from interplm.explorer.render.motif import motif, windows


def test_a_family_weighs_as_much_as_one_protein(explorer):
    found = feature_motif(explorer, 1)
    examples = explorer.reader.examples(1, "top")
    proteins = explorer.reader.proteins([e.accession for e in examples])
    clusters = [proteins[e.accession].cluster for e in examples]
    assert (found.n_proteins, found.n_families) == (len(examples), len(set(clusters)))
    peak = found.positions[explorer.logo_reach]
    assert peak.n == pytest.approx(len(set(clusters)))
    aligned = windows([(proteins[e.accession].sequence, e.peak) for e in examples],
                      reach=explorer.logo_reach)  # fmt: skip
    weights = [1 / clusters.count(cluster) for cluster in clusters]
    assert found.positions == motif(aligned, explorer.reader.background, weights=weights)


def test_a_silent_feature_has_no_motif(explorer):
    silent = explorer.reader.columns("n_active")["n_active"].index(0)
    assert feature_motif(explorer, silent).positions == []
