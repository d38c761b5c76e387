"""The README of an SAE on the Hugging Face hub."""

from collections.abc import Mapping
from typing import Any

_FIGURES = {
    "explained_variance": "explained variance",
    "l0": "L0, features that fire on a residue",
    "dead_percent": "dead features, %",
    "dense_percent": "dense features, %",
}


def model_card(
    repo_id: str,
    *,
    description: Mapping[str, Any],
    d_sae: int,
    figures: Mapping[str, float],
    has_maxima: bool,
    license: str,  # the hub's own name for it
) -> str:
    """Markdown with the front matter that the hub reads.

    Args:
        repo_id: owner/name.
        description: contents of `sae.yaml` (Any: what YAML can hold).
        d_sae: number of features.
        figures: of the finished run, by the names of `result.yaml`; none if not known.
        has_maxima: whether the features' maxima lie beside the weights.
        license: identifier of the weights' licence, such as mit.
    """
    import yaml

    trained_on, settings = description["trained_on"], description["settings"]
    plm = trained_on.get("plm")
    front = {
        "library_name": "interplm",
        "license": license,
        "tags": [
            "sparse-autoencoder",
            "protein-language-model",
            "interpretability",
            description["architecture"],
            *([str(plm)] if plm else []),
        ],
    }
    read = f" on layer {trained_on['layer']} of {plm}" if plm and "layer" in trained_on else ""
    results = {text: f"{figures[name]:.4g}" for name, text in _FIGURES.items() if name in figures}
    parts = [
        f"---\n{yaml.safe_dump(front, sort_keys=False)}---",
        f"# {repo_id.rpartition('/')[2]}",
        f"A sparse autoencoder ({description['architecture']}, {d_sae:,} features){read}.",
        _section("Results on validation proteins", results),
        _section("Settings", settings),
        _section("Trained on", trained_on),
        _how_to_load(repo_id, has_maxima=has_maxima),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(title: str, entries: Mapping[str, Any]) -> str:
    """A table, or nothing for no entries."""
    if not entries:
        return ""
    rows = "\n".join(f"| {name} | {_cell(value)} |" for name, value in entries.items())
    return f"## {title}\n\n| | |\n|---|---|\n{rows}"


def _cell(value: Any) -> str:  # Any: what YAML can hold
    # A bar would end the cell.
    return str(value).replace("|", "\\|").replace("\n", " ")


def _how_to_load(repo_id: str, *, has_maxima: bool) -> str:
    maxima = (
        "\n\n`maxima.safetensors` holds each feature's maximum. For features that are fractions of "
        f'it, `interplm.sae.load_normalized_sae(interchange.download("{repo_id}"))`.'
    )
    return (
        "## Load it\n\n"
        "```python\n"
        "from interplm import interchange\n\n"
        f'sae = interchange.load("{repo_id}")\n'
        "features = sae.encode(activations)  # [n_residues, d_sae]\n"
        "```\n\n"
        f"With InterPLM and its extra: `pip install interplm[huggingface]`.{maxima * has_maxima}"
    )
