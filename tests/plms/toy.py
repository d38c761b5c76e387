"""A PLM of one's own: what embedding asks for, and nothing else."""

import torch
from torch import nn

from interplm.plms import ResidueEncoder
from interplm.proteins.alphabet import STANDARD


class ToyPLM(ResidueEncoder):
    """Layer l of a residue is its letter's vector, l times its neighbours' mean added."""

    name = "toy"
    weights_sha256 = "0" * 64
    n_layers = 2
    d_model = 6
    max_residues = 50
    alphabet = frozenset(STANDARD)

    def __init__(self, **changes):
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(
            torch.randn(128, self.d_model, generator=torch.Generator().manual_seed(0))
        )
        for name, value in changes.items():
            setattr(self, name, value)

    def residue_states(self, sequences, layers):
        return {layer: [self.states_of(sequence, layer) for sequence in sequences]
                for layer in layers}  # fmt: skip

    def states_of(self, sequence, layer):
        rows = self.embedding(torch.tensor([ord(letter) for letter in sequence]))
        for _ in range(layer):
            rows = rows + (rows.roll(1, 0) + rows.roll(-1, 0)) / 2
        return rows
