"""What a dashboard shows, as plain values that need neither wandb nor a network."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from interplm.tracking.names import AXIS

L0 = "result/l0"
# Curves of training, where a run has logged them, by the title of their section.
_CURVES = {
    "Training": (
        "train/loss", "train/explained_variance", "train/l0", "train/dead_percent", "train/lr",
    ),
    "Validation": (
        "validation/explained_variance", "validation/l0", "validation/dead_percent",
        "validation/dense_percent", "validation/mean_threshold",
    ),
    "Fidelity": ("fidelity/loss_recovered_masked", "fidelity/kl_masked"),
}  # fmt: skip
# What an SAE is good for, in the summary of its runs.
_QUALITIES = (
    "result/explained_variance",
    "result/fidelity/loss_recovered_masked",
    "evaluation/logits/loss_recovered_masked",
    "score/sae/mean_average_precision",
    "score/sae/n_covered",
)
_BARS = ("result/dead_percent", "result/dense_percent", "result/residues_per_second")


@dataclass(frozen=True, slots=True)
class Panel:
    """One plot of all runs.

    Attributes:
        kind: "lines" against `x`, "scatter" of final figures, "bars" of one, or "histogram", which
            wandb draws of its own kind of value.
        y: metric, or figure of the summary.
        x: likewise.
        log_x: whether the axis is logarithmic.
    """

    kind: str
    y: str
    x: str = AXIS
    log_x: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Panels under a title."""

    title: str
    panels: tuple[Panel, ...]


def sections(metrics: Iterable[str], figures: Iterable[str]) -> list[Section]:
    """The Pareto panels first, then the curves and the bars that some run has values for.

    Args:
        metrics: names of what runs logged in training.
        figures: names of their final figures, `result/…`, `evaluation/…` and `score/…`.
    """
    logged, final = set(metrics), set(figures)
    pareto = [Panel("scatter", y, L0, log_x=True) for y in _QUALITIES if y in final and L0 in final]
    curves = [
        Section(title, tuple(Panel("lines", name) for name in names if name in logged))
        for title, names in _CURVES.items()
    ]
    bars = tuple(Panel("bars", name) for name in _BARS if name in final)
    found = [Section("Pareto: sparsity against quality", tuple(pareto)), *curves]
    return [section for section in (*found, Section("Figures", bars)) if section.panels]


def as_plain(name: str, shown: Iterable[Section]) -> dict[str, Any]:
    """A dashboard for YAML; Any: nested plain values."""
    found = [asdict(section) for section in shown]
    for section in found:
        section["panels"] = list(section["panels"])
    return {"name": name, "sections": found}


def from_plain(values: dict[str, Any]) -> list[Section]:
    """What `as_plain` gave, again; Any: what YAML can hold."""
    return [
        Section(section["title"], tuple(Panel(**panel) for panel in section["panels"]))
        for section in values["sections"]
    ]
