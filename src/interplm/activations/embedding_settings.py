"""How a PLM is run over proteins."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from interplm.activations.extraction import ActivationExtractor, LongProteins
from interplm.activations.fingerprint import Fingerprint
from interplm.activations.readable import ReadableProteins, UnknownResidues
from interplm.errors import UserError
from interplm.plms import ResidueEncoder
from interplm.proteins import ProteinSource, Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingSettings:
    """What becomes of long proteins and unknown letters, how precisely and how much at a time.

    Attributes:
        dtype: of the activations that are kept, float16 or float32.
        long_proteins: see ActivationExtractor.
        window_overlap: see ActivationExtractor.
        unknown_residues: see ReadableProteins.
        device: where to compute, or "auto".
        autocast: dtype of the matrix products, or None for that of the weights.
        residues_per_batch: see ActivationExtractor.
    """

    dtype: str
    long_proteins: LongProteins
    window_overlap: int
    unknown_residues: UnknownResidues
    device: str
    autocast: str | None
    residues_per_batch: int

    def __post_init__(self) -> None:
        """Refuse what is not one of the choices."""
        _check("dtype", self.dtype, ("float16", "float32"))
        if self.autocast is not None:
            _check("autocast", self.autocast, ("bfloat16", "float16"))

    @property
    def torch_dtype(self) -> torch.dtype:
        """`dtype` as torch has it."""
        found: torch.dtype = getattr(torch, self.dtype)
        return found

    def readable(self, source: ProteinSource, plm: ResidueEncoder) -> ReadableProteins:
        """The proteins of a source that a PLM can read."""
        return ReadableProteins(source, plm=plm, unknown_residues=self.unknown_residues)

    def extractor(self, plm: ResidueEncoder, layers: Sequence[int]) -> ActivationExtractor:
        """What embeds; the PLM is on its device."""
        return ActivationExtractor(
            plm=plm,
            layers=layers,
            residues_per_batch=self.residues_per_batch,
            long_proteins=self.long_proteins,
            window_overlap=self.window_overlap,
            unknown_residues=self.unknown_residues,
            autocast=None if self.autocast is None else getattr(torch, self.autocast),
        )

    def fingerprint(
        self, plm: ResidueEncoder, source: ProteinSource, selection: Selection, *, layer: int
    ) -> Fingerprint:
        """Of the activations that the extractor gives for these proteins."""
        return Fingerprint(
            plm=plm.name,
            weights_sha256=plm.weights_sha256,
            tokenizer_sha256=plm.tokenizer_sha256,
            layer=layer,
            d_model=plm.d_model,
            max_residues=plm.max_residues,
            window_overlap=self.window_overlap,
            dtype=self.dtype,
            computed_in=self.autocast or str(plm.dtype).removeprefix("torch."),
            proteins_sha256=source.sha256(),
            selection=str(selection),
            unknown_residues="windowed" if self.unknown_residues == "window" else "absent",
        )


def _check(setting: str, value: str, choices: Sequence[str]) -> None:
    if value not in choices:
        raise UserError(f"embedding.{setting} must be one of {', '.join(choices)}, got {value!r}.")
