"""Concepts and the features that detect them."""
