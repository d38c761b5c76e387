"""Proteins to PLM activations: `python -m interplm.embed layers=[3] proteins.path=…`."""

import logging
from pathlib import Path

from omegaconf import DictConfig

from interplm.runtime.job import job

log = logging.getLogger("interplm.embed")


def embed(cfg: DictConfig) -> list[Path]:
    """Write the activations of a dataset at `layers`, all in one pass, resuming what is there.

    Returns:
        The folder of each layer's shards.
    """
    # Heavy imports wait until the command line has been understood: --help answers at once.
    from interplm.activations.dataset import embed_dataset
    from interplm.activations.readable import ReadableProteins
    from interplm.proteins import survey
    from interplm.runtime.instantiation import instantiate

    folder = Path(cfg.paths.activations) / cfg.plm.name
    folders = {int(layer): folder / f"layer_{layer}" / cfg.dataset for layer in cfg.layers}
    proteins = instantiate(cfg.proteins.source)
    selection = instantiate(cfg.proteins.selection)
    plm = instantiate(cfg.plm.model)
    plm.check_width(cfg.plm.d_model)
    unknown_residues = cfg.embedding.unknown_residues
    source = ReadableProteins(proteins, plm=plm, unknown_residues=unknown_residues)
    rejected_csv = folder / f"{cfg.dataset}.rejected.csv"
    found = survey(source, selection, rejected_csv=rejected_csv)
    log.info("%s", found.summary())
    if found.n_rejected:
        log.warning("Unusable records and why: %s", rejected_csv)
    embed_dataset(
        plm=plm,
        source=source,
        selection=selection,
        found=found,
        folders=folders,
        proteins_per_shard=cfg.proteins.proteins_per_shard,
        fresh=cfg.fresh,
        **cfg.embedding,
    )
    log.info("Activations: %s", ", ".join(str(folder) for folder in folders.values()))
    log.info(
        "Next: python -m interplm.train plm=%s layer=%d dataset=%s",
        cfg.plm.name,
        min(folders),
        cfg.dataset,
    )
    return list(folders.values())


@job("embed")
def main(cfg: DictConfig) -> None:
    """Proteins to PLM activations."""
    embed(cfg)


if __name__ == "__main__":
    main()
