"""What is said of each run, and how it is written."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One figure of a run.

    Attributes:
        name: in the CSV file.
        title: for a reader.
        form: format specification of the number; empty for text.
        what: it is.
    """

    name: str
    title: str
    form: str
    what: str


COLUMNS = (
    Column("run", "Run", "", "folder of the run"),
    Column("sae", "SAE", "", "architecture"),
    Column("plm", "PLM", "", "that the activations come from"),
    Column("layer", "Layer", "d", "of the PLM"),
    Column("dataset", "Dataset", "", "of the activations"),
    Column("d_in", "d_in", "d", "width of the activations"),
    Column("d_sae", "d_sae", "d", "features"),
    Column("seed", "Seed", "d", "of the run"),
    Column("n_steps", "Steps", ",d", "optimiser steps"),
    Column("l0", "L0", ".1f", "features that fire on a validation residue, mean"),
    Column("explained_variance", "Explained variance", ".4f", "of the validation residues"),
    Column(
        "front",
        "Front",
        "",
        "yes where no run on the same activations with as low an L0 explains more variance",
    ),
    Column(
        "loss_recovered_masked",
        "Masked loss recovered",
        ".4f",
        "1 where the PLM predicts masked residues as well from the reconstruction, 0 where as "
        "badly as from zeros",
    ),
    Column(
        "mean_average_precision",
        "Mean AP",
        ".3f",
        "over annotated concepts, on test proteins",
    ),
    Column("concepts_covered", "Concepts covered", "d", "with F1 above 0.5 on test proteins"),
    Column("n_concepts", "Concepts", "d", "that were scored"),
    Column("dead_percent", "Dead %", ".2f", "features that fired on no validation residue"),
    Column("dense_percent", "Dense %", ".2f", "features that fire on most validation residues"),
    Column(
        "seed_stability",
        "Seed stability",
        ".3f",
        "mean cosine of a decoder row and the nearest one of runs that differ in the seed only",
    ),
    Column("seconds", "Seconds", ",.0f", "of training; runs of one pass wait for one another"),
    Column("residues_per_second", "Residues/s", ",.0f", "in training"),
)
