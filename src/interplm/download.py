"""Public proteins, annotations and weights: `python -m interplm.download resource=swissprot`."""

from __future__ import annotations

import logging
from pathlib import Path

from omegaconf import DictConfig

from interplm.runtime.command import follow_up
from interplm.runtime.job import job

log = logging.getLogger("interplm.download")


def download(cfg: DictConfig) -> Path:
    """Fetch a source, or find what was fetched before; say where it is and what uses it.

    Returns:
        The file.
    """
    from interplm.runtime.instantiation import instantiate

    source = instantiate(cfg.resource)
    is_here = source.is_here()
    path: Path = source.get(fresh=cfg.fresh)
    if is_here and not cfg.fresh:
        log.info("Here already, nothing was fetched; fresh=true fetches it anew.")
    log.info("%s: %s, from %s", path, source.contents(), source.request()["url"])
    following = source.next_command()
    if following is not None:
        name, settings = following
        log.info("Next: %s", follow_up(cfg, name, **settings))
    return path


@job("download")
def main(cfg: DictConfig) -> None:
    """Public proteins, annotations and weights, each fetched once."""
    download(cfg)


if __name__ == "__main__":
    main()
