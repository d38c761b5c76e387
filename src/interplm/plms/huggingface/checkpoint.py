"""Networks of transformers from a folder: never code, and nothing pickled but tensors."""

import hashlib
import json
import pickle
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from interplm.errors import BrokenArtifact, UserError
from interplm.files.access import telling_access
from interplm.files.checksum import sha256_of
from interplm.plms.huggingface.source import CONFIG_FILE, weight_files

# Parts that no state and no prediction of a residue depends on.
_UNUSED = re.compile(r"pooler|contact_head|position_ids|inv_freq|embed_positions")
# What transformers and the readers of weights raise on files that do not fit.
_UNREADABLE = (
    OSError, ValueError, RuntimeError, KeyError, TypeError, ImportError, AttributeError,
    pickle.UnpicklingError,
)  # fmt: skip

_DTYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}

# Any: transformers is an extra, so its classes cannot stand in annotations.
Config = Any


def dtype_of(name: str) -> torch.dtype:
    """A dtype of weights by its name.

    Raises:
        UserError: for another.
    """
    if name not in _DTYPES:
        raise UserError(f"plm.dtype must be one of {', '.join(_DTYPES)}, got {name!r}.")
    return _DTYPES[name]


def native(name: str) -> Any:  # Any: as above
    """A class of transformers by its name."""
    return getattr(_transformers(), name)


def is_known(model_type: str | None) -> bool:
    """Whether transformers has the code of such models itself."""
    return isinstance(model_type, str) and model_type in _transformers().CONFIG_MAPPING


def read_config(folder: Path, *, attention: str) -> Config:
    """The config of a model that transformers knows by itself.

    Args:
        folder: of the model.
        attention: implementation: sdpa, or eager, which is taken too where a type lacks the first.

    Raises:
        UserError: for another implementation, or a model that brings its own code.
        BrokenArtifact: if the file is damaged.
    """
    if attention not in ("sdpa", "eager"):
        raise UserError(f"plm.attention must be sdpa or eager, got {attention!r}.")
    with plain_errors(folder):
        described = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
        model_type = described.get("model_type")
    if not is_known(model_type):
        raise UserError(
            f"{folder} holds a model of type {model_type!r}, which transformers "
            f"{_transformers().__version__} does not know by itself: code from a repository is "
            "never run, so give a model of a known type, or install a newer transformers."
        )
    with plain_errors(folder):
        config = _transformers().AutoConfig.from_pretrained(
            folder, trust_remote_code=False, local_files_only=True
        )
    config._attn_implementation = attention if _can_attend(config, attention) else "eager"
    config.use_cache = False
    return config


def untrained_network(config: Config, *, dtype: torch.dtype) -> nn.Module:
    """A network of that config, initialised by the global generator."""
    network: nn.Module = _auto_class(config).from_config(
        config, dtype=dtype, trust_remote_code=False
    )
    return network


def read_network(folder: Path, config: Config, *, dtype: torch.dtype) -> nn.Module:
    """The network with its weights; without its head where the file lacks that.

    Raises:
        BrokenArtifact: if the weights are damaged or not those of the config.
    """
    weight_files(folder)
    with plain_errors(folder):
        network, report = _auto_class(config).from_pretrained(
            folder, config=config, dtype=dtype, output_loading_info=True,
            trust_remote_code=False, local_files_only=True, weights_only=True,
        )  # fmt: skip
    missing = {key for key in report["missing_keys"] if not _UNUSED.search(key)}
    if not missing:
        return network
    prefix = f"{network.base_model_prefix}."
    in_encoder = sorted(key for key in missing if key.startswith(prefix))
    if network.base_model is network or in_encoder:
        raise BrokenArtifact(
            f"The weights of {folder} lack {len(missing)} tensors of its config, such as "
            f"{(in_encoder or sorted(missing))[0]}: download the model whole."
        )
    return network.base_model


def read_tensors(folder: Path) -> dict[str, Tensor]:
    """All tensors of the weights by their names."""
    tensors: dict[str, Tensor] = {}
    for path in weight_files(folder):
        if path.suffix == ".safetensors":
            tensors |= load_file(path)
        else:
            tensors |= torch.load(path, map_location="cpu", weights_only=True)
    return tensors


def weights_sha256(folder: Path) -> str:
    """Of the file of the weights; of several files, of their hashes in the order of their names."""
    hashes = [sha256_of(path) for path in weight_files(folder)]
    if len(hashes) == 1:
        return hashes[0]
    return hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def _auto_class(config: Config) -> Any:  # Any: as above
    """With the head of a masked language model where the type has one; of T5 the encoder alone."""
    transformers = _transformers()
    if type(config) in transformers.MODEL_FOR_MASKED_LM_MAPPING and not config.is_encoder_decoder:
        return transformers.AutoModelForMaskedLM
    if type(config) in transformers.MODEL_FOR_TEXT_ENCODING_MAPPING:
        return transformers.AutoModelForTextEncoding
    return transformers.AutoModel


def _can_attend(config: Config, attention: str) -> bool:
    """Whether the version of transformers has that for the type: T5 was without sdpa for long."""
    network = _auto_class(config)._model_mapping[type(config)]
    return attention != "sdpa" or getattr(network, "_supports_sdpa", True)


def _transformers() -> Any:  # Any: as above
    try:
        import transformers
    except ImportError as error:
        raise UserError(
            "Models of Hugging Face need the package transformers: install the extra with "
            "`pip install interplm[huggingface]`."
        ) from error
    return transformers


@contextmanager
def plain_errors(folder: Path) -> Iterator[None]:
    """What the readers of files raise, as one sentence."""
    verbosity = _transformers().logging.get_verbosity()
    _transformers().logging.set_verbosity_error()
    try:
        with telling_access(folder):
            yield
    except (*_UNREADABLE, SafetensorError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].split(". ")[0]
        raise BrokenArtifact(
            f"{folder} could not be read as a model of Hugging Face ({reason.rstrip('.')}): "
            "download it again, whole, or install the version of transformers that it needs."
        ) from error
    finally:
        _transformers().logging.set_verbosity(verbosity)
