"""Protein language models: one interface, one file a family."""

from interplm.plms.base import ProteinLanguageModel

__all__ = ["ProteinLanguageModel"]
