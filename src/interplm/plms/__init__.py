"""Protein language models: two interfaces, one file a family."""

from interplm.plms.base import LAYER_CONVENTION, ResidueEncoder
from interplm.plms.masked import MaskedLanguageModel, masked_language_model

__all__ = ["LAYER_CONVENTION", "MaskedLanguageModel", "ResidueEncoder", "masked_language_model"]
