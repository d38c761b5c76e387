"""Two functions of the first release of the original toolkit, by the names that packages import.

`interplm.esm.embed.embed_single_sequence` and `interplm.sae.inference.load_sae_from_hf` are these.
New code is better served by `interplm.load`.
"""

from functools import lru_cache

import torch
from torch import Tensor

from interplm.activations.extraction import ActivationExtractor
from interplm.api import load_plm
from interplm.errors import UserError
from interplm.interchange import load
from interplm.interchange.publications import our_plm
from interplm.model import read_sequences
from interplm.plms import ResidueEncoder
from interplm.plms.device import choose_device
from interplm.runtime.options import option_names
from interplm.sae import NormalizedSAE, SparseAutoencoder

_RESIDUES_PER_BATCH = 2048
_WINDOW_OVERLAP = 256


def embed_single_sequence(sequence: str, model_name: str, layer: int) -> Tensor:
    """Activations of one sequence, float32 [n_residues, d_model], on the CPU.

    The PLM stays in memory between calls. Sequences beyond its context are read in windows.

    Args:
        sequence: residues in one-letter code.
        model_name: any name of the PLM, such as esm2_t33_650M_UR50D.
        layer: 0 is the embedding.

    Raises:
        UserError: for an unknown name, a letter that is no residue or a layer that is not there.
    """
    plm = _plm(model_name)
    extractor = ActivationExtractor(
        plm=plm,
        layers=[layer],
        residues_per_batch=_RESIDUES_PER_BATCH,
        long_proteins="window",
        window_overlap=min(_WINDOW_OVERLAP, plm.max_residues // 2),
        unknown_residues="window",
        autocast=None,
    )
    [(_, states)] = extractor.whole(list(read_sequences([sequence])), layer)
    return states.cpu()


def load_sae_from_hf(plm_model: str, plm_layer: int) -> SparseAutoencoder | NormalizedSAE:
    """The published InterPLM SAE of a layer, whose features are fractions of their maxima.

    Args:
        plm_model: esm2-8m or esm2-650m.
        plm_layer: of the PLM.

    Raises:
        UserError: if the hub has none, or cannot be reached.
    """
    return load(f"Elana/InterPLM-{plm_model}", layer=plm_layer)


@lru_cache(maxsize=1)
def _plm(model_name: str) -> ResidueEncoder:
    names = option_names("plm")
    name = model_name if model_name in names else our_plm(model_name)
    if name not in names:
        raise UserError(f"{model_name} is none of the PLMs: give one of {', '.join(names)}.")
    device = choose_device("auto", setting="device")
    with torch.inference_mode():
        return load_plm(name).to(device)
