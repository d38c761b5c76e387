"""Downloading what a job needs and lacks, where its yaml says from where."""

import logging
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from interplm.runtime.instantiation import instantiate

log = logging.getLogger(__name__)


def fetch_proteins(proteins: DictConfig) -> None:
    """Download the file of a `proteins` option that is not here, if it has a `download`.

    Raises:
        DownloadFailed: if it cannot be had.
        MissingArtifact: if nothing may be fetched.
    """
    source = proteins.get("download")
    # Another path was given by hand: that file is the user's.
    if source is not None and str(proteins.path) == str(source.path):
        _fetch(source)


def fetch_all(cfg: DictConfig) -> None:
    """Download what an experiment lists under `downloads`; raises as `fetch_proteins`."""
    for source in (cfg.get("downloads") or {}).values():
        _fetch(source)


def _fetch(source: DictConfig) -> None:
    OmegaConf.resolve(source)
    if source.path is None or not Path(source.path).exists():
        log.info("Fetching %s", source.path or source.url)
        instantiate(source).get()
