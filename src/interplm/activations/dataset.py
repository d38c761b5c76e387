"""All shards of a dataset, at several layers, made once and resumed where they stopped."""

import logging
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

import numpy as np
from tqdm import tqdm

from interplm.activations.embedding_settings import EmbeddingSettings
from interplm.activations.extraction import ActivationExtractor, LongProteins
from interplm.activations.fingerprint import Fingerprint
from interplm.activations.readable import UnknownResidues
from interplm.activations.shard import read_header, shard_path
from interplm.errors import BrokenArtifact, FingerprintMismatch, UserError
from interplm.files.lock import locked
from interplm.plms import ResidueEncoder
from interplm.plms.device import choose_device
from interplm.proteins import (
    ProteinRecord,
    ProteinSource,
    Selection,
    Survey,
    is_mine,
    n_shards,
    select,
    shards,
)

log = logging.getLogger(__name__)


def embed_dataset(
    *,
    plm: ResidueEncoder,
    source: ProteinSource,
    selection: Selection,
    found: Survey,
    folders: Mapping[int, Path],
    proteins_per_shard: int,
    dtype: str,
    long_proteins: LongProteins,
    window_overlap: int,
    unknown_residues: UnknownResidues,
    device: str,
    autocast: str | None,
    residues_per_batch: int,
    n_jobs: int,
    job: int,
) -> None:
    """Write every shard of this job that is not there yet, with a bar in residues.

    Args:
        plm: moved to `device`.
        source: of the proteins, as ReadableProteins gives those of the PLM.
        selection: which of them.
        found: survey of the source with that selection.
        folders: for each layer the folder of its shards.
        proteins_per_shard: all shards but the last hold so many.
        dtype: of the stored activations, float16 or float32.
        long_proteins: see ActivationExtractor.
        window_overlap: see ActivationExtractor.
        unknown_residues: see ActivationExtractor.
        device: where to compute, or "auto".
        autocast: dtype of the matrix products, or None for that of the weights.
        residues_per_batch: see ActivationExtractor.
        n_jobs: jobs that the shards are dealt to.
        job: which of them this is.

    Raises:
        FingerprintMismatch: if a folder holds activations made otherwise.
        UserError: for settings that cannot be met.
    """
    settings = EmbeddingSettings(
        dtype=dtype,
        long_proteins=long_proteins,
        window_overlap=window_overlap,
        unknown_residues=unknown_residues,
        device=device,
        autocast=autocast,
        residues_per_batch=residues_per_batch,
    )
    plm = plm.to(choose_device(device, setting="embedding.device"))
    extractor = settings.extractor(plm, list(folders))
    extractor.check_length(found.longest)
    writer = DatasetWriter(
        extractor=extractor,
        folders=folders,
        fingerprint=settings.fingerprint(plm, source, selection, layer=0),
        n_shards=n_shards(found.n_selected, proteins_per_shard),
    )
    is_mine(0, job=job, n_jobs=n_jobs, group="embedding")
    writer.check_disk_space(found.n_residues)
    with tqdm(total=found.n_residues, unit="residue", unit_scale=True, desc=plm.name) as bar:
        for index, records in shards(select(source, selection, found), proteins_per_shard):
            if is_mine(index, job=job, n_jobs=n_jobs, group="embedding"):
                writer.write(index, records, bar)
            else:
                _pass_over(bar, records)


def _pass_over(bar: "tqdm[NoReturn]", records: Sequence[ProteinRecord]) -> None:
    """What is done already, or done elsewhere, must not count as speed."""
    bar.initial += sum(len(record.sequence) for record in records)
    bar.n += sum(len(record.sequence) for record in records)
    bar.refresh()


@contextmanager
def locked_shards(shards: Iterable[Path]) -> Iterator[None]:
    """Hold the files that are about to be written; jobs that share a dataset write others.

    Raises:
        InUse: if another process is writing one of them.
    """
    with ExitStack() as locks:
        for path in shards:
            path.parent.mkdir(parents=True, exist_ok=True)
            locks.enter_context(locked(path.with_suffix(".lock"), what=str(path)))
        yield


def is_done(path: Path, fingerprint: Fingerprint, n_shards: int) -> bool:
    """Whether a shard is there and whole; a damaged one is named and made again.

    Args:
        path: of the shard.
        fingerprint: that its activations must have.
        n_shards: of the dataset.

    Raises:
        FingerprintMismatch: if it holds other activations.
        InaccessibleFile: if it can't be opened, which says nothing against it.
    """
    if not path.exists():
        return False
    try:
        header = read_header(path)
    except BrokenArtifact as error:
        log.warning("%s Making it again now.", error)
        return False
    mend = "give this dataset another name (proteins.name=...), or make it anew: fresh=true."
    fingerprint.check_equal(header.fingerprint, where=str(path), mend=mend)
    if header.n_shards != n_shards:
        raise FingerprintMismatch(
            f"{path} is one of {header.n_shards} shards, but {n_shards} are asked for "
            f"(proteins.proteins_per_shard): {mend}"
        )
    return True


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

    def write(self, index: int, records: Sequence[ProteinRecord], bar: "tqdm[NoReturn]") -> None:
        """Write a shard where it is missing; one that is whole is kept, a broken one redone.

        Args:
            index: of the shard.
            records: its proteins.
            bar: moved forward in residues.

        Raises:
            InUse: if another process is writing it.
            UserError: if a folder holds activations made otherwise.
        """
        missing = self._missing(index)
        if not missing:
            _pass_over(bar, records)
            return
        with locked_shards(missing.values()):
            self.extractor.write_shard(
                records,
                missing,
                fingerprint=self.fingerprint,
                shard_index=index,
                n_shards=self.n_shards,
                on_progress=bar.update,
            )

    def check_disk_space(self, n_residues: int) -> None:
        """Raise UserError if that many residues, less what is there, will not fit on the disk."""
        there = sum(path.stat().st_size for f in self.folders.values() for path in f.glob("*.h5"))
        number = self.fingerprint.d_model * np.dtype(self.fingerprint.dtype).itemsize
        needed = n_residues * len(self.folders) * number - there
        folder = next(iter(self.folders.values())).absolute()
        existing = next(path for path in (folder, *folder.parents) if path.exists())
        free = shutil.disk_usage(existing).free
        if needed > free:
            raise UserError(
                f"The activations need {needed / 1e9:,.1f} GB more, but {existing} has "
                f"{free / 1e9:,.1f} GB free: free some, embed fewer proteins "
                "(proteins.selection.n_proteins) or layers, or choose another disk "
                "(INTERPLM_DATA=...)."
            )

    def _missing(self, shard_index: int) -> dict[int, Path]:
        """Layers whose shard has to be made, and the files to make."""
        paths = {layer: shard_path(folder, shard_index) for layer, folder in self.folders.items()}
        return {
            layer: path
            for layer, path in paths.items()
            if not is_done(path, replace(self.fingerprint, layer=layer), self.n_shards)
        }
