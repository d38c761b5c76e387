"""A PLM and an SAE as one thing that reads sequences: `interplm.load`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor

from interplm.errors import UserError
from interplm.packs.label import FeatureLabel
from interplm.proteins.records import ProteinRecord, Rejected, make_record
from interplm.runtime.plm_of import check_plm, layer_of, plm_of
from interplm.sae import NormalizedSAE, SparseAutoencoder

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure
    from scipy.sparse import csr_array

    from interplm.activations.extraction import ActivationExtractor
    from interplm.plms import ResidueEncoder

Pooling = Literal["max", "mean", "sum"]
# A path of a file, one sequence, several, or several by name.
Sequences = str | Path | Sequence[str] | Mapping[str, str]

# Proteins whose activations are in memory together.
_TOGETHER = 128
# Rows that the SAE encodes together.
_ROWS = 4096


class Model:
    """Features of sequences, with names where it is known what they stand for.

    Args:
        load_plm: makes the PLM, when the first sequence comes.
        sae: in evaluation mode; features are fractions of maxima where it is a NormalizedSAE.
        layer: of the PLM that the SAE reads.
        labels: by feature.
        trained_on: what is known of the SAE's training; plain values, hence Any.
        residues_per_batch: that the PLM reads together, padding included.

    Attributes:
        sae: see above.
        layer: see above.
        labels: see above.
        trained_on: see above.
    """

    def __init__(
        self,
        *,
        load_plm: Callable[[], ResidueEncoder],
        sae: SparseAutoencoder | NormalizedSAE,
        layer: int,
        labels: Mapping[int, FeatureLabel],
        trained_on: Mapping[str, Any],
        residues_per_batch: int = 2048,
    ) -> None:
        self.sae = sae
        self.layer = layer
        self.labels = dict(labels)
        self.trained_on = dict(trained_on)
        self._load_plm = load_plm
        self._residues_per_batch = residues_per_batch

    @cached_property
    def plm(self) -> ResidueEncoder:
        """The PLM, on the SAE's device."""
        plm = self._load_plm().to(self.device)
        plm.check_layers([self.layer])
        check_plm(plm, self.trained_on, sae="The SAE")
        if plm.d_model != self.sae.d_in:
            raise UserError(
                f"The SAE reads {self.sae.d_in} numbers a residue, but {plm.name} gives "
                f"{plm.d_model}: name the PLM that it was trained on, interplm.load(..., plm=...)."
            )
        return plm

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.sae.W_dec.device

    @property
    def d_sae(self) -> int:
        """Number of features."""
        return self.sae.d_sae

    def to(self, device: torch.device | str) -> Model:
        """Compute on another device from now on."""
        self.sae.to(device)
        if "plm" in self.__dict__:
            self.plm.to(device)
        return self

    def activations(self, sequences: Sequences) -> list[Tensor]:
        """The PLM's activations of each sequence, float32 [n_residues, d_in]."""
        records = list(read_sequences(sequences))
        with torch.inference_mode():
            found = dict(self._extractor.whole(records, self.layer))
        return [found[index] for index in range(len(records))]

    def features(self, sequences: Sequences) -> list[csr_array]:
        """Features of each residue of each sequence, float32 arrays [n_residues, d_sae]."""
        from scipy.sparse import csr_array

        every = self._encoded(read_sequences(sequences), columns=None)
        return [csr_array(features.cpu().numpy()) for features in every]

    def pooled(
        self,
        sequences: Sequences,
        how: Pooling = "max",
        *,
        features: Sequence[int] | None = None,
    ) -> csr_array:
        """One row a sequence; a file is read as a stream.

        Args:
            sequences: a FASTA file or a table of proteins, or sequences.
            how: "max", "mean" or "sum" over the residues of each.
            features: which of them, by number; None for all.

        Returns:
            float32 [n_proteins, n_features].
        """
        from scipy.sparse import csr_array, vstack

        if how not in ("max", "mean", "sum"):
            raise UserError(f"how must be max, mean or sum, got {how!r}.")
        columns = None if features is None else torch.as_tensor(features, device=self.device)
        n_columns = self.d_sae if columns is None else len(columns)
        rows = [
            csr_array(_pool(encoded, how).cpu().numpy()[None])
            for encoded in self._encoded(read_sequences(sequences), columns=columns)
        ]
        return vstack([csr_array((0, n_columns), dtype="float32"), *rows], format="csr")

    def table(self, sequence: str) -> pd.DataFrame:
        """What fires in one sequence, the strongest first.

        Returns:
            feature; label, strength and precision, None where it has none; maximum; residue of the
            maximum, from 1; n_residues on which it fires.
        """
        import pandas as pd

        [features] = self.features([sequence])
        dense = features.tocsc()
        rows = []
        for feature in dense.max(axis=0).tocoo().coords[-1]:
            column = dense[:, [int(feature)]].toarray()[:, 0]
            label = self.labels.get(int(feature))
            rows.append(
                {
                    "feature": int(feature),
                    "label": label.label if label else None,
                    "strength": label.strength if label else None,
                    "precision": label.precision if label else None,
                    "maximum": float(column.max()),
                    "residue": int(column.argmax()) + 1,
                    "n_residues": int((column > 0).sum()),
                }
            )
        names = ["feature", "label", "strength", "precision", "maximum", "residue", "n_residues"]
        table = pd.DataFrame(rows, columns=names)
        return table.sort_values("maximum", ascending=False, ignore_index=True)

    def annotate(
        self, sequences: Sequences, *, strengths: Sequence[str] | None = ("follows", "marks")
    ) -> pd.DataFrame:
        """Where labelled features fire, as `python -m interplm.annotate` writes it.

        Args:
            sequences: a FASTA file or a table of proteins, or sequences.
            strengths: labels to use, by how far the evidence carries them; None for all.

        Raises:
            UserError: if it is not known what the features stand for, or what a strength means.
        """
        import pandas as pd

        from interplm.features.evidence import known_strengths
        from interplm.packs.annotation import Annotator
        from interplm.packs.formats import COLUMNS, fields_of

        if not self.labels or not isinstance(self.sae, NormalizedSAE):
            raise UserError(
                "It is not known what the features of this SAE stand for: load a feature pack, "
                "which scoring writes (python -m interplm.score --help)."
            )
        annotator = Annotator(
            sae=self.sae,
            labels=self.labels.values(),
            layer=self.layer,
            extractor=self._extractor,
            strengths=known_strengths(strengths),
        )
        rows = []
        for group in _groups(read_sequences(sequences)):
            for record, hits in zip(group, annotator.annotate(group), strict=True):
                rows += [fields_of(record.accession, hit) for hit in hits]
        return pd.DataFrame(rows, columns=list(COLUMNS))

    def plot(self, sequence: str, *, n_features: int = 12) -> Figure:
        """The strongest features along one sequence, named ones first.

        Args:
            sequence: residues in one-letter code.
            n_features: rows.
        """
        from interplm.plotting import plot_features

        [features] = self.features([sequence])
        table = self.table(sequence)
        chosen = table.sort_values("label", kind="stable", key=lambda label: label.isna())
        return plot_features(sequence, features, chosen.head(n_features))

    @cached_property
    def _extractor(self) -> ActivationExtractor:
        from interplm.activations.extraction import ActivationExtractor

        return ActivationExtractor(
            plm=self.plm,
            layers=[self.layer],
            residues_per_batch=self._residues_per_batch,
            long_proteins="window",
            window_overlap=min(256, self.plm.max_residues // 2),
            unknown_residues="window",
            autocast=None,
        )

    @torch.inference_mode()
    def _encoded(
        self, records: Iterator[ProteinRecord], *, columns: Tensor | None
    ) -> Iterator[Tensor]:
        """Features of each protein in order, [n_residues, n_columns]; None takes all columns."""
        for group in _groups(records):
            found: dict[int, Tensor] = {}
            waiting: list[tuple[int, Tensor]] = []
            for protein, states in self._extractor.whole(group, self.layer):
                waiting.append((protein, states))
                if sum(len(rows) for _, rows in waiting) >= _ROWS:
                    found |= self._encode(waiting, columns)
                    waiting = []
            found |= self._encode(waiting, columns)
            yield from (found[protein] for protein in range(len(group)))

    def _encode(
        self, waiting: Sequence[tuple[int, Tensor]], columns: Tensor | None
    ) -> dict[int, Tensor]:
        if not waiting:
            return {}
        rows = torch.cat([states for _, states in waiting])
        encoded = (
            self.sae.encode(rows) if columns is None else self.sae.encode_features(rows, columns)
        )
        parts = encoded.split([len(states) for _, states in waiting])
        return {protein: part for (protein, _), part in zip(waiting, parts, strict=True)}


def load(
    source: str | Path,
    *,
    plm: str | ResidueEncoder | None = None,
    layer: int | None = None,
    device: torch.device | str = "cpu",
    **options: Any,
) -> Model:
    """A PLM and an SAE, with labels where there is a feature pack.

    >>> import interplm
    >>> model = interplm.load("interplm_data/runs/esm2_demo_layer5_topk")  # doctest: +SKIP
    >>> model.pooled("my.fasta").shape  # doctest: +SKIP
    (40, 1024)

    Args:
        source: a scored run, its scores, a feature pack, an exported SAE or one that another
            toolkit wrote, in a folder; or the id of one on the Hugging Face hub.
        plm: name of a yaml file in `configs/plm`, or a PLM; None takes that which the SAE was
            trained on, if its files or the table of publications say which.
        layer: of the PLM; None likewise.
        device: where to compute.
        options: of `interplm.interchange.load`, for an SAE whose files leave something open; Any:
            plain values.

    Raises:
        MissingArtifact: if there is neither a pack nor an SAE.
        UserError: if it is not known which PLM or layer the SAE reads.
        FingerprintMismatch: if the PLM is not the one that the SAE was trained on.
    """
    from interplm.packs import load_pack
    from interplm.packs.finding import pack_at

    folder = pack_at(source)
    if folder is not None:
        pack = load_pack(folder)
        sae: SparseAutoencoder | NormalizedSAE = pack.sae
        labels, trained_on = pack.labels, pack.trained_on
    else:
        from interplm.interchange import read

        imported = read(source, layer=None, **options)
        sae, labels, trained_on = imported.sae, {}, imported.trained_on
    layer = layer_of(trained_on, layer, sae=str(source))
    load_plm = _plm_loader(plm, trained_on, str(folder or source))
    model = Model(load_plm=load_plm, sae=sae, layer=layer, labels=labels, trained_on=trained_on)
    return model.to(device)


def read_sequences(sequences: Sequences) -> Iterator[ProteinRecord]:
    """Proteins of a file, or of sequences that are numbered or named.

    Raises:
        UserError: for a letter that is no residue, or a file that cannot be read.
    """
    if isinstance(sequences, Path) or (isinstance(sequences, str) and Path(sequences).is_file()):
        from interplm.proteins.sequence_list import open_sequences

        yield from (_usable(record) for record in open_sequences(sequences).read())
        return
    if isinstance(sequences, str):
        sequences = [sequences]
    named = sequences.items() if isinstance(sequences, Mapping) else _numbered(sequences)
    for number, (name, sequence) in enumerate(named, start=1):
        yield _usable(make_record(name, sequence, "", number))


def _numbered(sequences: Sequence[str]) -> Iterator[tuple[str, str]]:
    for number, sequence in enumerate(sequences, start=1):
        yield f"sequence_{number}", sequence


def _usable(record: ProteinRecord | Rejected) -> ProteinRecord:
    if isinstance(record, Rejected):
        raise UserError(f"{record.accession} (number or line {record.line}): {record.reason}.")
    return record


def _groups(records: Iterator[ProteinRecord]) -> Iterator[list[ProteinRecord]]:
    while group := list(islice(records, _TOGETHER)):
        yield group


def _pool(features: Tensor, how: Pooling) -> Tensor:
    """[n_residues, n_features] to [n_features]."""
    if how == "max":
        return features.amax(dim=0)
    return features.mean(dim=0) if how == "mean" else features.sum(dim=0)


def _plm_loader(
    plm: str | ResidueEncoder | None, trained_on: Mapping[str, Any], source: str
) -> Callable[[], ResidueEncoder]:
    if isinstance(plm, str):
        from interplm.api import load_plm

        name = plm
        return lambda: load_plm(name)
    if plm is not None:
        given = plm
        return lambda: given
    return lambda: plm_of(trained_on, None, sae=source)
