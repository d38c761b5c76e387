"""What a set of activations was made from."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from interplm.errors import FingerprintMismatch
from interplm.plms import LAYER_CONVENTION

# 2: how letters become tokens, how layers are counted and what is done with unknown letters.
SCHEMA_VERSION = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """Equal fingerprints mean equal activations, up to rounding of the machine that made them."""

    plm: str
    weights_sha256: str
    tokenizer_sha256: str
    """Of how the model reads letters: another reading of the same weights gives other states."""
    layer: int
    d_model: int
    max_residues: int
    """Context of the model; longer proteins were windowed."""
    window_overlap: int
    dtype: str
    """Of the stored numbers."""
    computed_in: str
    """Of the matrix products: the dtype of the weights, or that of autocast."""
    proteins_sha256: str
    """SHA-256 of the FASTA or TSV file, before selection."""
    selection: str
    """Length filter, subset size and seed, in words."""
    unknown_residues: str
    """Letters that the model has no token for: absent, or windowed around."""
    layer_convention: str = LAYER_CONVENTION
    """How `layer` is counted: 0 the embedding, the last one after the final norm."""
    schema_version: int = SCHEMA_VERSION

    def as_dict(self) -> dict[str, str | int]:
        """Plain names and values, as stored."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Take what `as_dict` gave, ignoring other entries; KeyError names a missing one.

        Values are Any because HDF5 gives NumPy scalars back; each becomes its field's plain type.
        """
        plain: dict[str, Any] = {
            field.name: (int if field.type is int else str)(values[field.name])
            for field in fields(cls)
        }
        return cls(**plain)

    def check_equal(self, found: "Fingerprint", *, where: str, mend: str) -> None:
        """Raise FingerprintMismatch naming the first difference unless `found` is equal.

        Args:
            found: fingerprint of the artifact at `where`.
            where: path, for the message.
            mend: what the user should do, for the message.
        """
        for name, wanted in self.as_dict().items():
            actual = getattr(found, name)
            if actual != wanted:
                raise FingerprintMismatch(
                    f"{where} was made with {name}={actual}, but {name}={wanted} is asked for: "
                    f"{mend}"
                )
