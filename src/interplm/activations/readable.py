"""The proteins of a file that a PLM can read."""

from collections.abc import Iterator
from typing import Literal

from interplm.errors import UserError
from interplm.plms import ResidueEncoder
from interplm.proteins import ProteinRecord, ProteinSource, Rejected

UnknownResidues = Literal["refuse", "leave_out", "window"]


class ReadableProteins(ProteinSource):
    """A source of proteins without letters that a PLM has no token for.

    Args:
        source: any.
        plm: whose alphabet counts.
        unknown_residues: what becomes of a protein with an unknown letter: "refuse" stops there,
            "leave_out" sets it aside with the reason, and "window" keeps it for the extractor to
            read around such letters, unless it has no other.
    """

    def __init__(
        self, source: ProteinSource, *, plm: ResidueEncoder, unknown_residues: UnknownResidues
    ) -> None:
        if unknown_residues not in ("refuse", "leave_out", "window"):
            raise UserError(
                "embedding.unknown_residues must be refuse, leave_out or window, got "
                f"{unknown_residues!r}."
            )
        super().__init__(path=source.path, name=source.name)
        self._source = source
        self._plm = plm
        self._unknown_residues = unknown_residues

    def sha256(self) -> str:
        """See the source."""
        return self._source.sha256()

    def _read_raw(self) -> Iterator[ProteinRecord | Rejected]:
        alphabet = self._plm.alphabet
        for record in self._source._read_raw():
            if isinstance(record, Rejected) or alphabet.issuperset(record.sequence):
                yield record
            else:
                yield self._with_unknown(record)

    def _with_unknown(self, record: ProteinRecord) -> ProteinRecord | Rejected:
        alphabet = self._plm.alphabet
        if self._unknown_residues == "window" and not alphabet.isdisjoint(record.sequence):
            return record
        letters = enumerate(record.sequence, start=1)
        where = next(f"{c!r} at residue {i}" for i, c in letters if c not in alphabet)
        reason = f"{self._plm.name} has no token for {where}"
        if self._unknown_residues == "refuse":
            raise UserError(
                f"{record.accession} (line {record.line} of {self.path}): {reason}. Set "
                "embedding.unknown_residues=leave_out to set such proteins aside, or window to "
                "read the stretches on either side."
            )
        return Rejected(record.accession, "sequence", reason, record.line)
