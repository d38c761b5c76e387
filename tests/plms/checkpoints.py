"""ESM-2 checkpoints in the published format, small enough for a test."""

from argparse import Namespace
from pathlib import Path

import torch
from esm.model.esm2 import ESM2 as FairESM2

SEQUENCES = [
    "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQ",
    "MK",
    "ACDEFGHIKLMNPQRSTVWYUOBZX" * 3,
    "G",
    "MSILVTRPSPAGEELVSRLRTLGQVAWHFPLIEFSPGQQLPQLADQLAALGESDLLFALSQ",
]


def network(n_layers: int = 3, d_model: int = 40, n_heads: int = 5, seed: int = 0) -> FairESM2:
    """Random weights, all of them: also norms and biases, which start at one and zero."""
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made = FairESM2(n_layers, d_model, n_heads)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))
    return made.eval()


def write_official(made: FairESM2, path: Path) -> Path:
    """As the published files are: prefixes, a Namespace of sizes, no contact regression."""
    sizes = Namespace(
        encoder_layers=made.num_layers,
        encoder_embed_dim=made.embed_dim,
        encoder_attention_heads=made.attention_heads,
        token_dropout=True,
        arch="esm2",
    )
    state = {}
    for name, tensor in made.state_dict().items():
        if not name.startswith("contact_head"):
            prefix = "encoder." if name.startswith("lm_head") else "encoder.sentence_encoder."
            state[prefix + name] = tensor.clone()
    torch.save({"cfg": {"model": sizes}, "model": state}, path)
    return path
