"""SAEs from and to other toolkits: `python -m interplm.convert source=<folder> target=<folder>`."""

from __future__ import annotations

import logging
import shlex
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig

from interplm.errors import MissingArtifact, UserError
from interplm.files.atomic import folder_written_aside
from interplm.files.lock import locked
from interplm.runtime.command import follow_up
from interplm.runtime.job import job

if TYPE_CHECKING:
    from interplm.interchange import Imported

log = logging.getLogger("interplm.convert")

_FORMATS = ("interplm", "sae_lens", "atlas")
_OPTIONS = ("k", "scale", "layer", "input_scale", "normalize_input")


def convert(cfg: DictConfig) -> Path | None:
    """Write an SAE in another format, push it to the hub, or both.

    Returns:
        The folder written, if one was asked for.
    """
    _check(cfg)
    # Heavy imports wait until the command line has been understood: --help answers at once.
    from interplm import interchange

    target = None if cfg.target is None else Path(cfg.target)
    if target is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
        with locked(target.with_name(f"{target.name}.lock"), what=str(target)):
            _check(cfg)  # again: another process may have written it since
            if cfg.format == "atlas":
                _write_atlas(Path(cfg.source), target)
            else:
                _write(interchange.read(cfg.source, **said_of_source(cfg)), target, cfg)
    if cfg.push is not None:
        _push(target or Path(cfg.source), cfg)
    return target


def _push(source: Path, cfg: DictConfig) -> None:
    """A feature pack goes whole where there is one: in the folder, of a run or of its scores."""
    from interplm import interchange
    from interplm.packs.finding import pack_in
    from interplm.packs.pack import FILES, PACK_FILE

    pack = pack_in(source)
    address = interchange.push(
        pack or source,
        cfg.push,
        private=cfg.private,
        license=cfg.license,
        beside=(PACK_FILE, *FILES) if pack else (),
    )
    log.info("Repository: %s", address)
    load = "interplm.load" if pack else "interplm.interchange.load"
    log.info("Next: python -c \"import interplm.interchange; print(%s('%s'))\"", load, cfg.push)


def said_of_source(cfg: DictConfig) -> dict[str, Any]:
    """What the user says of an SAE that its files leave open (Any: plain values)."""
    return {name: cfg[name] for name in _OPTIONS}


def _check(cfg: DictConfig) -> None:
    if cfg.target is None and cfg.push is None:
        raise UserError("Nothing is to be made: give target=<folder>, push=<owner/name> or both.")
    if cfg.format not in _FORMATS:
        raise UserError(f"format must be one of {', '.join(_FORMATS)}, got {cfg.format}.")
    if cfg.push is not None and cfg.format != "interplm":
        raise UserError(
            "push uploads an SAE in InterPLM's format: leave format=interplm, or push=null."
        )
    if cfg.target is not None and Path(cfg.target).exists():
        raise UserError(
            f"{cfg.target} exists, and nothing is overwritten: give another target, or delete it."
        )


def _write(imported: Imported, target: Path, cfg: DictConfig) -> None:
    with folder_written_aside(target) as aside:
        then = _written(imported, aside, target, cfg)
    log.info("From %s: %s", imported.format, cfg.source)
    log.info("SAE: %s", target)
    log.info("Next: %s", then)


def _written(imported: Imported, aside: Path, target: Path, cfg: DictConfig) -> str:
    """The command that is next, with the target's name, once all is written aside."""
    from interplm.interchange import ours, save_sae_lens

    if cfg.format == "interplm":
        if imported.format == ours.NAME:
            raise UserError(
                f"{cfg.source} is in InterPLM's format already: use it as it is, or write "
                "format=sae_lens."
            )
        imported.save(aside)
        return follow_up(cfg, "info", source=target)
    save_sae_lens(imported.sae, aside, trained_on=imported.trained_on)
    read = f"from sae_lens import SAE; print(SAE.load_from_disk({str(target)!r}))"
    return f"python -c {shlex.quote(read)}"


def _write_atlas(source: Path, target: Path) -> None:
    from interplm.features.atlas import write_atlas
    from interplm.features.database.reader import FeatureReader
    from interplm.runtime.score_folder import ScoreFolder

    folders = (source, source / "score")
    database = next((d for d in (ScoreFolder(f).database for f in folders) if d.exists()), None)
    if database is None:
        raise MissingArtifact(
            f"{source} holds no scores, which format=atlas is written from: give a scored run or "
            "a folder of scores."
        )
    with closing(FeatureReader(database)) as reader:
        n = write_atlas(reader, target)
    log.info("Records of %s features with the keys of the ESM Atlas: %s", f"{n:,}", target)


@job("convert")
def main(cfg: DictConfig) -> None:
    """SAEs from and to other toolkits, and to the Hugging Face hub."""
    convert(cfg)


if __name__ == "__main__":
    main()
