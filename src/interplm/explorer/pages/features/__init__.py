"""The list of features."""
