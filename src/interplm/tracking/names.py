"""What things are called in wandb."""

import re

# What all metrics are drawn against.
AXIS = "residues_seen"
# wandb's own limit.
_LONGEST = 128


def artifact_name(kind: str, *parts: object) -> str:
    """`<kind>-<part>-…` of the characters that wandb allows, at most 128."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", "-".join(map(str, (kind, *parts))))
    return name[:_LONGEST]
