"""A small PLM, sequences and settings for fidelity."""

from tests.plms.checkpoints import SEQUENCES, network

from interplm.evaluation import FidelitySettings
from interplm.plms.esm2 import ESM2

RAGGED = [*SEQUENCES, "MKVLAAGIVGLCAKAYWERTHG" * 2, "ACDEFG"]


def plm(seed=0):
    return ESM2(network=network(seed=seed), name="small", weights_sha256=f"{seed}" * 64).eval()


def settings(**changes):
    values = {
        "sequences": None, "n_sequences": None, "masked_fraction": 0.15, "seed": 0,
        "residues_per_batch": 150, "cache_dtype": "float32", "max_cache_gib": 1.0,
    }  # fmt: skip
    return FidelitySettings(**values | changes)
