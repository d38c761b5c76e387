"""The JSON API: the same queries as the pages, documented under "Use via API"."""

import base64
import functools
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Literal

import gradio as gr
from pydantic import ConfigDict, ValidationError, validate_call

from interplm.errors import UserError
from interplm.explorer.annotation import annotate, as_csv, as_gff3
from interplm.explorer.answers import parts_of
from interplm.explorer.arguments import parameters_of
from interplm.explorer.context import Explorer, Explorers
from interplm.explorer.figures import draw_figure
from interplm.explorer.guard import REFUSED
from interplm.explorer.pages.concepts.verdicts import concept_with_verdicts
from interplm.explorer.pages.counterparts import counterparts
from interplm.explorer.pages.features.listing import features_csv
from interplm.explorer.pages.features.query import query_from_json
from interplm.explorer.pages.your_protein.asked import region
from interplm.explorer.pages.your_protein.comparison import Comparison
from interplm.explorer.pages.your_protein.given import encoder_of, given_proteins, one_protein
from interplm.explorer.pages.your_protein.ranking import MEASURES, rank
from interplm.explorer.pages.your_protein.saturation import saturate
from interplm.explorer.pages.your_protein.variants import changed, parse_variants
from interplm.explorer.render.csv_text import csv_text
from interplm.explorer.structures.b_factors import with_activations
from interplm.explorer.tables import table_csv
from interplm.features.database.records import BUCKETS
from interplm.features.encoding.sequence import SequenceFeatures
from interplm.proteins.alphabet import STANDARD
from interplm.proteins.records import ProteinRecord

_MOST_ROWS = 1000
_N_RELATED = 20
# More than any list has.
_LAST_ROW = 10**9


