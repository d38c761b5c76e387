"""A name of the original toolkit's first release; see `interplm.compatibility`."""
