"""What something is and how to feed it: `python -m interplm.info source=<folder, file or id>`."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig

from interplm.convert import said_of_source
from interplm.runtime.activation_folder import ActivationFolder
from interplm.runtime.command import follow_up, setting
from interplm.runtime.job import job
from interplm.runtime.plm_record import plm_words

if TYPE_CHECKING:
    from interplm.interchange import Imported
    from interplm.sae import SparseAutoencoder

log = logging.getLogger("interplm.info")

# What is said, in order; empty values are left out.
Facts = dict[str, str]
# Of a run, on validation residues.
_RESULTS = ("explained_variance", "l0", "dead_percent", "dense_percent", "fidelity/loss_recovered")
# Rows of activations of which norms are measured.
_N_ROWS = 65_536


def info(cfg: DictConfig) -> Facts:
    """What a source is, as names and values; they are logged, with the next command."""
    folder = Path(cfg.source)
    describe = next((say for is_such, say in _KINDS if is_such(folder)), _sae)
    facts, following = describe(cfg)
    shown = {name: value for name, value in facts.items() if value}
    width = max(map(len, shown))
    log.info("%s", "\n".join(f"{name:<{width}}  {value}" for name, value in shown.items()))
    log.info("Next: %s", following)
    return shown


def _is_run(folder: Path) -> bool:
    return (folder / "sae").is_dir() and (folder / "config.yaml").is_file()


def _is_scores(folder: Path) -> bool:
    return (folder / "features.duckdb").is_file()


def _is_pack(folder: Path) -> bool:
    return (folder / "pack.yaml").is_file()


def _is_store(folder: Path) -> bool:
    return any(folder.glob("shard_*.h5"))


def _run(cfg: DictConfig) -> tuple[Facts, str]:
    from interplm.runtime.run_folder import RunFolder

    run = RunFolder(cfg.source)
    run.check_finished()
    figures = run.result or {}
    facts, _ = _sae(cfg)
    results = ", ".join(f"{name} {figures[name]:.4g}" for name in _RESULTS if name in figures)
    facts = {"What": f"a finished training run of {facts.pop('What')}", **facts, "Results": results}
    return facts, follow_up(cfg, "evaluate", run=cfg.source)


def _scores(cfg: DictConfig) -> tuple[Facts, str]:
    from interplm.runtime.score_folder import ScoreFolder

    scores = ScoreFolder(cfg.source)
    figures = scores.result or {}
    facts = {
        "What": "scores of an SAE's features against annotated concepts",
        "State": f"finished, {len(figures)} figures in result.yaml"
        if figures
        else "not finished: the command that began them goes on with them",
        "Report": str(scores.report),
    }
    return facts, follow_up(cfg, "explore", scores=scores.path)


def _pack(cfg: DictConfig) -> tuple[Facts, str]:
    from interplm.packs.pack import read_pack_description

    about = read_pack_description(Path(cfg.source))
    labels = f"{about['n_labels']} of {about['n_features']} features have a label"
    facts, following = _sae(cfg)
    return {"What": f"a feature pack: {labels}", **_without(facts, "What")}, following


def _store(cfg: DictConfig) -> tuple[Facts, str]:
    import numpy as np

    from interplm.activations import ActivationStore

    store = ActivationStore(Path(cfg.source))
    made, moments = store.fingerprint, store.statistics
    norms, n_rows = [], 0
    for _, rows in store.proteins():
        norms.append(np.linalg.norm(rows.astype(np.float32), axis=1))
        n_rows += len(rows)
        if n_rows >= _N_ROWS:
            break
    root = float(np.sqrt((moments.variance + moments.mean**2).sum()))
    mean = float(np.concatenate(norms).mean())
    facts = {
        "What": f"activations of {store.n_proteins:,} proteins, {store.n_residues:,} residues",
        "Made by": f"{made.plm}, layer {made.layer}, width {made.d_model}; residues only",
        "Stored as": made.dtype,
        "Mean to width": f"γ = ‖μ‖/‖σ‖ = {moments.gamma:.2f}",
        "Input scale": f"{root:.6g} is the root of their mean squared norm (for SAEs trained on "
        f"unit norms), {mean / np.sqrt(made.d_model):.6g} their mean norm over √d (SAELens's "
        "expected_average_only_in)",
    }
    plm = ActivationFolder(cfg.source).inputs.get("plm")
    words = plm_words(plm) if plm else [setting("plm", made.plm)]
    dataset = Path(cfg.source).name
    return facts, follow_up(cfg, "train", *words, layer=made.layer, dataset=dataset)


def _sae(cfg: DictConfig) -> tuple[Facts, str]:
    from interplm import interchange

    imported = interchange.read(cfg.source, **said_of_source(cfg))
    facts = _of_sae(imported)
    if cfg.plm is None:
        return facts, _after_sae(cfg, imported)
    fits = _pairing(cfg, imported)
    return facts | fits, _after_sae(cfg, imported)


def _of_sae(imported: Imported) -> Facts:
    from interplm.interchange import ours
    from interplm.sae import NormalizedSAE

    known, outer = imported.trained_on, imported.sae
    tokens = known.get("special_tokens", "left out" if imported.format == ours.NAME else "")
    sae = outer.sae if isinstance(outer, NormalizedSAE) else outer
    shown = ", ".join(f"{k}={v}" for k, v in _selecting(sae).items())
    return {
        "What": f"an SAE of {imported.format}",
        "Architecture": f"{sae.architecture}{shown and f' ({shown})'}, {sae.d_sae:,} features of "
        f"activations of width {sae.d_in:,}",
        "Reads": _state_in_words(known),
        "Input": sae.input_transform.in_words(),
        "Features": "fractions of their maxima, which are kept beside the weights"
        if isinstance(outer, NormalizedSAE)
        else "as the weights give them",
        "Special tokens": f"{tokens} in training" * bool(tokens),
        "Known from": str(known.get("known_from", "its own export")),
        "Note": str(known.get("note", "")),
    }


def _selecting(sae: SparseAutoencoder) -> dict[str, Any]:
    """The settings that decide what fires."""
    names = ("k", "activation", "group_fractions", "d_out")
    return {n: v for n, v in sae.settings().items() if n in names and v is not None}


def _state_in_words(known: dict[str, Any]) -> str:
    plm = known.get("plm", "a PLM that nobody names")
    if "reads" in known:
        return f"{known['reads']}, of {plm}"
    if "layer" not in known:
        return f"a layer that nobody names, of {plm}: plm=<its name> plm_layer=<number> tries one"
    return f"layer {known['layer']} of {plm} (0 is the embedding, the last behind the final norm)"


def _pairing(cfg: DictConfig, imported: Imported) -> Facts:
    """The verdict of a measurement on bundled proteins."""
    from interplm.evaluation import check_pairing
    from interplm.plms.device import choose_device
    from interplm.runtime.instantiation import instantiate

    device = choose_device(cfg.device, setting="device")
    plm = instantiate(cfg.plm.model).to(device)
    layer = cfg.plm_layer if cfg.plm_layer is not None else imported.trained_on.get("layer")
    # Where nobody knows the layer, any will do: the one that fits is named.
    layer = plm.n_layers if layer is None else int(layer)
    plm.check_layers([layer])
    sae = imported.sae.to(device)
    return {"Fit": check_pairing(sae, plm, layer, trained_on=imported.trained_on).sentence}


def _after_sae(cfg: DictConfig, imported: Imported) -> str:
    """Towards an export of ours that is known to fit its PLM."""
    from interplm.interchange import ours
    from interplm.interchange.imported import export_in
    from interplm.runtime.configs import config_folder

    said = {name: value for name, value in said_of_source(cfg).items() if value is not None}
    if cfg.scale == "default":
        del said["scale"]
    if imported.format != ours.NAME:
        target = Path(cfg.paths.data) / "saes" / Path(str(cfg.source)).stem
        return follow_up(cfg, "convert", source=cfg.source, target=target, **said)
    plm, layer = imported.trained_on.get("plm"), imported.trained_on.get("layer")
    is_ours = (config_folder() / "plm" / f"{plm}.yaml").is_file()
    if not is_ours or layer is None:
        return follow_up(cfg, "info", "--help")
    if cfg.plm is None:
        return follow_up(cfg, "info", source=cfg.source, plm=plm, **said)
    folder = Path(cfg.paths.activations) / str(plm) / f"layer_{layer}" / "demo"
    embed = follow_up(cfg, "embed", plm=plm, layers=[layer], proteins="demo")
    export = export_in(Path(cfg.source))
    return f"{embed} && {follow_up(cfg, 'evaluate', export=export, activations=folder)}"


def _without(facts: Facts, name: str) -> Facts:
    return {key: value for key, value in facts.items() if key != name}


_KINDS = ((_is_pack, _pack), (_is_scores, _scores), (_is_store, _store), (_is_run, _run))


@job("info")
def main(cfg: DictConfig) -> None:
    """What an SAE, run, feature pack or folder of activations is, and how it is to be fed."""
    info(cfg)


if __name__ == "__main__":
    main()
