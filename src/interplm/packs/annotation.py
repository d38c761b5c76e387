"""Named features in sequences: where each fires, and how far its name may be trusted."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from interplm.activations.extraction import ActivationExtractor
from interplm.packs.label import FeatureLabel
from interplm.proteins.records import ProteinRecord
from interplm.sae.normalized import NormalizedSAE


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A stretch of neighbouring residues on which a labelled feature fires.

    Attributes:
        label: of the feature, with its evidence.
        start: first residue, 0-based.
        stop: behind the last one.
        peak: residue of the maximum.
        maximum: fraction of the feature's maximum over the proteins that the pack was made from; a
            new protein may exceed 1.
    """

    label: FeatureLabel
    start: int
    stop: int
    peak: int
    maximum: float


class Annotator:
    """Finds labelled features in proteins.

    Args:
        sae: on the device that is to compute.
        labels: of its features.
        layer: of the PLM that it reads.
        extractor: of that PLM.
        strengths: which labels count, by how far the evidence carries them; None for all.
    """

    def __init__(
        self,
        *,
        sae: NormalizedSAE,
        labels: Iterable[FeatureLabel],
        layer: int,
        extractor: ActivationExtractor,
        strengths: Sequence[str] | None,
    ) -> None:
        chosen = [label for label in labels if strengths is None or label.strength in strengths]
        self.labels = sorted(chosen, key=lambda label: label.feature)
        self._extractor = extractor
        self._sae = sae
        self._layer = layer
        device = sae.scale.device
        self._features = torch.tensor([label.feature for label in self.labels], device=device)
        self._extents = torch.tensor([label.extent for label in self.labels], device=device)

    @torch.inference_mode()
    def annotate(self, records: Sequence[ProteinRecord]) -> list[list[Hit]]:
        """Hits of each protein, by first residue, then feature.

        Args:
            records: proteins, read together; as many as fit into memory with their activations.
        """
        found: list[list[Hit]] = [[] for _ in records]
        if not self.labels:
            return found
        for protein, states in self._extractor.whole(records, self._layer):
            found[protein] = list(self._hits(states))
        return found

    def _hits(self, states: Tensor) -> Iterator[Hit]:
        """Of one protein's activations [n_residues, d_model]."""
        encoded = self._sae.encode_features(states.to(self._features.device), self._features)
        values = encoded.T.contiguous()  # [n_labels, n_residues]
        fires = values > self._extents[:, None]
        places, starts, stops = (part.tolist() for part in _stretches(fires))
        values = values.cpu()
        hits = []
        for place, start, stop in zip(places, starts, stops, strict=True):
            stretch = values[place, start:stop]
            peak = int(stretch.argmax())
            if stretch[peak] <= self.labels[place].threshold:
                continue
            hits.append(
                Hit(
                    label=self.labels[place],
                    start=start,
                    stop=stop,
                    peak=start + peak,
                    maximum=float(stretch[peak]),
                )
            )
        yield from sorted(hits, key=lambda hit: (hit.start, hit.label.feature))


def _stretches(fires: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Row, first column and end of each maximal run of True in a bool matrix."""
    edge = torch.zeros_like(fires[:, :1])
    padded = torch.cat([edge, fires, edge], dim=1)
    row, start = (padded[:, 1:] & ~padded[:, :-1]).nonzero(as_tuple=True)
    _, stop = (padded[:, :-1] & ~padded[:, 1:]).nonzero(as_tuple=True)
    return row, start, stop
