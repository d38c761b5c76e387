"""Every file of ours with flipped bits, zeroed blocks and cut ends: noticed, or read as it was."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from tests.damage import damaged_copies
from tests.faults.injected import Outcome
from torch import Tensor

from interplm.activations.store import ActivationStore
from interplm.errors import BrokenArtifact, FingerprintMismatch, MissingArtifact, UserError
from interplm.features.database.reader import FeatureReader
from interplm.features.database.schema import TABLES
from interplm.packs import load_pack
from interplm.runtime.run_folder import RunFolder
from interplm.sae import load_sae
from interplm.sae.export import read_description
from interplm.sae.normalized import load_maxima
from interplm.training.checkpoints import CheckedCheckpointIO

Read = Callable[[], object]
# Whoever is told one of these has been told what is wrong.
_NOTICED = (BrokenArtifact, MissingArtifact, FingerprintMismatch)


def damaged(data: Path, *, n_flips: int, n_zeroed: int, n_cuts: int) -> Iterator[Outcome]:
    """One outcome for each file that the jobs left and that is read again.

    Args:
        data: folder that the jobs of `workspace.JOBS` worked in.
        n_flips: copies with one flipped bit.
        n_zeroed: copies with a zeroed block.
        n_cuts: copies that end early.
    """
    for path, read in _files(data):
        if not path.exists():
            continue
        outcome = Outcome("damage", path.name)
        whole = _plain(read())
        for how in damaged_copies(path, n_flips=n_flips, n_zeroed=n_zeroed, n_cuts=n_cuts):
            outcome.tried += 1
            try:
                same = _plain(read()) == whole
            except _NOTICED:
                continue
            except UserError as error:
                outcome.findings.append(f"{how}: not called damage: {error}")
                continue
            except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
                outcome.findings.append(f"{how}: {type(error).__name__}: {error}"[:300])
                continue
            outcome.unhurt += same
            if not same:
                outcome.findings.append(f"{how}: read as something else")
        yield outcome


def _files(data: Path) -> Iterator[tuple[Path, Read]]:
    run = data / "runs" / "one"
    shard = sorted(data.rglob("shard_00000.h5"))[0]
    yield shard, lambda: _activations(shard.parent)
    yield (
        run / "checkpoints" / "last.ckpt",
        lambda: CheckedCheckpointIO().load_checkpoint(
            run / "checkpoints" / "last.ckpt", weights_only=True
        ),
    )
    for name in ("sae.safetensors", "sae.yaml"):
        yield (
            run / "sae" / name,
            lambda: (read_description(run / "sae"), load_sae(run / "sae").state_dict()),
        )
    yield run / "sae" / "maxima.safetensors", lambda: load_maxima(run / "sae")
    yield run / "config.yaml", lambda: RunFolder(run).settings
    yield run / "inputs.yaml", lambda: RunFolder(run).inputs
    yield run / "result.yaml", lambda: RunFolder(run).result
    yield run / "score" / "features.duckdb", lambda: _database(run / "score" / "features.duckdb")
    for path in sorted((run / "score" / "pack").glob("*")):
        yield path, lambda: _pack(run / "score" / "pack")


def _activations(folder: Path) -> object:
    store = ActivationStore(folder)
    return store.fingerprint, store.accessions(), store.lengths(), list(store.proteins())


def _database(path: Path) -> object:
    reader = FeatureReader(path)
    try:
        return [reader._all(f"SELECT * FROM {name} ORDER BY ALL") for name in TABLES]
    finally:
        reader.close()


def _pack(folder: Path) -> object:
    pack = load_pack(folder)
    return pack.sae.state_dict(), pack.labels, pack.logos, pack.trained_on, pack.about


def _plain(value: object) -> object:
    """Something that can be compared, whatever arrays are in it."""
    if isinstance(value, Tensor):
        return str(value.dtype), list(value.shape), value.contiguous().view(-1).numpy().tobytes()
    if isinstance(value, np.ndarray):
        return str(value.dtype), value.shape, value.tobytes()
    if isinstance(value, Mapping):
        return [(repr(key), _plain(inner)) for key, inner in value.items()]
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_plain(inner) for inner in value]
    return repr(value)
