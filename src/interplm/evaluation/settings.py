"""How reconstruction fidelity is measured."""

from dataclasses import dataclass

import torch

from interplm.errors import UserError

_DTYPES = {"float32": torch.float32, "float16": torch.float16}


@dataclass(frozen=True, slots=True, kw_only=True)
class FidelitySettings:
    """Sequences, masking and memory.

    Attributes:
        sequences: file of sequences, in any format that `open_sequences` reads; None where there
            is none.
        n_sequences: so many of them at random; None for all.
        masked_fraction: share of each sequence's residues that is masked where masked residues are
            scored.
        seed: of the subset and of the masked positions.
        residues_per_batch: padding included.
        cache_dtype: of the kept hidden states: float32 is exact, float16 takes half the memory.
        max_cache_gib: most memory for the kept hidden states, in GiB.
    """

    sequences: str | None
    n_sequences: int | None
    masked_fraction: float
    seed: int
    residues_per_batch: int
    cache_dtype: str
    max_cache_gib: float

    def __post_init__(self) -> None:
        """Refuse settings out of range."""
        if self.n_sequences is not None and self.n_sequences < 1:
            raise UserError(
                f"fidelity.n_sequences must be at least 1 or null, got {self.n_sequences}."
            )
        if not 0 < self.masked_fraction < 1:
            raise UserError(
                f"fidelity.masked_fraction must be between 0 and 1, got {self.masked_fraction}."
            )
        if self.residues_per_batch < 1:
            raise UserError(
                f"fidelity.residues_per_batch must be at least 1, got {self.residues_per_batch}."
            )
        if self.cache_dtype not in _DTYPES:
            raise UserError(
                f"fidelity.cache_dtype must be float32 or float16, got {self.cache_dtype!r}."
            )

    @property
    def dtype(self) -> torch.dtype:
        """`cache_dtype` as torch has it."""
        return _DTYPES[self.cache_dtype]
