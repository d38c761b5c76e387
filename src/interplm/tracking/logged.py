"""What a run of wandb holds beside metrics: tables, pages, figures, and what it read and wrote."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interplm.tracking.names import artifact_name

if TYPE_CHECKING:
    from wandb import Artifact, Run

# What of a fingerprint says which proteins the activations are of.
_OF_PROTEINS = ("proteins_sha256", "selection", "unknown_residues")


class LoggedRun:
    """A run of wandb, online or offline.

    What it reads is described by its fingerprint and not uploaded: activations may be terabytes.
    Equal fingerprints are the same version of an artifact, so that all runs on the same activations
    meet in one point of the graph.

    Args:
        run: of wandb.
    """

    def __init__(self, run: Run) -> None:
        self._run = run

    def reads_activations(
        self, fingerprint: Mapping[str, Any], *, dataset: str, folder: Path | None
    ) -> None:
        """Activations and the proteins that they are of.

        Args:
            fingerprint: of the activations, plain values, hence Any.
            dataset: name of the proteins.
            folder: of the store; None where the PLM computed them in training.
        """
        proteins = {name: fingerprint[name] for name in _OF_PROTEINS if name in fingerprint}
        self._read(artifact_name("proteins", dataset), "proteins", proteins, {})
        name = artifact_name("activations", fingerprint["plm"], fingerprint["layer"], dataset)
        place = {"folder": None if folder is None else str(folder.absolute())}
        self._read(name, "activations", fingerprint, place)

    def reads_sae(self, name: str, folder: Path) -> None:
        """An exported SAE, as `writes_sae` logs it."""
        self._use(_of_files("sae", name, _exported(folder), {}))

    def writes_sae(self, name: str, folder: Path, description: Mapping[str, Any]) -> None:
        """An exported SAE.

        Args:
            name: of its run.
            folder: of the export.
            description: what it is and was trained on, plain values, hence Any.
        """
        self.writes("sae", name, _exported(folder), description)

    def writes(
        self, kind: str, name: str, files: Iterable[Path], description: Mapping[str, Any]
    ) -> None:
        """Files that were made.

        Args:
            kind: of artifact, such as "report".
            name: of the run that they are of.
            files: those that exist are uploaded.
            description: plain values, hence Any.
        """
        self._run.log_artifact(_of_files(kind, name, files, description))

    def table(self, name: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
        """Rows of plain values (hence Any), of which the columns are shown."""
        import wandb

        data: list[Iterable[Any]] = [[row.get(column) for column in columns] for row in rows]
        self._run.log({name: wandb.Table(columns=list(columns), data=data)})

    def scatter(
        self, name: str, rows: Sequence[Mapping[str, Any]], x: str, y: str, *, label: str
    ) -> None:
        """A plot of one column of rows (plain values, hence Any) against another."""
        import wandb

        data: list[Iterable[Any]] = [[row[x], row[y], row[label]] for row in rows]
        found = wandb.Table(columns=[x, y, label], data=data)
        self._run.log({name: wandb.plot.scatter(found, x, y, title=f"{y} against {x}")})

    def page(self, name: str, path: Path) -> None:
        """An HTML file, shown as it is."""
        import wandb

        self._run.log({name: wandb.Html(path.read_text(encoding="utf-8"), inject=False)})

    def figures(self, prefix: str, figures: Mapping[str, float]) -> None:
        """Final figures in the summary, `<prefix>/<name>`, where plots of many runs find them."""
        self._run.summary.update({f"{prefix}/{name}": value for name, value in figures.items()})

    def _read(
        self, name: str, kind: str, fingerprint: Mapping[str, Any], place: Mapping[str, Any]
    ) -> None:
        from wandb import Artifact

        artifact = Artifact(name, type=kind, metadata={**fingerprint, **place})
        with artifact.new_file("fingerprint.json", encoding="utf-8") as file:
            json.dump(dict(fingerprint), file, indent=1, sort_keys=True)
        self._use(artifact)

    def _use(self, artifact: Artifact) -> None:
        if self._run.offline:
            # `use_artifact` refuses to work offline, since it waits for the server's answer. This
            # is the record that it sends, which `wandb sync` reads from the file.
            self._run._log_artifact(artifact, is_user_created=True, use_after_commit=True)
        else:
            self._run.use_artifact(artifact)


def _of_files(
    kind: str, name: str, files: Iterable[Path], description: Mapping[str, Any]
) -> Artifact:
    from wandb import Artifact

    artifact = Artifact(artifact_name(kind, name), type=kind, metadata=dict(description))
    for path in files:
        if path.is_file():
            artifact.add_file(str(path))
    return artifact


def _exported(folder: Path) -> list[Path]:
    return sorted(folder.glob("sae.*"))
