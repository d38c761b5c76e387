"""The ribbon of a protein, coloured by activation; assets/structure.js draws it."""

from collections.abc import Mapping

import numpy as np

from interplm.explorer.render.markup import data
from interplm.explorer.structures.backbone import Backbone, facing
from interplm.explorer.structures.numbering import Numbering
from interplm.explorer.theme import activation_level


def ribbon(chain: Backbone, numbering: Numbering, activations: Mapping[int, float]) -> str:
    """The element with all that is drawn.

    Args:
        chain: of the structure.
        numbering: of its residues in the protein.
        activations: 0-based residue of the protein to fraction of the feature's maximum.
    """
    turn = facing(chain.ca)
    payload = {
        "ca": (np.array(chain.ca) @ turn).round(2).tolist(),
        "across": (np.array(chain.direction) @ turn).round(2).tolist(),
        "kind": chain.kind,
        "letters": chain.sequence,
        "numbers": [residue + 1 if residue is not None else None for residue in numbering.residues],
        "levels": [
            activation_level(activations.get(residue, 0.0)) if residue is not None else 0
            for residue in numbering.residues
        ],
    }
    return f'<ip-structure data-chain="{data(payload)}"></ip-structure>'
