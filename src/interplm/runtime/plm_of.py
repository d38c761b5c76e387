"""The PLM that an SAE reads, from what is known of it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from interplm.errors import FingerprintMismatch, UserError
from interplm.runtime.configs import compose
from interplm.runtime.folder import Folder
from interplm.runtime.instantiation import instantiate, instantiate_recorded
from interplm.runtime.options import option_names
from interplm.runtime.run_folder import RunFolder
from interplm.runtime.score_folder import ScoreFolder


def plm_of(trained_on: Mapping[str, Any], given: DictConfig | None, *, sae: str) -> Any:
    """Load the PLM (Any: a ResidueEncoder) whose activations an SAE reads.

    Args:
        trained_on: of the SAE; what it says of plm, weights_sha256 and d_model counts (Any: plain
            values).
        given: the group `plm` of the command line, which goes first; None where it is not given.
        sae: where the SAE is from: an id, or a folder. If that lies in a run or in scores which
            record their PLM, the record goes before the PLM's name.

    Raises:
        UserError: if nothing says which PLM it is.
        BrokenArtifact: if the record names what no PLM is made of.
        FingerprintMismatch: if the PLM has other weights or another width.
    """
    recorded = None if given is not None else _recorded_beside(Path(sae))
    if recorded is None:
        plm = instantiate(plm_config_of(trained_on, given, sae=sae).model).eval()
    else:
        plm = recorded_plm(recorded).eval()
    check_plm(plm, trained_on, sae=sae)
    return plm


def recorded_plm(folder: Folder) -> Any:
    """The PLM of a run or of scores (Any: a PLM), as the folder names it.

    Raises:
        BrokenArtifact: if the folder names anything else, see `instantiate_recorded`.
    """
    model = (folder.inputs.get("plm") or {}).get("model") or {}
    return instantiate_recorded("plm", model, where=str(folder.path / "inputs.yaml"))


def _recorded_beside(path: Path) -> Folder | None:
    """The folder that records the PLM, if its weights are on this machine."""
    for place in (path, path.parent):
        if not (place / "inputs.yaml").is_file():
            continue
        folder = RunFolder(place) if (place / "sae").is_dir() else ScoreFolder(place)
        plm = folder.inputs.get("plm") or {}
        weights = plm.get("weights")
        if plm and (not isinstance(weights, str) or Path(weights).exists()):
            return folder
    return None


def plm_config_of(
    trained_on: Mapping[str, Any], given: DictConfig | None, *, sae: str
) -> DictConfig:
    """The settings of that PLM, as of the group `plm`; see `plm_of`."""
    if given is not None:
        return given
    plm: DictConfig = compose("embed", *plm_words_of(trained_on, sae=sae)).plm
    return plm


def layer_of(trained_on: Mapping[str, Any], given: int | None, *, sae: str) -> int:
    """The layer of the PLM that an SAE reads; arguments as of `plm_of`.

    Raises:
        UserError: if nothing says which it is, or what is given is another one.
    """
    recorded = trained_on.get("layer")
    if given is None and recorded is None:
        raise UserError(
            f"Nothing says which layer of its PLM the SAE of {sae} reads: give layer=<number> (0 "
            "is the embedding)."
        )
    if given is not None and recorded is not None and int(recorded) != given:
        raise UserError(f"The SAE of {sae} reads layer {recorded}, not {given}: leave layer away.")
    return int(str(recorded)) if given is None else given


def check_plm(plm: Any, trained_on: Mapping[str, Any], *, sae: str) -> None:
    """Raise FingerprintMismatch unless a PLM (Any) is the one that an SAE was trained on."""
    for name in ("weights_sha256", "d_model"):
        wanted, found = trained_on.get(name), getattr(plm, name)
        if wanted is not None and wanted != found:
            raise FingerprintMismatch(
                f"{sae} reads {trained_on.get('plm')} with {name}={wanted}, but {plm.name} has "
                f"{name}={found}: choose the matching one with plm=... and plm.weights=..."
            )


def plm_words_of(trained_on: Mapping[str, Any], *, sae: str) -> list[str]:
    """What to type so that a job has the PLM that an SAE was trained on; see `plm_of`."""
    name = str(trained_on.get("plm"))
    control = re.fullmatch(r"(.+)_(untrained|shuffled)(\d+)", name)
    option = control[1] if control else name
    if option not in option_names("plm"):
        raise UserError(
            f"{sae} reads the PLM {name!r}, which is not one of those that are known by name "
            f"({', '.join(option_names('plm'))}): say how to load it with plm=..."
        )
    words = [f"plm={option}"]
    return [*words, f"plm.control={control[2]}", f"plm.seed={control[3]}"] if control else words
