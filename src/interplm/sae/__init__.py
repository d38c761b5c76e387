"""Sparse autoencoders. Importing this package needs torch and nothing else."""

from interplm.sae.base import SAELoss, SAEOutput, SparseAutoencoder
from interplm.sae.export import load_sae, save_sae
from interplm.sae.input_transform import InputTransform
from interplm.sae.normalized import NormalizedSAE, load_normalized_sae
from interplm.sae.relu import ReLUSAE
from interplm.sae.topk import TopKSAE

__all__ = [
    "InputTransform",
    "NormalizedSAE",
    "ReLUSAE",
    "SAELoss",
    "SAEOutput",
    "SparseAutoencoder",
    "TopKSAE",
    "load_normalized_sae",
    "load_sae",
    "save_sae",
]
