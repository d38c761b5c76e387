"""Proteins to PLM activations: `python -m interplm.embed layers=[3] proteins.path=…`."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from interplm.errors import MissingArtifact, UserError
from interplm.runtime.activation_folder import ActivationFolder
from interplm.runtime.command import chosen, follow_up, option_of
from interplm.runtime.fetching import fetch_proteins
from interplm.runtime.job import job
from interplm.runtime.plm_record import plm_record

log = logging.getLogger("interplm.embed")


def embed(cfg: DictConfig, *, group: str = "proteins") -> list[Path]:
    """Write the activations of a dataset at `layers`, all in one pass, resuming what is there.

    Args:
        cfg: of the job.
        group: that `cfg.proteins` comes from.

    Returns:
        The folder of each layer's shards.
    """
    # Heavy imports wait until the command line has been understood: --help answers at once.
    from interplm.activations.dataset import embed_dataset
    from interplm.activations.readable import ReadableProteins
    from interplm.proteins import survey
    from interplm.runtime.instantiation import instantiate

    layers = _layers(cfg)
    _check_made(cfg.proteins)
    folder = Path(cfg.paths.activations) / cfg.plm.name
    folders = {layer: folder / f"layer_{layer}" / cfg.dataset for layer in layers}
    fetch_proteins(cfg.proteins)
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
    with _claimed(cfg, folders, group):
        embed_dataset(
            plm=plm,
            source=source,
            selection=selection,
            found=found,
            folders=folders,
            proteins_per_shard=cfg.proteins.proteins_per_shard,
            **cfg.embedding,
        )
    log.info("Activations: %s", ", ".join(str(folder) for folder in folders.values()))
    return list(folders.values())


def _layers(cfg: DictConfig) -> list[int]:
    """`layers`, of which there may be one without brackets."""
    given = cfg.layers if OmegaConf.is_list(cfg.layers) else [cfg.layers]
    if not all(isinstance(layer, int) and not isinstance(layer, bool) for layer in given):
        raise UserError(f"layers must be numbers, such as layers=[1,3], got {cfg.layers}.")
    return sorted(set(given))


def _check_made(proteins: DictConfig) -> None:
    """Where a script of ours makes the file, say which."""
    made_by = proteins.get("made_by")
    if made_by is not None and not Path(proteins.path).exists():
        raise MissingArtifact(f"{proteins.path} does not exist: `{made_by}` makes it.")


@contextmanager
def _claimed(cfg: DictConfig, folders: Mapping[int, Path], group: str) -> Iterator[None]:
    """Hold the folder of every layer, with what a later job needs to know in it."""
    if cfg.fresh and cfg.embedding.n_jobs > 1:
        raise UserError(
            "fresh=true would delete the shards of the other jobs too: delete them once with "
            "embedding.n_jobs=1, or give the dataset another name (dataset=...)."
        )
    inputs = {
        "plm": plm_record(cfg.plm),
        "proteins": {"option": option_of(group), "path": str(_proteins_path(cfg))},
    }
    with ExitStack() as held:
        for layer, path in folders.items():
            folder = ActivationFolder(path)
            settings = {"plm": cfg.plm.name, "layer": layer, "dataset": cfg.dataset}
            held.enter_context(folder.claimed(settings, fresh=cfg.fresh))
        yield
        # Not before: a command that is refused leaves what is there as it was.
        for path in folders.values():
            ActivationFolder(path).record_inputs(inputs)


def _proteins_path(cfg: DictConfig) -> Path | None:
    path = cfg.proteins.get("path") or cfg.proteins.get("annotations")
    return None if path is None else Path(path).absolute()


@job("embed")
def main(cfg: DictConfig) -> None:
    """Proteins to PLM activations."""
    embed(cfg)
    following = follow_up(
        cfg, "train", *chosen("plm"), layer=min(_layers(cfg)), dataset=cfg.dataset
    )
    log.info("Next: %s", following)


if __name__ == "__main__":
    main()
