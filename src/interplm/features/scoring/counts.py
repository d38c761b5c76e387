"""What scores are made of: counts that add over blocks, shards and machines."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from interplm.concepts.spans import Concept
from interplm.errors import BrokenArtifact, FingerprintMismatch, MissingArtifact
from interplm.files.atomic import written_aside

SCHEMA_VERSION = 1
_ARRAYS = ("tp", "domains_hit", "firing", "n_residues", "n_domains")
_NUMBERS = ("n_proteins", "n_rows")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConceptCounts:
    """Counts of every (concept, feature, threshold) over some proteins, all int64.

    A feature fires on a residue where it is above the threshold, strictly. False positives are
    firing - tp: residues without the concept, on proteins that carry it and on all others.

    Attributes:
        concepts: the first axis.
        thresholds: the last axis, ascending fractions of each feature's maximum.
        tp: residues of the concept on which the feature fires, [n_concepts, d_sae, n_thresholds].
        domains_hit: instances of the concept on any residue of which the feature fires; same.
        firing: residues on which the feature fires, [d_sae, n_thresholds].
        n_residues: residues of each concept, overlaps once, [n_concepts].
        n_domains: instances of each concept, [n_concepts].
        n_proteins: that were counted.
        n_rows: residues of those proteins.
    """

    concepts: tuple[Concept, ...]
    thresholds: tuple[float, ...]
    tp: NDArray[np.int64]
    domains_hit: NDArray[np.int64]
    firing: NDArray[np.int64]
    n_residues: NDArray[np.int64]
    n_domains: NDArray[np.int64]
    n_proteins: int
    n_rows: int

    def __post_init__(self) -> None:
        for name in _ARRAYS:
            getattr(self, name).setflags(write=False)

    @property
    def d_sae(self) -> int:
        """Number of features."""
        return self.firing.shape[0]

    def __add__(self, other: "ConceptCounts") -> "ConceptCounts":
        """Counts over the proteins of both, which must be different ones.

        Raises:
            ValueError: if concepts, thresholds or the number of features differ.
        """
        for name in ("concepts", "thresholds", "d_sae"):
            if getattr(self, name) != getattr(other, name):
                raise ValueError(f"counts with different {name} cannot be added")
        return replace(
            self,
            **{name: getattr(self, name) + getattr(other, name) for name in _ARRAYS + _NUMBERS},
        )

    def save(self, path: Path, *, fingerprint: Mapping[str, str | int | float]) -> None:
        """Write to an .npz file.

        Args:
            path: replaced if it is there.
            fingerprint: of the representation, the activations and the annotations, plain values.
        """
        header = {
            "schema_version": SCHEMA_VERSION,
            "concepts": [asdict(concept) for concept in self.concepts],
            "thresholds": list(self.thresholds),
            "fingerprint": dict(fingerprint),
        } | {name: getattr(self, name) for name in _NUMBERS}
        with written_aside(path) as partial, partial.open("wb") as file:
            np.savez_compressed(
                file, header=json.dumps(header), **{name: getattr(self, name) for name in _ARRAYS}
            )

    @classmethod
    def load(cls, path: Path, *, fingerprint: Mapping[str, str | int | float]) -> "ConceptCounts":
        """Read what `save` wrote.

        Args:
            path: of the .npz file.
            fingerprint: that the file must carry.

        Raises:
            MissingArtifact: if there is no such file.
            BrokenArtifact: if it is damaged or of another schema version.
            FingerprintMismatch: if it carries another fingerprint.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                header = json.loads(str(file["header"]))
                arrays = {name: file[name] for name in _ARRAYS}
        except FileNotFoundError as error:
            raise MissingArtifact(
                f"{path} does not exist: run the scoring job of this part again."
            ) from error
        except (BadZipFile, OSError, KeyError, ValueError, EOFError) as error:
            raise BrokenArtifact(f"{path} is damaged ({error}): delete it, score again.") from error
        if header["schema_version"] != SCHEMA_VERSION:
            raise BrokenArtifact(
                f"{path} has schema version {header['schema_version']}, this InterPLM reads "
                f"{SCHEMA_VERSION}: delete it and score again."
            )
        _check_fingerprint(path, header["fingerprint"], fingerprint)
        known = {field.name for field in fields(Concept)}
        return cls(
            concepts=tuple(
                Concept(**{name: value for name, value in concept.items() if name in known})
                for concept in header["concepts"]
            ),
            thresholds=tuple(header["thresholds"]),
            **arrays,
            **{name: header[name] for name in _NUMBERS},
        )


def _check_fingerprint(
    path: Path,
    found: Mapping[str, str | int | float],
    wanted: Mapping[str, str | int | float],
) -> None:
    for name in sorted(set(found) | set(wanted)):
        if found.get(name) != wanted.get(name):
            raise FingerprintMismatch(
                f"{path} was counted with {name}={found.get(name)}, but {name}={wanted.get(name)} "
                "is asked for: delete it and score again."
            )
