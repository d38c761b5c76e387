"""Features of proteins that several passes look at, encoded once where memory allows."""

from collections.abc import Iterable, Iterator, Sequence

import torch
from torch import Tensor
from tqdm import tqdm

from interplm.features.encoding.blocks import FeatureBlock, feature_blocks
from interplm.features.encoding.located import LocatedProteins
from interplm.features.encoding.representations import (
    NormalizedRepresentation,
    Representation,
    WithMaxima,
)
from interplm.features.encoding.shard_files import ShardFiles


class EncodedProteins:
    """Runs a representation over parts of a store, and keeps what fired while it fits.

    The first pass finds the maximum of each feature, which later passes divide by. Of a sparse
    representation all that fired takes less memory than the activations; what does not fit is
    encoded again in each pass, or read again where it lies in files.

    Args:
        representation: on `device`, not normalised.
        parts: proteins, different ones in each part.
        residues_per_batch: rows that are encoded together.
        max_entries: features that fired, 8 bytes each, to keep.
        device: of the representation.
        description: for the progress bars.
        files: of the same parts, in which jobs have kept what they encoded; what they lack is
            encoded now.

    Attributes:
        maxima: largest value of each feature over all parts, float32 [d_sae] on the CPU; 0 where it
            never fired. Maxima of several stores merge by `torch.maximum`.
        n_entries: features that fired, over all residues.
        n_residues: of all parts.
    """

    def __init__(
        self,
        representation: Representation,
        parts: Sequence[LocatedProteins],
        *,
        residues_per_batch: int,
        max_entries: int,
        device: torch.device | str,
        description: str,
        files: ShardFiles | None = None,
    ) -> None:
        self._representation, self._parts = representation, parts
        self._residues_per_batch, self._device = residues_per_batch, device
        self._description, self._files = description, files
        self.n_residues = sum(part.n_residues for part in parts)
        self.n_entries = 0
        watched = WithMaxima(representation, device)
        if files is None:
            first_pass = [self._encode(watched, part, "encoding") for part in parts]
        else:
            self._complete(files)
            first_pass = [files.blocks(number) for number in range(len(parts))]
        kept: list[list[FeatureBlock]] = [[] for _ in parts]
        for blocks, found in zip(kept, first_pass, strict=True):
            for block in found:
                self.n_entries += len(block.feature)
                if self.n_entries <= max_entries:
                    blocks.append(block)
        self._kept = kept if self.n_entries <= max_entries else None
        self.maxima = watched.maxima.float().cpu() if files is None else files.maxima()

    @property
    def d_sae(self) -> int:
        """Number of features."""
        return self._representation.d_sae

    def blocks(self, part: int, scale: Tensor) -> Iterator[FeatureBlock]:
        """The features of a part as fractions of a scale.

        Args:
            part: number among the parts.
            scale: [d_sae], above zero; see `interplm.sae.normalized.scale_of_maxima`.
        """
        if self._kept is not None:
            raw: Iterable[FeatureBlock] = self._kept[part]
        elif self._files is not None:
            raw = self._files.blocks(part)
        else:
            normalized = NormalizedRepresentation(self._representation, scale.to(self._device))
            yield from self._encode(normalized, self._parts[part], "encoding again")
            return
        divisor = scale.numpy()
        for block in raw:
            yield block.with_values(block.value / divisor[block.feature])

    def _complete(self, files: ShardFiles) -> None:
        files.make(
            self._representation,
            range(len(files)),
            residues_per_batch=self._residues_per_batch,
            device=self._device,
            description=f"{self._description}, encoding",
        )

    def _encode(
        self, representation: Representation, part: LocatedProteins, what: str
    ) -> Iterator[FeatureBlock]:
        with tqdm(
            total=part.n_residues,
            unit="residue",
            unit_scale=True,
            desc=f"{self._description}, {what}",
        ) as bar:
            yield from feature_blocks(
                representation,
                part.blocks(),
                residues_per_batch=self._residues_per_batch,
                device=self._device,
                on_progress=bar.update,
            )
