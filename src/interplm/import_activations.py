"""One's own activations into the store: `python -m interplm.import_activations path=… layer=3`."""

import logging
from collections.abc import Sequence
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from interplm.errors import UserError
from interplm.runtime.activation_folder import ActivationFolder
from interplm.runtime.command import chosen, follow_up
from interplm.runtime.job import job
from interplm.runtime.plm_record import plm_record

log = logging.getLogger("interplm.import_activations")


def import_activations(cfg: DictConfig) -> Path:
    """Write a store from activations that another program wrote.

    Returns:
        Its folder.
    """
    # Heavy imports wait until the command line has been understood: --help answers at once.
    from interplm import activations

    found = activations.open_activations(Path(cfg.path), layer=cfg.layer, proteins=_proteins(cfg))
    n_residues = sum(length for _, length in found.proteins)
    log.info(
        "%s %s with %s residues of width %d",
        f"{len(found.proteins):,}",
        "proteins" if found.has_borders else "blocks of rows",
        f"{n_residues:,}",
        found.d_model,
    )
    if not found.has_borders:
        log.warning(
            "Nothing says where proteins begin, so validation is by blocks of rows: give "
            "proteins.path=<FASTA in the order of the rows>."
        )
    path = Path(cfg.paths.activations) / cfg.plm.name / f"layer_{cfg.layer}" / cfg.dataset
    folder = ActivationFolder(path)
    settings = {"plm": cfg.plm.name, "layer": cfg.layer, "dataset": cfg.dataset}
    with folder.claimed(settings, fresh=cfg.fresh):
        activations.import_activations(
            found,
            path,
            plm=cfg.plm.name,
            layer=cfg.layer,
            dtype=cfg.dtype,
            proteins_per_shard=cfg.proteins_per_shard,
        )
        folder.record_inputs({"plm": plm_record(cfg.plm), "proteins": None})
    log.info("Activations: %s", path)
    return path


def _proteins(cfg: DictConfig) -> Sequence[tuple[str, int]] | None:
    """Names and lengths from the file of proteins, if one is given."""
    from interplm.proteins import ProteinRecord
    from interplm.runtime.instantiation import instantiate

    if OmegaConf.is_missing(cfg.proteins, "path"):
        return None
    found: list[tuple[str, int]] = []
    for record in instantiate(cfg.proteins.source).read():
        if not isinstance(record, ProteinRecord):
            raise UserError(
                f"{record.accession or 'A record'} (line {record.line} of {cfg.proteins.path}): "
                f"{record.reason}. Give only the proteins that the rows come from, in their order."
            )
        found.append((record.accession, len(record.sequence)))
    return found


@job("import_activations")
def main(cfg: DictConfig) -> None:
    """One's own activations into the store."""
    import_activations(cfg)
    following = follow_up(cfg, "train", *chosen("plm"), layer=cfg.layer, dataset=cfg.dataset)
    log.info("Next: %s", following)


if __name__ == "__main__":
    main()
