"""A finished run as one row of the table."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Value = str | int | float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One run.

    Attributes:
        path: of its folder.
        settings: that make it what it is, plain; Any: nested.
        values: by name of the column; None where something was not measured.
    """

    path: Path
    settings: Mapping[str, Any]
    values: Mapping[str, Value]


def finished_run(
    path: Path,
    *,
    architecture: str,
    settings: Mapping[str, Any],
    result: Mapping[str, float],
    evaluation: Mapping[str, float],
    scores: Mapping[str, float],
) -> Row:
    """A row without what needs other runs.

    Args:
        path: of the folder.
        architecture: name of the SAE's.
        settings: `config.yaml` of the run; Any: nested plain values.
        result: `result.yaml` of the run.
        evaluation: `evaluation.csv` of the run, by `space/metric`; empty where there is none.
        scores: that of its scoring; empty where there is none.
    """
    activations, sae = settings.get("activations", {}), settings["model"]["sae"]
    rate = result.get("residues_per_second")
    values: dict[str, Value] = {
        "run": path.name,
        "sae": architecture,
        "plm": activations.get("plm"),
        "layer": activations.get("layer"),
        "dataset": settings.get("dataset"),
        "d_in": activations.get("d_model"),
        "d_sae": sae.get("d_sae"),
        "seed": settings.get("seed"),
        "n_steps": _whole(result.get("steps")),
        "l0": result.get("l0"),
        "explained_variance": result.get("explained_variance"),
        "loss_recovered_masked": result.get(
            "fidelity/loss_recovered_masked", evaluation.get("logits/loss_recovered_masked")
        ),
        "mean_average_precision": scores.get("sae/mean_average_precision"),
        "concepts_covered": _whole(scores.get("sae/n_covered")),
        "n_concepts": _whole(scores.get("sae/n_concepts")),
        "dead_percent": result.get("dead_percent"),
        "dense_percent": result.get("dense_percent"),
        "seconds": _seconds(settings, result, rate),
        "residues_per_second": rate,
    }
    return Row(path=path, settings=settings, values=values)


def _seconds(
    settings: Mapping[str, Any], result: Mapping[str, float], rate: float | None
) -> float | None:
    """Of training, or None where the data module has no batch size; Any: plain values."""
    trainer, batch_size = settings.get("trainer", {}), settings["data"].get("batch_size")
    if not rate or not batch_size:
        return None
    devices = trainer.get("devices")
    n_ranks = (devices if isinstance(devices, int) else 1) * trainer.get("num_nodes", 1)
    per_step = batch_size * trainer.get("accumulate_grad_batches", 1) * n_ranks
    return float(result.get("steps", 0) * per_step / rate)


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
