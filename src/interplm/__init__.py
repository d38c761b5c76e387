"""Interpretable features in protein language models, found with sparse autoencoders."""

__version__ = "0.1.0"
