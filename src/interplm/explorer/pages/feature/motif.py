"""What the residues around the peaks of a feature have in common, families counting once."""

from collections import Counter
from dataclasses import dataclass

from interplm.explorer.context import Explorer
from interplm.explorer.render.motif import MotifPosition, motif, windows


@dataclass(frozen=True, slots=True)
class FeatureMotif:
    """The motif of a feature.

    Attributes:
        positions: from `logo_reach` before the peak to as many after it; empty without proteins.
        n_proteins: that were counted.
        n_families: clusters of homologues among them, each of which counts as one protein.
    """

    positions: list[MotifPosition]
    n_proteins: int
    n_families: int


def feature_motif(explorer: Explorer, feature: int) -> FeatureMotif:
    """Of the strongest proteins; homologues share the weight of one."""
    examples = explorer.reader.examples(feature, "top")
    proteins = explorer.reader.proteins([example.accession for example in examples])
    known = [(proteins[e.accession], e.peak) for e in examples if e.accession in proteins]
    if not known:
        return FeatureMotif([], 0, 0)
    size = Counter(protein.cluster for protein, _ in known)
    aligned = windows([(p.sequence, peak) for p, peak in known], reach=explorer.logo_reach)
    weights = [1 / size[protein.cluster] for protein, _ in known]
    positions = motif(aligned, explorer.reader.background, weights=weights)
    return FeatureMotif(positions, len(known), len(size))
