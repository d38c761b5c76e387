"""A name of the original toolkit's first release; see `interplm.compatibility`."""

from interplm.compatibility import load_sae_from_hf

__all__ = ["load_sae_from_hf"]
