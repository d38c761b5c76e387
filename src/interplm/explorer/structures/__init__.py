"""Protein structures: where they come from, what is drawn of them, which residue is which."""
