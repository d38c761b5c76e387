"""A folder of shards: the activations of one dataset at one layer."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from interplm.activations.fingerprint import Fingerprint
from interplm.activations.shard import ShardHeader, read_accessions, read_header
from interplm.activations.shard_rows import opened_rows
from interplm.activations.statistics import ActivationStatistics
from interplm.errors import BrokenArtifact, MissingArtifact


class ActivationStore:
    """Reads what `python -m interplm.embed` wrote; every file is checked on opening.

    Args:
        folder: `activations/<plm>/layer_<l>/<dataset>`.

    Raises:
        MissingArtifact: if there are no shards, or not all of them.
        BrokenArtifact: for a damaged shard, or shards that do not belong together.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        paths = sorted(self.folder.glob("shard_*.h5"))
        if not paths:
            raise MissingArtifact(
                f"There are no activations in {self.folder}: run `python -m interplm.embed` with "
                "the same plm, layer and dataset first, or correct these."
            )
        self.shards: list[ShardHeader] = [read_header(path) for path in paths]
        self._check_complete()

    @property
    def fingerprint(self) -> Fingerprint:
        """What the activations were made from."""
        return self.shards[0].fingerprint

    @property
    def n_residues(self) -> int:
        """Rows in all shards."""
        return sum(shard.n_residues for shard in self.shards)

    @property
    def n_proteins(self) -> int:
        """Proteins in all shards."""
        return sum(len(shard.offsets) - 1 for shard in self.shards)

    @property
    def statistics(self) -> ActivationStatistics:
        """Moments from the running sums of the shards; no row is read."""
        return ActivationStatistics.of_sums(
            self.n_residues,
            np.sum([shard.sum for shard in self.shards], axis=0),
            np.sum([shard.square_sum for shard in self.shards], axis=0),
            is_exact=True,
        )

    def proteins(self) -> Iterator[tuple[str, NDArray[np.floating]]]:
        """Every protein in order: accession and its rows [n_residues, d_model]."""
        for shard in self.shards:
            accessions = read_accessions(shard.path)
            with opened_rows(shard) as rows:
                for name, start, stop in zip(
                    accessions, shard.offsets[:-1], shard.offsets[1:], strict=True
                ):
                    yield name, rows[start:stop]

    def accessions(self) -> list[str]:
        """Of all proteins, in order."""
        return [name for shard in self.shards for name in read_accessions(shard.path)]

    def lengths(self) -> NDArray[np.int64]:
        """Residues of each protein, in order, [n_proteins]."""
        return np.concatenate([np.diff(shard.offsets) for shard in self.shards])

    def select(self, choose: Callable[[list[str]], NDArray[np.bool_]]) -> list[NDArray[np.bool_]]:
        """Per shard, which proteins `choose` takes; accessions of one shard at a time."""
        return [choose(read_accessions(shard.path)) for shard in self.shards]

    def _check_complete(self) -> None:
        first = self.shards[0]
        for shard in self.shards[1:]:
            if shard.n_shards != first.n_shards:
                raise BrokenArtifact(
                    f"{first.path.name} and {shard.path.name} in {self.folder} come from different "
                    "runs: delete the folder and run `python -m interplm.embed` again."
                )
            first.fingerprint.check_equal(
                shard.fingerprint,
                where=str(shard.path),
                mend="delete it and run `python -m interplm.embed` again.",
            )
        missing = sorted(set(range(first.n_shards)) - {shard.shard_index for shard in self.shards})
        if missing:
            raise MissingArtifact(
                f"{len(missing)} of {first.n_shards} shards are missing from {self.folder} "
                f"(the first is shard {missing[0]}): run the same `python -m interplm.embed` "
                "again to finish them."
            )
