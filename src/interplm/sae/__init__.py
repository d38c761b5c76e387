"""Sparse autoencoders. Importing this package needs torch and nothing else."""

from interplm.sae.base import SparseAutoencoder
from interplm.sae.batchtopk import BatchTopKSAE
from interplm.sae.export import load_sae, save_sae
from interplm.sae.gated import GatedSAE
from interplm.sae.groupmax import GroupMaxSAE
from interplm.sae.input_transform import (
    AffineTransform,
    InputTransform,
    ResidueNormalisation,
    ResidueStandardisation,
)
from interplm.sae.jumprelu import JumpReLUSAE
from interplm.sae.matryoshka import MatryoshkaSAE
from interplm.sae.normalized import NormalizedSAE, load_normalized_sae
from interplm.sae.output import SAELoss, SAEOutput
from interplm.sae.p_anneal import PAnnealSAE
from interplm.sae.relu import ReLUSAE
from interplm.sae.relu_decoder_norm import DecoderNormReLUSAE
from interplm.sae.topk import TopKSAE
from interplm.sae.transcoder import Transcoder

__all__ = [
    "AffineTransform",
    "BatchTopKSAE",
    "DecoderNormReLUSAE",
    "GatedSAE",
    "GroupMaxSAE",
    "InputTransform",
    "JumpReLUSAE",
    "MatryoshkaSAE",
    "NormalizedSAE",
    "PAnnealSAE",
    "ReLUSAE",
    "ResidueNormalisation",
    "ResidueStandardisation",
    "SAELoss",
    "SAEOutput",
    "SparseAutoencoder",
    "TopKSAE",
    "Transcoder",
    "load_normalized_sae",
    "load_sae",
    "save_sae",
]
