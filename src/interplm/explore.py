"""A run's features in the browser: `python -m interplm.explore run=<dir>`."""

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from interplm.errors import MissingArtifact
from interplm.runtime.job import job
from interplm.runtime.measured import recorded_plm
from interplm.runtime.run_folder import RunFolder

if TYPE_CHECKING:
    from interplm.explorer import Explorer
    from interplm.features.database.reader import FeatureReader

log = logging.getLogger("interplm.explore")


def explore(cfg: DictConfig) -> None:
    """Serve the feature databases of one run or of several until interrupted."""
    # Heavy imports wait until the command line has been understood and the databases opened:
    # --help and refusals come at once.
    from interplm.features.database.reader import FeatureReader

    runs = [RunFolder(path) for path in (cfg.run, *cfg.beside)]
    paths = [cfg.database, *(run.path / "score" / "features.duckdb" for run in runs[1:])]
    readers = [FeatureReader(path, **cfg.explorer.reader) for path in paths]
    readable = [_can_read_sequences(run, reader) for run, reader in zip(runs, readers, strict=True)]

    from interplm.explorer import build_app, serve

    explorers = [
        _explorer(cfg, name, run, reader, can_read)
        for name, run, reader, can_read in zip(_names(runs), runs, readers, readable, strict=True)
    ]
    app = build_app(explorers)
    address = serve(app, **cfg.explorer.server)
    log.info("Explorer of %s: open %s in a browser; Ctrl-C stops it.", runs[0].path, address)
    app.block_thread()


def _explorer(
    cfg: DictConfig, name: str, run: RunFolder, reader: "FeatureReader", can_read: bool
) -> "Explorer":
    """One run as the pages show it."""
    from interplm.explorer import Explorer, SequenceEncoder
    from interplm.runtime.instantiation import instantiate

    encoder = None
    if can_read:
        encoder = SequenceEncoder(
            load_plm=lambda: recorded_plm(run),
            sae=run.sae,
            layer=reader.meta["layer"],
            scales=reader.scales,
            **cfg.explorer.sequences,
        )
    structures = instantiate(cfg.explorer.structures)
    return Explorer(
        name=name, reader=reader, encoder=encoder, structures=structures, **cfg.explorer.pages
    )


def _names(runs: list[RunFolder]) -> Iterator[str]:
    """The folders' names, told apart where two are alike."""
    used: set[str] = set()
    for run in runs:
        name = run.path.resolve().name or "run"
        unique, number = name, 2
        while unique in used:
            unique, number = f"{name}-{number}", number + 1
        used.add(unique)
        yield unique


def _can_read_sequences(run: RunFolder, reader: "FeatureReader") -> bool:
    """Whether the folder holds what pasted sequences are read with.

    Raises:
        FingerprintMismatch: if SAE and database do not belong together.
    """
    from interplm.sae.export import read_description

    try:
        trained_on = read_description(run.sae)["trained_on"]
        _ = run.inputs
    except MissingArtifact as missing:
        log.warning("Pasted sequences cannot be read: %s", missing)
        return False
    reader.check_model(plm=trained_on["plm"], layer=trained_on["layer"])
    return True


@job("explore")
def main(cfg: DictConfig) -> None:
    """A run's features in the browser."""
    explore(cfg)


if __name__ == "__main__":
    main()