class Api:
    """The endpoints; what they take and give is plain JSON (hence Any).

    `run` names one of the runs that the explorer shows; "" is the first of them.
    """

    def __init__(self, explorers: Explorers) -> None:
        self._explorers = explorers

    def runs(self) -> list[dict[str, Any]]:
        """The runs that are shown, with PLM, layer and SAE in words; the first is the default."""
        return [{"run": name, "title": title} for name, title in self._explorers.titles.items()]

    def meta(self, run: str = "") -> dict[str, Any]:
        """What the database was made from, and how many features and proteins it holds."""
        reader = self._of(run).reader
        return {**reader.meta, "n_features": reader.n_features, "n_proteins": reader.n_proteins}

    def feature_map(self, run: str = "") -> dict[str, Any]:
        """Every feature's place on the map, as columns."""
        return self._of(run).map_points

    def find_features(
        self,
        query: dict[str, Any] | None = None,
        limit: int = 100,
        offset: int = 0,
        run: str = "",
    ) -> dict[str, Any]:
        """Features that fit a query, at most 1,000 at a time.

        Entries of the query, all optional: text, concept, category, pattern,
        min_average_precision, min_density, max_density, area, families, proteins, amino_acids,
        sort, descending.
        """
        _check("limit", limit)
        _check_offset(offset)
        explorer = self._of(run)
        asked = query_from_json(explorer, query or {})
        rows, total = explorer.reader.find(asked, limit=limit, offset=offset)
        return {"total": total, "features": [asdict(row) for row in rows]}

    def features_csv(self, query: dict[str, Any] | None = None, run: str = "") -> str:
        """All features that fit a query, as CSV text; the query is that of find_features."""
        explorer = self._of(run)
        return features_csv(explorer, query_from_json(explorer, query or {}))

    def feature(self, feature: int, run: str = "") -> dict[str, Any]:
        """One feature: histogram, concepts, similar and co-active features, enriched labels."""
        explorer = self._of(run)
        found, reader = explorer.known_feature(feature), explorer.reader
        return {
            **asdict(found),
            "pairs": [asdict(pair) for pair in reader.pairs(feature=feature)],
            "similar": [asdict(r) for r in reader.similar(feature, _N_RELATED)],
            "coactive": [asdict(r) for r in reader.coactive(feature, _N_RELATED)],
            "enrichment": [asdict(e) for e in reader.enrichment(feature, _N_RELATED)],
        }

    def examples(self, feature: int, bucket: str = "top", run: str = "") -> list[dict[str, Any]]:
        """Proteins of a feature by their maximum, with sequence, activations and annotations.

        Buckets: top, 0.8-1, 0.6-0.8, 0.4-0.6, 0.2-0.4, 0-0.2, or all. Residues are 0-based.
        """
        explorer = self._of(run)
        explorer.known_feature(feature)
        if bucket not in (*BUCKETS, "all"):
            raise UserError(f"bucket must be one of {', '.join(BUCKETS)} or all, got {bucket!r}.")
        found = explorer.reader.examples(feature, None if bucket == "all" else bucket)
        accessions = [example.accession for example in found]
        proteins = explorer.reader.proteins(accessions)
        spans = explorer.reader.annotations(accessions)
        return [
            {
                **asdict(example),
                "protein": asdict(proteins[example.accession]),
                "annotations": [asdict(span) for span in spans.get(example.accession, [])],
            }
            for example in found
            if example.accession in proteins
        ]

    def examples_csv(self, feature: int, bucket: str = "top", run: str = "") -> str:
        """The same as CSV text, one row for each residue that fires; residues are 1-based."""
        header = ("accession", "bucket", "rank", "residue", "amino_acid", "activation")
        return csv_text(
            header,
            [
                (row["accession"], row["bucket"], row["rank"], residue + 1,
                 row["protein"]["sequence"][residue], a)
                for row in self.examples(feature, bucket, run)
                for residue, a in zip(row["positions"], row["activations"], strict=True)
            ],
        )  # fmt: skip

    def concepts(self, run: str = "") -> list[dict[str, Any]]:
        """All concepts that were scored, with how often they occur."""
        return [asdict(row) for row in self._of(run).reader.concepts]

    def concept(self, concept: str, run: str = "") -> list[dict[str, Any]]:
        """The features of all representations that detect a concept, the best first.

        A concept is given by its name or an alias, here as everywhere.
        """
        explorer = self._of(run)
        name = explorer.known_concept(concept).concept
        return [asdict(pair) for pair in explorer.reader.pairs(concept=name)]

    def verdicts(
        self,
        concept: str,
        verdict: Literal["found", "missed", "extra"] = "missed",
        limit: int = 100,
        offset: int = 0,
        run: str = "",
    ) -> dict[str, Any]:
        """Proteins that the best feature of a concept finds, misses or adds, the strongest first.

        Extra ones fire though nothing is annotated: their annotation may be missing.
        """
        _check("limit", limit)
        _check_offset(offset)
        explorer = self._of(run)
        name, counts = concept_with_verdicts(explorer, concept)
        found = explorer.reader.verdicts(name, verdict, limit=limit, offset=offset)
        return {"total": counts.get(verdict, 0), "proteins": [asdict(row) for row in found]}

    def encode(
        self,
        sequence: str,
        n_features: int = 25,
        by: str = "maximum",
        only: Literal["concepts", "evidence", "amino", "all"] = "all",
        run: str = "",
    ) -> list[dict[str, Any]]:
        """The strongest features of a sequence or accession, with all their activations."""
        one_protein(self._of(run), sequence)
        (found,) = self.encode_many([sequence], n_features, by, only, run)
        features: list[dict[str, Any]] = found["features"]
        return features

    def encode_many(
        self,
        sequences: list[str],
        n_features: int = 25,
        by: str = "maximum",
        only: Literal["concepts", "evidence", "amino", "all"] = "all",
        run: str = "",
    ) -> list[dict[str, Any]]:
        """The same for several; each may be a sequence, FASTA records or an accession."""
        explorer = self._of(run)
        if by not in MEASURES:
            raise UserError(f"by must be one of {', '.join(MEASURES)}, got {by!r}.")
        _check("n_features", n_features)
        records = [r for text in sequences for r in given_proteins(explorer, text)]
        read = encoder_of(explorer).encode_many([record.sequence for record in records])
        among = explorer.features_shown(only)
        return [
            {
                "accession": record.accession,
                "sequence": record.sequence,
                "features": [
                    {**asdict(ranked), "label": explorer.label(ranked.feature) or None,
                     "sequence": record.sequence,
                     "activations": features.of(ranked.feature).tolist()}
                    for ranked in rank(features, n_features, by=by, among=among)
                ],
            }
            for record, features in zip(records, read, strict=True)
        ]  # fmt: skip

    def mutate(self, sequence: str, mutations: str, run: str = "") -> list[dict[str, Any]]:
        """Which features appear, vanish or shift under changes such as L23P or p.Lys23del."""
        explorer = self._of(run)
        record, before = self._read(explorer, sequence)
        mutant, columns = changed(record.sequence, parse_variants(mutations, record.sequence))
        comparison = Comparison(before, encoder_of(explorer).encode(mutant), columns)
        return [
            {**asdict(change), "at": comparison.name(change.column),
             "label": explorer.label(change.feature) or None}
            for change in comparison.changes()[:_MOST_ROWS]
        ]  # fmt: skip

    def substitutions(
        self, sequence: str, feature: int, residues: str, run: str = ""
    ) -> dict[str, Any]:
        """What every substitution of residues such as 120-130 does to a feature's maximum."""
        explorer = self._of(run)
        explorer.known_feature(feature)
        record, _ = self._read(explorer, sequence)
        start, stop = region(residues, len(record.sequence))
        encoder = encoder_of(explorer)
        changes = saturate(encoder, record.sequence, feature, start=start, stop=stop)
        return {"amino_acids": list(STANDARD), "first_residue": start + 1,
                "changes": changes.tolist()}  # fmt: skip

    def annotate(self, proteins: str, form: Literal["csv", "gff3"] = "csv", run: str = "") -> str:
        """Named features of FASTA records, sequences or accessions, as CSV or GFF3 text."""
        explorer = self._of(run)
        found = list(annotate(explorer, proteins))
        return as_csv(found) if form == "csv" else as_gff3(found, f"InterPLM {explorer.name}")

    def counterparts(
        self, feature: int, other_run: str, n: int = 5, run: str = ""
    ) -> list[dict[str, Any]]:
        """Features of another run that are strong on the same residues, the closest first.

        The Jaccard index is of the residues above half of each feature's maximum.
        """
        explorer, other = self._of(run), self._of(other_run)
        explorer.known_feature(feature)
        _check("n", n)
        return [
            {"feature": one.feature, "jaccard": one.jaccard, "n_proteins": one.n_proteins}
            for one in counterparts(explorer, other, feature)[:n]
        ]

    def table(self, name: str, arguments: dict[str, Any] | None = None, run: str = "") -> str:
        """What a page shows as a table, as CSV text in full precision.

        Tables of the run: representations, differences_of_baselines, concepts, rare_concepts,
        map. Of a feature: histogram, motif, pairs, similar, coactive, enrichment, effect. Of a
        concept: concept_pairs, verdicts; with a feature: scores. Of a protein, with rank, region
        and show if need be: strongest, activations; with mutations or other: changes, differences;
        with a feature and a region: substitutions.
        """
        return table_csv(self._of(run), name, arguments or {})

    def figure(
        self,
        name: str,
        arguments: dict[str, Any] | None = None,
        kind: str = "svg",
        run: str = "",
    ) -> str:
        """A publication figure as base64 of an SVG, PDF or PNG file.

        Of the run: map. Of a feature: logo, histogram; with bucket and align: strips. Of a concept
        and a feature: precision_recall. Of a protein, as the tables: activations, differences,
        substitutions.
        """
        drawn = draw_figure(self._of(run), name, arguments or {}, kind)
        return base64.b64encode(drawn).decode()

    def structure_coloured(self, feature: int, accession: str, run: str = "") -> str:
        """A structure as PDB text, B-factors being 100 times the activation; from the folder."""
        explorer = self._of(run)
        explorer.known_feature(feature)
        protein = explorer.reader.proteins([accession]).get(accession)
        path = explorer.structures.local(accession)
        if protein is None or path is None:
            raise UserError(f"There is no structure of {accession[:40]} in the structures folder.")
        values = encoder_of(explorer).encode(protein.sequence).of(feature)
        return with_activations(
            explorer.structures.read(path),
            path.name,
            protein=protein.sequence,
            accession=accession,
            activations=dict(enumerate(values.tolist())),
        )

    def _of(self, run: str) -> Explorer:
        return self._explorers.named(run)

    def _read(self, explorer: Explorer, text: str) -> tuple[ProteinRecord, SequenceFeatures]:
        record = one_protein(explorer, text)
        return record, encoder_of(explorer).encode(record.sequence)


