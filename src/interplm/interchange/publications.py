"""What is known of published SAEs beside their files: `publications.yaml`."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

_FACTS = ("plm", "layer", "k", "special_tokens", "note")


def published(address: str, *, format: str) -> dict[str, str | int]:
    """What the table says of an SAE; nothing where it does not know it.

    Args:
        address: see `Source.address`.
        format: name of the layout.

    Returns:
        Some of plm, layer (in our numbering), k, special_tokens and note, and `publication`, the
        name of the entry.
    """
    for entry in _table()["publications"]:
        found = re.search(entry["address"], address) if entry["format"] == format else None
        if found:
            said = {name: entry[name] for name in _FACTS if name in entry}
            return {"publication": entry["name"]} | _layer(found.groupdict()) | said
    return {}


def our_plm(name: str) -> str | None:
    """Our name for a PLM, such as esm2_8m for facebook/esm2_t6_8M_UR50D; None where unknown."""
    last = name.rpartition("/")[2].lower()
    for ours, others in _table()["plms"].items():
        if last in (ours, *(other.lower() for other in others)):
            return str(ours)
    return None


def layer_of_hook(hook: str) -> int | None:
    """Our number of the state that a hook reads; None for what is no hidden state of ours.

    A block's output is counted from 0 by others, as `blocks.3.hook_resid_post` (TransformerLens),
    `esm.encoder.layer.3` or `layers.3` (names of modules); its state is our layer 4. The last
    block's output is a state of ours only behind the final layer norm, which nothing here can see.
    """
    before = re.search(r"\b(?:blocks|layers?)\.(\d+)\.hook_resid_pre$", hook)
    if before:
        return int(before[1])
    behind = re.search(r"\b(?:blocks|layers?)\.(\d+)(?:\.hook_resid_post)?$", hook)
    behind = behind or re.search(r"resid_post_layer_(\d+)$", hook)
    if behind:
        return int(behind[1]) + 1
    return 0 if re.search(r"(?:^|\.)(?:hook_embed|embeddings?)$", hook) else None


def _layer(groups: Mapping[str, str | None]) -> dict[str, str | int]:
    if groups.get("layer"):
        return {"layer": int(groups["layer"] or 0)}
    return {"layer": int(groups["block"] or 0) + 1} if groups.get("block") else {}


@cache
def _table() -> dict[str, Any]:  # Any: as YAML gives it
    import yaml

    text = files("interplm.interchange").joinpath("publications.yaml").read_text(encoding="utf-8")
    table: dict[str, Any] = yaml.safe_load(text)
    return table
