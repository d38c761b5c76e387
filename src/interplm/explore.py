"""A run's features in the browser: `python -m interplm.explore run=<dir>`."""

import logging
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from interplm.errors import MissingArtifact
from interplm.runtime.job import job
from interplm.runtime.run_folder import RunFolder

if TYPE_CHECKING:
    from interplm.explorer import SequenceEncoder
    from interplm.features.reader import FeatureReader

log = logging.getLogger("interplm.explore")


def explore(cfg: DictConfig) -> None:
    """Serve the feature database of a run until interrupted."""
    # Heavy imports wait until the command line has been understood: --help answers at once.
    from interplm.explorer import Explorer, build_app, serve
    from interplm.features.reader import FeatureReader
    from interplm.runtime.instantiation import instantiate

    run = RunFolder(cfg.run)
    reader = FeatureReader(cfg.database, **cfg.explorer.reader)
    explorer = Explorer(
        reader=reader,
        encoder=_encoder(run, reader, cfg.explorer.max_residues),
        structures=instantiate(cfg.explorer.structures),
        **cfg.explorer.pages,
    )
    server = cfg.explorer.server
    log.info(
        "Explorer of %s: open http://%s:%s%s, stop with Ctrl-C",
        run.path, server.host, server.port, server.root_path or "",
    )  # fmt: skip
    serve(build_app(explorer), **server)


def _encoder(
    run: RunFolder, reader: "FeatureReader", max_residues: int
) -> "SequenceEncoder | None":
    """What reads pasted sequences; None, and a message, where the run folder has no models."""
    from interplm.explorer import SequenceEncoder
    from interplm.runtime.instantiation import instantiate
    from interplm.sae.export import read_description

    try:
        plm = run.inputs["plm"]["model"]
        trained_on = read_description(run.sae)["trained_on"]
    except MissingArtifact as missing:
        log.warning("Pasted sequences cannot be read: %s", missing)
        return None
    reader.check_model(plm=trained_on["plm"], layer=trained_on["layer"])
    return SequenceEncoder(
        load_plm=lambda: instantiate(plm),
        sae=run.sae,
        layer=trained_on["layer"],
        scales=reader.scales,
        max_residues=max_residues,
    )


@job("explore")
def main(cfg: DictConfig) -> None:
    """A run's features in the browser."""
    explore(cfg)


if __name__ == "__main__":
    main()
