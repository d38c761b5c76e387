"""Named features in proteins: `python -m interplm.annotate proteins.path=… pack=…`."""

from __future__ import annotations

import logging
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from interplm.errors import UserError
from interplm.features.evidence import known_strengths
from interplm.files.lock import locked
from interplm.runtime.job import job

if TYPE_CHECKING:
    from interplm.activations.extraction import ActivationExtractor
    from interplm.packs import FeaturePack
    from interplm.plms import ResidueEncoder

log = logging.getLogger("interplm.annotate")


def annotate(cfg: DictConfig) -> Path:
    """Write where the labelled features of a pack fire in proteins, going on where it stopped.

    Returns:
        The file.
    """
    output = Path(cfg.output)
    kind, strengths = _format(output), known_strengths(cfg.strengths)
    if output.exists() and not cfg.fresh:
        raise UserError(
            f"{output} is there already: fresh=true makes it anew, output=... writes another file."
        )
    # Heavy imports wait until the command line has been understood: --help answers at once.
    from tqdm import tqdm

    from interplm.activations.readable import ReadableProteins
    from interplm.packs import load_pack
    from interplm.packs.annotation import Annotator
    from interplm.packs.finding import find_pack
    from interplm.packs.formats import FORMATS
    from interplm.packs.output import GrowingFile, annotate_all
    from interplm.packs.pack import pack_sha256
    from interplm.proteins import select, survey
    from interplm.runtime.instantiation import instantiate
    from interplm.runtime.plm_of import plm_of

    folder = find_pack(cfg.pack)
    pack = load_pack(folder)
    plm = plm_of(pack.trained_on, cfg.get("plm"), sae=str(folder))
    source = ReadableProteins(
        instantiate(cfg.proteins.source), plm=plm, unknown_residues=cfg.embedding.unknown_residues
    )
    selection = instantiate(cfg.proteins.selection)
    extractor = _extractor(cfg, pack, plm)
    annotator = Annotator(
        sae=pack.sae,
        labels=pack.labels.values(),
        layer=pack.layer,
        extractor=extractor,
        strengths=strengths,
    )
    output.parent.mkdir(parents=True, exist_ok=True)
    with locked(output.with_name(f"{output.name}.lock"), what=str(output)):
        rejected = output.with_name(f"{output.name}.rejected.csv")
        found = survey(source, selection, rejected_csv=rejected)
        log.info("%s\n%d labels of %s", found.summary(), len(annotator.labels), folder)
        head, lines = FORMATS[kind]
        made_from = {
            "pack": pack_sha256(folder),
            "proteins": source.sha256(),
            "selection": str(selection),
            "strengths": strengths,
        }
        if cfg.fresh:
            GrowingFile.discard(output)
        with tqdm(total=found.n_residues, unit="residue", unit_scale=True, desc=plm.name) as bar:
            annotate_all(
                annotator,
                select(source, selection, found),
                GrowingFile(output, made_from=made_from, head=head()),
                lines=lines,
                n_together=cfg.n_together,
                bar=bar,
            )
    log.info("Annotations: %s", output)
    return output


def _format(output: Path) -> str:
    from interplm.packs.formats import FORMATS

    kind = output.suffix.removeprefix(".")
    if kind not in FORMATS:
        raise UserError(
            f"output={output} must end in one of {', '.join(f'.{name}' for name in FORMATS)}, "
            "which says what is written."
        )
    return kind


def _extractor(cfg: DictConfig, pack: FeaturePack, plm: ResidueEncoder) -> ActivationExtractor:
    from interplm.activations.embedding_settings import EmbeddingSettings
    from interplm.plms.device import choose_device

    device = choose_device(cfg.embedding.device, setting="embedding.device")
    pack.sae.to(device)
    names = [field.name for field in fields(EmbeddingSettings)]
    settings = EmbeddingSettings(**{name: cfg.embedding[name] for name in names})
    return settings.extractor(plm.to(device), [pack.layer])


@job("annotate")
def main(cfg: DictConfig) -> None:
    """Named features in proteins."""
    annotate(cfg)


if __name__ == "__main__":
    main()
