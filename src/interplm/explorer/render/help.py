"""What each figure means, in one sentence, for the (?) beside it."""

from interplm.explorer.render.markup import escape

MEANINGS = {
    "AP": "Average precision: the area under precision against recall over all thresholds, counted "
    "by residues of test proteins; without any skill it is the concept's share of the residues.",
    "F1": "The harmonic mean of precision and recall on test proteins at the threshold chosen on "
    "validation proteins; recall counts instances of domains, of which one firing residue is "
    "enough.",
    "F1 by residue": "F1 with precision and recall both counted by residues: what is left of an "
    "instance uncovered counts against it; at a threshold of its own, which the CSV of its "
    "concepts states.",
    "covers": "Share of the residues of the concept, in test proteins, on which the feature fires "
    "above the threshold that does best residue by residue.",
    "finds": "Instances of the concept in test proteins in which the feature fires above the "
    "threshold that finds instances best; both thresholds are fractions of its maximum.",
    "margin": "Average precision above that of the best baseline for this concept; a baseline of "
    "several seeds counts by their mean.",
    "evidence": "How far the figures carry the label: the feature follows the concept, marks "
    "instances of it, only hints at it, knows its position alone, or is not above the best "
    "baseline.",
    "density": "Share of all residues of the scored proteins on which the feature fires.",
    "L0": "Features that fire on a residue, on average.",
    "pattern": "How it fires along a protein: on single residues, short motifs, periodically, over "
    "domains, or over the whole of it.",
    "Jaccard": "Residues on which both fire, over residues on which at least one does.",
    "cosine": "Of the directions that both write: 1 is the same, 0 unrelated.",
    "q": "Share of false ones expected among all that are at least as surprising, by permuting the "
    "annotations among proteins of similar length.",
    "odds": "Odds that one of its strongest proteins carries the label, over those of any other.",
    "explained variance": "Share of the variance of the activations that the reconstruction "
    "explains; 1 is perfect.",
    "fidelity": "Share of the model's loss that the reconstruction recovers, against zeros in the "
    "place of the layer; above 100 % it predicts better than the model did.",
    "threshold": "Share of its maximum above which a feature counts as firing for this concept.",
    "position": "The concept lies at the same place in its proteins, and the feature scores as "
    "high once annotations are moved to other proteins at that place: where it is, not what it "
    "is, may be all that the feature knows.",
    "stability": "Runs with another random seed that have a feature which fires on the same "
    "residues and writes in the same direction.",
    "effect": "Log-probability of each amino acid at the feature's peaks, as the layer is, less "
    "that with the feature's part of the layer taken away; above zero the feature speaks for it.",
    "silent": "Features that fire on no residue of the proteins scored here.",
}


def help_mark(term: str) -> str:
    """A question mark that explains a figure on hover, focus and touch."""
    meaning = escape(f"{term[:1].upper()}{term[1:]}: {MEANINGS[term]}")
    return (
        f'<button type="button" class="ip-help" data-help="{meaning}" aria-label="{meaning}">?'
        "</button>"
    )
