"""A run's features in the browser: `python -m interplm.explore run=<dir>`."""

import logging
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from interplm.errors import MissingArtifact
from interplm.runtime.job import job
from interplm.runtime.measured import recorded_plm
from interplm.runtime.run_folder import RunFolder

if TYPE_CHECKING:
    from interplm.features.database.reader import FeatureReader

log = logging.getLogger("interplm.explore")


def explore(cfg: DictConfig) -> None:
    """Serve the feature database of a run until interrupted."""
    # Heavy imports wait until the command line has been understood and the database opened:
    # --help and refusals come at once.
    from interplm.features.database.reader import FeatureReader
    from interplm.runtime.instantiation import instantiate

    run = RunFolder(cfg.run)
    reader = FeatureReader(cfg.database, **cfg.explorer.reader)
    can_read = _can_read_sequences(run, reader)

    from interplm.explorer import Explorer, SequenceEncoder, build_app, serve

    encoder = None
    if can_read:
        encoder = SequenceEncoder(
            load_plm=lambda: recorded_plm(run),
            sae=run.sae,
            layer=reader.meta["layer"],
            scales=reader.scales,
            max_residues=cfg.explorer.max_residues,
        )
    explorer = Explorer(
        reader=reader,
        encoder=encoder,
        structures=instantiate(cfg.explorer.structures),
        **cfg.explorer.pages,
    )
    app = build_app(explorer)
    address = serve(app, **cfg.explorer.server)
    log.info("Explorer of %s: open %s in a browser; Ctrl-C stops it.", run.path, address)
    app.block_thread()


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
