"""The letters of protein sequences."""

STANDARD = "ACDEFGHIKLMNPQRSTVWY"
# What databases write besides: U selenocysteine, O pyrrolysine, the ambiguous pairs B, Z and J,
# and X for unknown.
RESIDUES = STANDARD + "UOBZJX"
