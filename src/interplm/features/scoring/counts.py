"""What scores are made of: counts that add over blocks, shards and machines."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from interplm.concepts.spans import Concept
from interplm.errors import BrokenArtifact, FingerprintMismatch, MissingArtifact
from interplm.features.scoring.metrics import Detection, average_precision_of_levels
from interplm.files.access import telling_access
from interplm.files.atomic import written_aside

SCHEMA_VERSION = 2
_ARRAYS = ("tp", "n_found", "firing", "n_residues", "n_domains")
_NUMBERS = ("n_proteins", "n_rows")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConceptCounts:
    """Counts of every (concept, feature, threshold) over some proteins, tp and n_found in int32.

    A feature fires on a residue where it is above the threshold, strictly. False positives are
    firing - tp: residues without the concept, on proteins that carry it and on all others.

    Attributes:
        concepts: the first axis.
        thresholds: the last axis, ascending fractions of each feature's maximum.
        tp: residues of the concept on which the feature fires, [n_concepts, d_sae, n_thresholds].
        n_found: instances of the concept on any residue of which the feature fires; same.
        firing: residues on which the feature fires, [d_sae, n_thresholds].
        n_residues: residues of each concept, overlaps once, [n_concepts].
        n_domains: instances of each concept, [n_concepts].
        n_proteins: that were counted.
        n_rows: residues of those proteins.
    """

    concepts: tuple[Concept, ...]
    thresholds: tuple[float, ...]
    tp: NDArray[np.int32]
    n_found: NDArray[np.int32]
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

    def detection(
        self, place: Any, *, by_domain: NDArray[np.bool_] | bool
    ) -> Detection:  # Any: whatever indexes an array
        """The counts of some places as detections.

        Args:
            place: of [n_concepts, d_sae, n_thresholds]: a concept alone gives [d_sae,
                n_thresholds], three arrays [n] give [n].
            by_domain: whether the recall of these concepts counts instances.
        """
        concept, *others = place if isinstance(place, tuple) else (place,)
        return Detection(
            tp=self.tp[place],
            firing=self.firing[tuple(others)] if others else self.firing,
            n_found=self.n_found[place],
            n_residues=self.n_residues[concept],
            n_domains=self.n_domains[concept],
            n_rows=self.n_rows,
            by_domain=by_domain,
        )

    def average_precision(self, concept: int) -> NDArray[np.float64]:
        """Of every feature as the detector of a concept, the thresholds as levels, [d_sae]."""
        return average_precision_of_levels(
            self.tp[concept].T,
            self.firing.T,
            n_positive=self.n_residues[concept],
            n=self.n_rows,
        )

    @property
    def prevalence(self) -> NDArray[np.float64]:
        """Share of the residues that carry each concept, [n_concepts]."""
        return self.n_residues / max(1, self.n_rows)

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
            with telling_access(path), np.load(path, allow_pickle=False) as file:
                header = json.loads(str(file["header"]))
                arrays = {name: file[name] for name in _ARRAYS}
        except FileNotFoundError as error:
            raise MissingArtifact(
                f"{path} does not exist: run the scoring job of this part again."
            ) from error
        # zipfile raises a RuntimeError for versions and methods that it does not know.
        except (BadZipFile, OSError, KeyError, ValueError, EOFError, RuntimeError) as error:
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
                Concept(
                    **{name: value for name, value in concept.items() if name in known}
                    | {"aliases": tuple(concept["aliases"])}
                )
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
