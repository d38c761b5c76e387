"""Annotated proteins as text: a table, GFF3, or a JSON object a line."""

import json
from collections.abc import Callable, Sequence
from urllib.parse import quote

from interplm.packs.annotation import Hit

_COLUMNS = (
    "accession", "start", "end", "label", "feature", "strength", "maximum", "peak", "precision",
    "precision_low", "precision_high", "recall", "family", "aliases",
)  # fmt: skip
# The term of the Sequence Ontology for a part of a protein (SO:0000839).
_GFF3_TYPE = "polypeptide_region"


def tsv_head() -> str:
    """The first line of a table; residues count from 1, and `end` is the last one."""
    return "\t".join(_COLUMNS) + "\n"


def tsv_lines(accession: str, n_residues: int, hits: Sequence[Hit]) -> str:
    """A line for each hit."""
    return "".join(
        "\t".join(_cell(value) for value in _fields(accession, hit).values()) + "\n" for hit in hits
    )


def gff3_head() -> str:
    """The line that every GFF3 file begins with."""
    return "##gff-version 3\n"


def gff3_lines(accession: str, n_residues: int, hits: Sequence[Hit]) -> str:
    """The protein's extent, then a line for each hit, its score the maximum."""
    name = quote(accession, safe=":@|.-_")
    lines = [f"##sequence-region {name} 1 {n_residues}\n"]
    for hit in hits:
        values = _fields(accession, hit)
        attributes = {
            "ID": f"{name}.f{hit.label.feature}.{hit.start + 1}",
            "Name": hit.label.label,
            **{key: values[key] for key in ("feature", "strength", "peak", "precision", "recall")},
        }
        column9 = ";".join(
            f"{key}={quote(_cell(value), safe=' :@|.-_()[]/+')}"
            for key, value in attributes.items()
            if value is not None
        )
        row = (
            name, "InterPLM", _GFF3_TYPE, str(hit.start + 1), str(hit.stop),
            f"{hit.maximum:.4g}", ".", ".", column9,
        )  # fmt: skip
        lines.append("\t".join(row) + "\n")
    return "".join(lines)


def jsonl_head() -> str:
    """Nothing: every line stands for itself."""
    return ""


def jsonl_lines(accession: str, n_residues: int, hits: Sequence[Hit]) -> str:
    """One object: the protein and its hits."""
    features = []
    for hit in hits:
        values = _fields(accession, hit)
        del values["accession"]
        features.append(values)
    record = {"accession": accession, "n_residues": n_residues, "features": features}
    return json.dumps(record, ensure_ascii=False) + "\n"


Head = Callable[[], str]
Lines = Callable[[str, int, Sequence[Hit]], str]
FORMATS: dict[str, tuple[Head, Lines]] = {
    "tsv": (tsv_head, tsv_lines),
    "gff3": (gff3_head, gff3_lines),
    "jsonl": (jsonl_head, jsonl_lines),
}


def _fields(accession: str, hit: Hit) -> dict[str, object]:
    label = hit.label
    return {
        "accession": accession,
        "start": hit.start + 1,
        "end": hit.stop,
        "label": label.label,
        "feature": label.feature,
        "strength": label.strength,
        "maximum": round(hit.maximum, 4),
        "peak": hit.peak + 1,
        "precision": round(label.precision, 4),
        "precision_low": _rounded(label.precision_low),
        "precision_high": _rounded(label.precision_high),
        "recall": round(label.recall, 4),
        "family": label.family,
        "aliases": "; ".join(label.aliases),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _cell(value: object) -> str:
    """As text without what would end a cell or a line."""
    return "" if value is None else " ".join(str(value).split())
