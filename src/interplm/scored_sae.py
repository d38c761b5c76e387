"""The SAE that is scored: of a finished run, or of anybody, with its activations made if needed."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from interplm.embed import embed
from interplm.errors import UserError
from interplm.runtime.plm_of import layer_of, plm_config_of
from interplm.runtime.plm_record import plm_record
from interplm.runtime.run_folder import RunFolder

if TYPE_CHECKING:
    from interplm.interchange import Imported

log = logging.getLogger("interplm.score")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredSAE:
    """An SAE as an export of ours, and where it is from.

    Attributes:
        export: its folder.
        inputs: the run, if any, and the record of the PLM; plain values, hence Any.
        figures: of its training, by the names of `result.yaml`; empty where nobody knows.
        seed: of its training; None where nobody knows.
    """

    export: Path
    inputs: dict[str, Any]
    figures: dict[str, float]
    seed: int | None = None


@contextmanager
def scored_sae(cfg: DictConfig) -> Iterator[ScoredSAE]:
    """What `run` or `source` names; of the latter, also the activations that are missing are made.

    Raises:
        UserError: if neither or both are given, or nothing says which PLM or layer the SAE reads.
        FingerprintMismatch: if the activations are of other weights than the SAE was trained on.
    """
    given = cfg.get("source")
    if (cfg.run is None) == (given is None):
        raise UserError(
            "Give either run=<folder of a finished run> or sae=<folder, file or id of an SAE>."
        )
    if given is None:
        yield of_run(cfg.run)
        return
    with TemporaryDirectory(prefix="interplm_") as folder:
        yield _of_anybody(cfg, given, Path(folder))


def of_run(path: str) -> ScoredSAE:
    """The SAE of a finished run.

    Raises:
        MissingArtifact: if the run is not finished.
    """
    run = RunFolder(path)
    run.check_finished()
    inputs = {"run": str(run.path.absolute()), "plm": run.inputs["plm"]}
    return ScoredSAE(
        export=run.sae, inputs=inputs, figures=run.result or {}, seed=run.settings.get("seed")
    )


def _of_anybody(cfg: DictConfig, source: str, export: Path) -> ScoredSAE:
    from interplm.activations import ActivationStore
    from interplm.activations.origin import check_trained_on
    from interplm.interchange import read
    from interplm.sae import NormalizedSAE
    from interplm.sae.export import save_sae

    imported = read(source, layer=None, scale="raw")
    known = imported.trained_on
    plm = plm_config_of(known, cfg.get("plm"), sae=source)
    layer = layer_of(known, cfg.layer, sae=source)
    store = ActivationStore(_activations(cfg, plm, layer))
    check_trained_on(known | {"d_model": imported.sae.d_in}, store.fingerprint, sae=Path(source))
    if "weights_sha256" not in known:
        _check_fit(imported, plm, layer)
    trained_on = dict(known) | store.fingerprint.as_dict()
    sae = imported.sae.sae if isinstance(imported.sae, NormalizedSAE) else imported.sae
    save_sae(sae, export, fingerprint=trained_on)
    inputs = {"run": None, "sae": source, "plm": plm_record(plm)}
    return ScoredSAE(export=export, inputs=inputs, figures={})


def _activations(cfg: DictConfig, plm: DictConfig, layer: int) -> Path:
    """The folder of the annotated proteins' activations; what is missing is computed."""
    of_stage = cfg.copy()
    OmegaConf.set_struct(of_stage, False)
    of_stage.plm, of_stage.layers, of_stage.fresh = plm, [layer], False
    [folder] = embed(of_stage)
    return folder


def _check_fit(imported: Imported, plm: DictConfig, layer: int) -> None:
    """Say how well an SAE fits a PLM that nobody has recorded the weights of."""
    from interplm.evaluation import check_pairing
    from interplm.runtime.instantiation import instantiate

    found = check_pairing(
        imported.sae, instantiate(plm.model).eval(), layer, trained_on=imported.trained_on
    )
    say = log.info if found.fits else log.warning
    say("%s", found.sentence)
