"""AntiBERTy (Ruffolo et al. 2021), a BERT of antibodies whose weights lie in a wheel on PyPI."""

from importlib import metadata
from pathlib import Path
from typing import Any

from interplm.errors import UserError
from interplm.plms.huggingface.loading import load_huggingface
from interplm.plms.huggingface.source import model_folder
from interplm.plms.masked import TokenEncoder

_WEIGHTS = "antiberty/trained_models/AntiBERTy_md_smooth/pytorch_model.bin"
_SHA256 = "f1ae33eac8cc8784a7d4be5a600141d2fa7bc7d8d5b3f5324d64a6a63bd0f137"
# Where version 1.0.0 of the package, which holds no weights, downloads them from.
_HUB = "jeffruffolo/AntiBERTy"
_REVISION = "d582006e0c7dc6917d26fa60740a357e8df7b466"


def load_antiberty(*, source: str | None, control: Any, **settings: Any) -> TokenEncoder:
    """Load AntiBERTy; none of the package's code is imported.

    Args:
        source: folder of the model; None takes the files of the installed package antiberty 0.1.3
            (`pip install interplm[antibodies]`), checked by their SHA-256, or else the hub's.
        control: see load_huggingface.
        **settings: see load_huggingface.

    Raises:
        UserError, MissingArtifact, BrokenArtifact: see load_huggingface.
    """
    wheel = _wheel_folder() if source is None else None
    if wheel is not None:
        folder, sha256 = wheel, _SHA256
    else:
        folder = _folder(source, with_weights=control != "untrained")
        sha256 = None
    return load_huggingface(
        source=str(folder), revision=None, vocabulary=_vocabulary(folder), sha256=sha256,
        control=control, **settings,
    )  # fmt: skip


def _folder(source: str | None, *, with_weights: bool) -> Path:
    if source is not None:
        return model_folder(source, revision=None, with_weights=with_weights)
    try:
        return model_folder(_HUB, revision=_REVISION, with_weights=with_weights)
    except UserError as error:
        raise UserError(
            "AntiBERTy's package is not installed: `pip install 'interplm[antibodies]'` brings its "
            f"weights. The hub was asked instead. {error}"
        ) from error


def _wheel_folder() -> Path | None:
    """Of the weights that an installed wheel holds, found without importing it."""
    try:
        files = metadata.distribution("antiberty").files or []
    except metadata.PackageNotFoundError:
        return None
    found = [Path(str(file.locate())) for file in files if file.as_posix() == _WEIGHTS]
    return found[0].parent if found and found[0].is_file() else None


def _vocabulary(folder: Path) -> Path:
    """Beside the weights on the hub, one folder up in the wheel."""
    beside = folder / "vocab.txt"
    return beside if beside.is_file() else folder.parent / "vocab.txt"
