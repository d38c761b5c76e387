"""Proteins to PLM activations: `python -m interplm.embed plm=esm2_8m layers=[3] proteins.path=…`."""

import logging
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from interplm.runtime.job import job

if TYPE_CHECKING:
    from interplm.activations import Fingerprint
    from interplm.plms.base import ProteinLanguageModel
    from interplm.proteins import ProteinSource, Selection

log = logging.getLogger("interplm.embed")


def embed(cfg: DictConfig) -> None:
    """Write the activations of a dataset at `layers`, all in one pass, resuming what is there."""
    # Heavy imports wait until the command line has been understood: --help answers at once.
    from pathlib import Path

    from interplm.activations.dataset import DatasetWriter, check_disk_space
    from interplm.activations.progress import ResidueProgress
    from interplm.plms.device import choose_device
    from interplm.proteins import job_shards, n_shards, select, survey
    from interplm.runtime.instantiation import instantiate

    source: ProteinSource = instantiate(cfg.proteins.source)
    selection: Selection = instantiate(cfg.proteins.selection)
    folder = Path(cfg.paths.activations) / cfg.plm.name
    found = survey(source, selection, rejected_csv=folder / f"{cfg.dataset}.rejected.csv")
    log.info(found.summary())
    plm: ProteinLanguageModel = instantiate(cfg.plm.model).to(choose_device(cfg.embedding.device))
    layers = list(cfg.layers)
    extractor = _extractor(cfg, plm, layers)
    writer = DatasetWriter(
        extractor=extractor,
        folders={layer: folder / f"layer_{layer}" / cfg.dataset for layer in layers},
        fingerprint=_fingerprint(cfg, plm, source, selection),
        n_shards=n_shards(found.n_selected, cfg.proteins.proteins_per_shard),
    )
