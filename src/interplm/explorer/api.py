"""The JSON API: the same queries as the pages, documented under "Use via API"."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import gradio as gr
from pydantic import ConfigDict, ValidationError, validate_call

from interplm.errors import UserError
from interplm.explorer.answers import parts_of
from interplm.explorer.context import Explorer
from interplm.explorer.guard import REFUSED
from interplm.explorer.pages.features.listing import features_csv
from interplm.explorer.pages.features.query import query_from_json
from interplm.explorer.pages.your_protein.mutations import changes, mutate
from interplm.explorer.pages.your_protein.reading import rank
from interplm.explorer.render.csv_text import csv_text
from interplm.features.database.records import BUCKETS, Feature
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

    def find_features(
        self, query: dict[str, Any] | None = None, limit: int = 100, offset: int = 0
    ) -> dict[str, Any]:
        """Features that fit a query, at most 1,000 at a time.

        Entries of the query, all optional: text, concept, category, pattern, min_average_precision,
        min_density, max_density, area, proteins, amino_acids, sort, descending.
        """
        if not 1 <= limit <= _MOST_ROWS or offset < 0:
            raise UserError(f"limit must be in 1..{_MOST_ROWS} and offset at least 0.")
        rows, total = self._reader.find(query_from_json(query or {}), limit=limit, offset=offset)
        return {"total": total, "features": [asdict(row) for row in rows]}

    def features_csv(self, query: dict[str, Any] | None = None) -> str:
        """All features that fit a query, as CSV text; the query is that of find_features."""
        return features_csv(self._explorer, query_from_json(query or {}))

    def feature(self, feature: int) -> dict[str, Any]:
        """One feature: histogram, concepts, similar and co-active features, enriched labels."""
        found = self._known(feature)
        return {
            **asdict(found),
            "pairs": [asdict(pair) for pair in self._reader.pairs(feature=feature)],
            "similar": [asdict(r) for r in self._reader.similar(feature, _N_RELATED)],
            "coactive": [asdict(r) for r in self._reader.coactive(feature, _N_RELATED)],
            "enrichment": [asdict(e) for e in self._reader.enrichment(feature, _N_RELATED)],
        }

    def examples(self, feature: int, bucket: str = "top") -> list[dict[str, Any]]:
        """Proteins of a feature by their maximum, with sequence, activations and annotations.

        Buckets: top, 0.8-1, 0.6-0.8, 0.4-0.6, 0.2-0.4, 0-0.2. Residues are 0-based.
        """
        self._known(feature)
        if bucket not in BUCKETS:
            raise UserError(f"bucket must be one of {', '.join(BUCKETS)}, got {bucket!r}.")
        found = self._reader.examples(feature, bucket)
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

    def examples_csv(self, feature: int, bucket: str = "top") -> str:
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

    def encode(self, sequence: str, n_features: int = 25) -> list[dict[str, Any]]:
        """The strongest features of a sequence or FASTA record, with all their activations."""
        residues, activations = self._encoded(sequence)
        return [
            {
                **asdict(ranked),
                "label": self._explorer.labels[ranked.feature] or None,
                "sequence": residues,
                "activations": activations[:, ranked.feature].round(4).tolist(),
            }
            for ranked in rank(activations, max(1, min(n_features, _MOST_ROWS)))
        ]

    def mutate(self, sequence: str, mutations: str) -> list[dict[str, Any]]:
        """Which features appear, vanish or shift under mutations such as L23P."""
        residues, before = self._encoded(sequence)
        _, after = self._encoded(mutate(residues, mutations))
        return [asdict(change) for change in changes(before, after)[:_MOST_ROWS]]

    def _known(self, feature: int) -> Feature:
        found = self._reader.feature(feature) if 0 <= feature < self._reader.n_features else None
        if found is None:
            last = self._reader.n_features - 1
            raise UserError(f"There is no feature {feature}: numbers go from 0 to {last}.")
        return found

    def _encoded(self, text: str) -> tuple[str, Any]:
        encoder = self._explorer.encoder
        if encoder is None:
            raise UserError("The models of this run are not here, so no sequence can be read.")
        record = read_sequence(text, max_residues=encoder.max_residues)
        return record.sequence, encoder.encode(record.sequence)


_PUBLIC = tuple(name for name in vars(Api) if not name.startswith("_"))


def endpoints(explorer: Explorer) -> dict[str, Callable[..., Any]]:
    """Every public method of `Api` under its name, and `parts` for the pages."""
    api = Api(explorer)
    return {name: getattr(api, name) for name in _PUBLIC} | {"parts": parts_of(explorer)}


def add_api(explorer: Explorer) -> None:
    """Add all endpoints to the Blocks that are being built."""
    for name, method in endpoints(explorer).items():
        visibility: Any = "public" if name in _PUBLIC else "undocumented"
        gr.api(_answering(method), api_name=name, api_visibility=visibility, queue=False)


def _answering(method: Any) -> Any:
    """An endpoint whose refusals reach the caller as a sentence, with a status below 500."""
    checked = validate_call(config=ConfigDict(strict=True))(method)

    @functools.wraps(method)
    def answer(*args: Any, **kwargs: Any) -> Any:
        try:
            return checked(*args, **kwargs)
        except UserError as error:
            raise _refusal(str(error)) from error
        except ValidationError as error:
            raise _refusal(_told(error, method)) from error

    return answer


def _refusal(text: str) -> gr.Error:
    return gr.Error(text, title=REFUSED, print_exception=False)


def _told(error: ValidationError, method: Any) -> str:
    """What is wrong with which argument."""
    first = error.errors(include_url=False, include_context=False)[0]
    place, *inner = first["loc"] or ("",)
    names = list(inspect.signature(method).parameters)
    name = names[place] if isinstance(place, int) and place < len(names) else str(place)
    where = "".join(f"[{key!r}]" for key in inner)
    given = repr(first["input"])
    shown = given if len(given) <= 60 else f"{given[:60]}…"
    said = first["msg"].removeprefix("Input ")
    return f"{name}{where} {said[:1].lower()}{said[1:]}, got {shown}."
