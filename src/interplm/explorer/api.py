"""The JSON API: the same queries as the pages, documented under "Use via API"."""

import functools
from dataclasses import asdict
from typing import Any

import gradio as gr

from interplm.errors import UserError
from interplm.explorer.context import Explorer
from interplm.explorer.export import csv_text
from interplm.explorer.features_table import features_csv, query_from_json
from interplm.explorer.mutations import changes, mutate
from interplm.explorer.your_protein import rank
from interplm.features.database.records import BUCKETS
from interplm.features.encoding.sequence import read_sequence

_MOST_ROWS = 1000
_N_RELATED = 20


class Api:
    """The endpoints; what they take and give is plain JSON (hence Any)."""

    def __init__(self, explorer: Explorer) -> None:
        self._explorer = explorer
        self._reader = explorer.reader

    def meta(self) -> dict[str, Any]:
        """What the database was made from, and how many features and proteins it holds."""
        counts = {"n_features": self._reader.n_features, "n_proteins": self._reader.n_proteins}
        return {**self._reader.meta, **counts}

    def feature_map(self) -> dict[str, Any]:
        """Every feature's place on the map, as columns."""
        return self._explorer.map_points

    def find_features(self, query: dict[str, Any], limit: int, offset: int) -> dict[str, Any]:
        """Features that fit a query, at most 1,000 at a time.

        Entries of the query, all optional: text, concept, category, pattern, min_f1, min_density,
        max_density, sort, descending.
        """
        if not 1 <= limit <= _MOST_ROWS or offset < 0:
            raise UserError(f"limit must be in 1..{_MOST_ROWS} and offset at least 0.")
        rows, total = self._reader.find(query_from_json(query), limit=limit, offset=offset)
        return {"total": total, "features": [asdict(row) for row in rows]}

    def features_csv(self, query: dict[str, Any]) -> str:
        """All features that fit a query, as CSV text; the query is that of find_features."""
        return features_csv(self._explorer, query_from_json(query))

    def feature(self, feature: int) -> dict[str, Any]:
        """One feature: histogram, concepts, similar and co-active features, enriched labels."""
        found = self._reader.feature(int(feature))
        if found is None:
            raise UserError(f"There is no feature {feature}.")
        return {
            **asdict(found),
            "pairs": [asdict(pair) for pair in self._reader.pairs(feature=int(feature))],
            "similar": [asdict(r) for r in self._reader.similar(int(feature), _N_RELATED)],
            "coactive": [asdict(r) for r in self._reader.coactive(int(feature), _N_RELATED)],
            "enrichment": [asdict(e) for e in self._reader.enrichment(int(feature), _N_RELATED)],
        }

    def examples(self, feature: int, bucket: str) -> list[dict[str, Any]]:
        """Proteins of a feature by their maximum, with sequence, activations and annotations.

        Buckets: top, 0.8-1, 0.6-0.8, 0.4-0.6, 0.2-0.4, 0-0.2. Residues are 0-based.
        """
        if bucket not in BUCKETS:
            raise UserError(f"bucket must be one of {', '.join(BUCKETS)}, got {bucket!r}.")
        found = self._reader.examples(int(feature), bucket)
        accessions = [example.accession for example in found]
        proteins = self._reader.proteins(accessions)
        spans = self._reader.annotations(accessions)
        return [
            {
                **asdict(example),
                "protein": asdict(proteins[example.accession]),
                "annotations": [asdict(span) for span in spans.get(example.accession, [])],
            }
            for example in found
            if example.accession in proteins
        ]

    def examples_csv(self, feature: int, bucket: str) -> str:
        """The same as CSV text, one row for each residue that fires; residues are 1-based."""
        header = ("accession", "rank", "residue", "amino_acid", "activation")
        return csv_text(
            header,
            [
                (row["accession"], row["rank"], residue + 1, row["protein"]["sequence"][residue], a)
                for row in self.examples(feature, bucket)
                for residue, a in zip(row["positions"], row["activations"], strict=True)
            ],
        )

    def concepts(self) -> list[dict[str, Any]]:
        """All concepts with how often they occur."""
        return [asdict(row) for row in self._reader.concepts]

    def concept(self, concept: str) -> list[dict[str, Any]]:
        """The features of all representations that detect a concept, the best first."""
        return [asdict(pair) for pair in self._reader.pairs(concept=concept)]

    def encode(self, sequence: str, n_features: int) -> list[dict[str, Any]]:
        """The strongest features of a sequence or FASTA record, with all their activations."""
        residues, activations = self._encoded(sequence)
        return [
            {
                **asdict(ranked),
                "label": self._explorer.labels[ranked.feature] or None,
                "sequence": residues,
                "activations": activations[:, ranked.feature].round(4).tolist(),
            }
            for ranked in rank(activations, max(1, min(int(n_features), _MOST_ROWS)))
        ]

    def mutate(self, sequence: str, mutations: str) -> list[dict[str, Any]]:
        """Which features appear, vanish or shift under mutations such as L23P."""
        residues, before = self._encoded(sequence)
        _, after = self._encoded(mutate(residues, mutations))
        return [asdict(change) for change in changes(before, after)[:_MOST_ROWS]]

    def _encoded(self, text: str) -> tuple[str, Any]:
        encoder = self._explorer.encoder
        if encoder is None:
            raise UserError("The models of this run are not here, so no sequence can be read.")
        record = read_sequence(text, max_residues=encoder.max_residues)
        return record.sequence, encoder.encode(record.sequence)


def add_api(explorer: Explorer) -> None:
    """Add every public method of `Api` as an endpoint of the same name."""
    api = Api(explorer)
    for name in (name for name in vars(Api) if not name.startswith("_")):
        gr.api(_answering(getattr(api, name)), api_name=name, queue=False)


def _answering(method: Any) -> Any:
    """An endpoint whose refusals reach the caller as a sentence."""

    @functools.wraps(method)
    def answer(*args: Any, **kwargs: Any) -> Any:
        try:
            return method(*args, **kwargs)
        except UserError as error:
            raise gr.Error(str(error), print_exception=False) from error

    return answer
