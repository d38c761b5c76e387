"""All shards of a dataset, at several layers, made once and resumed where they stopped."""

import logging
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from interplm.activations.extraction import ActivationExtractor
from interplm.activations.fingerprint import Fingerprint
from interplm.activations.shard import read_header, shard_path
from interplm.errors import BrokenArtifact, UserError
from interplm.proteins import ProteinRecord

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetWriter:
    """Writes the shards of a dataset that are not there yet.

    Args:
        extractor: the PLM and how it is run.
        folders: for each layer the folder of its shards.
        fingerprint: of the activations; its layer is replaced by that of each folder.
        n_shards: of the whole dataset.
    """

    extractor: ActivationExtractor
    folders: Mapping[int, Path]
    fingerprint: Fingerprint
    n_shards: int

    def write(
        self,
        shards: Iterable[tuple[int, Sequence[ProteinRecord]]],
        *,
        on_progress: Callable[[int, bool], None],
    ) -> None:
        """Write what is missing; a file that is whole is kept, one that is broken is redone.

        Args:
            shards: index and proteins of each shard of this job.
            on_progress: called with a number of residues and whether they were there already.

        Raises:
            UserError: if a folder holds activations made otherwise.
        """
        for index, records in shards:
            missing = self._missing(index)
            if not missing:
                on_progress(sum(len(record.sequence) for record in records), True)
                continue
            self.extractor.write_shard(
                records,
                missing,
                fingerprint=self.fingerprint,
                shard_index=index,
                n_shards=self.n_shards,
                on_progress=lambda n: on_progress(n, False),
            )

    def _missing(self, shard_index: int) -> dict[int, Path]:
        """Layers whose shard has to be made, and the files to make."""
        paths = {layer: shard_path(folder, shard_index) for layer, folder in self.folders.items()}
        return {layer: path for layer, path in paths.items() if not self._is_done(layer, path)}

    def _is_done(self, layer: int, path: Path) -> bool:
        if not path.exists():
            return False
        try:
            header = read_header(path)
        except BrokenArtifact as error:
            log.warning("%s Making it again now.", error)
            return False
        mend = (
            "give this dataset another name (proteins.name=...), or delete the folder to make it "
            "anew."
        )
        replace(self.fingerprint, layer=layer).check_equal(
            header.fingerprint, where=str(path), mend=mend
        )
        if header.n_shards != self.n_shards:
            raise UserError(
                f"{path} is one of {header.n_shards} shards, but {self.n_shards} are asked for "
                f"(proteins.proteins_per_shard): {mend}"
            )
        return True


def check_disk_space(folder: Path, *, n_residues: int, n_layers: int, d_model: int, dtype: str) -> None:
    """Raise UserError if the activations will not fit on the disk.

    Args:
        folder: where they go; it, or a parent of it, exists.
        n_residues: still to be written.
        n_layers: stored for each residue.
        d_model: numbers in a layer's activation.
        dtype: of the numbers.
    """
    needed = n_residues * n_layers * d_model * np.dtype(dtype).itemsize
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if needed > free:
        raise UserError(
            f"The activations need {needed / 1e9:.1f} GB but {existing} has {free / 1e9:.1f} GB "
            "free: free some, embed fewer proteins (proteins.selection.n_proteins) or layers, or "
            "choose another disk (INTERPLM_DATA=...)."
        )
