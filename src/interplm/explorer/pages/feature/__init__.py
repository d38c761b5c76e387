"""The page of one feature."""