def _check(name: str, number: int) -> None:
    """Refuse a number of rows that is none, or more than are given at once."""
    if not 1 <= number <= _MOST_ROWS:
        raise UserError(f"{name} must be in 1..{_MOST_ROWS}, got {number}.")


def _check_offset(offset: int) -> None:
    if not 0 <= offset <= _LAST_ROW:
        raise UserError(f"offset must be in 0..{_LAST_ROW}, got {offset}.")


_PUBLIC = tuple(name for name in vars(Api) if not name.startswith("_"))


def endpoints(explorers: Explorers) -> dict[str, Callable[..., Any]]:
    """Every public method of `Api` under its name, and `parts` for the pages."""
    api = Api(explorers)
    return {name: getattr(api, name) for name in _PUBLIC} | {"parts": parts_of(explorers)}


def add_api(explorers: Explorers) -> None:
    """Add all endpoints to the Blocks that are being built."""
    for name, method in endpoints(explorers).items():
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
    names = list(parameters_of(method))
    name = names[place] if isinstance(place, int) and place < len(names) else str(place)
    where = "".join(f"[{key!r}]" for key in inner)
    given = repr(first["input"])
    shown = given if len(given) <= 60 else f"{given[:60]}…"
    said = first["msg"].removeprefix("Input ")
    return f"{name}{where} {said[:1].lower()}{said[1:]}, got {shown}."
