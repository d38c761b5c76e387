"""Mixed precision: what is wide again after the matrix products."""

from dataclasses import fields, is_dataclass, replace
from typing import Any

import torch
from torch import Tensor


def in_float32(value: Any) -> Any:  # Any: an output, a part of it, or what it says beside
    """A dataclass with every 16-bit tensor in it, also in its parts, as float32."""
    if isinstance(value, Tensor):
        return value.float() if value.dtype in (torch.bfloat16, torch.float16) else value
    if not is_dataclass(value) or isinstance(value, type):
        return value
    parts = {field.name: getattr(value, field.name) for field in fields(value)}
    wide = {name: in_float32(part) for name, part in parts.items()}
    changed = {name: part for name, part in wide.items() if part is not parts[name]}
    return replace(value, **changed) if changed else value
