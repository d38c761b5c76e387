"""A name of the original toolkit's first release; see `interplm.compatibility`."""

from interplm.compatibility import embed_single_sequence

__all__ = ["embed_single_sequence"]
