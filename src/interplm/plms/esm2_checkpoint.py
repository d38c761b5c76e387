"""ESM-2 checkpoints in the file format of the published ones."""

import argparse
import pickle
import re
import warnings
import zipfile
from pathlib import Path
from typing import Any

import torch

from interplm.errors import BrokenArtifact, UserError
from interplm.files.access import check_readable, telling_access
from interplm.files.atomic import written_aside
from interplm.plms.fair_esm import FairESM2, load_model_and_alphabet_core

# Made by the constructor, so the files need not carry it and fair-esm does not miss it.
_NOT_STORED = re.compile(r"contact_head\.")

# What torch's restricted unpickler raises on bytes that are not a checkpoint.
UNREADABLE = (RuntimeError, EOFError, OSError, LookupError, ValueError, pickle.UnpicklingError)


def read_checkpoint(path: Path) -> FairESM2:
    """Read a fair-esm ESM-2 checkpoint: {"cfg": {"model": Namespace}, "model": state dict}.

    Only tensors and the Namespace of its sizes are unpickled, and no contact-regression file is
    needed, since contacts are not predicted.

    Raises:
        UserError: for a file that is missing, damaged or not of this format.
    """
    if not path.is_file():
        raise UserError(f"ESM-2 weights {path} do not exist: correct plm.weights.")
    check_readable(path)
    try:
        with telling_access(path):
            data = read_torch_file(path)
    except UNREADABLE as error:
        # PyTorch's own words advise to load whatever it is, which may run code.
        raise BrokenArtifact(
            f"{path} is not a readable ESM-2 checkpoint: delete it and download it again."
        ) from error
    try:
        # The constructor draws random weights first; the global generator is put back as it was.
        with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            warnings.filterwarnings("ignore", message="Regression weights not found")
            network, _ = load_model_and_alphabet_core("esm2", data, None)
    except (KeyError, AttributeError, TypeError, RuntimeError) as error:
        raise BrokenArtifact(
            f"{path} is not an ESM-2 checkpoint in fair-esm's format ({_first_line(error)}): "
            "point plm.weights at a file such as esm2_t6_8M_UR50D.pt."
        ) from error
    return network


def read_torch_file(path: Path) -> Any:  # Any: what the file holds
    """Tensors, plain values and a Namespace of sizes; torch refuses anything else."""
    # Mapping halves the memory; files from before torch 1.6 are not archives and cannot be.
    mmap = zipfile.is_zipfile(path)
    with torch.serialization.safe_globals([argparse.Namespace]):
        return torch.load(path, map_location="cpu", weights_only=True, mmap=mmap)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def write_checkpoint(network: FairESM2, path: Path, *, dtype: torch.dtype) -> None:
    """Write a network as {"cfg": {"model": Namespace}, "model": state dict}, whole or not at all.

    Args:
        network: any ESM-2.
        path: the new file.
        dtype: of the stored parameters; reading gives float32 back. Buffers (the rotary
            frequencies) keep float32, since rounding them would shift every position.
    """
    sizes = argparse.Namespace(
        arch="esm2",
        encoder_layers=network.num_layers,
        encoder_embed_dim=network.embed_dim,
        encoder_attention_heads=network.attention_heads,
        token_dropout=network.token_dropout,
    )
    buffers = {name for name, _ in network.named_buffers()}
    state = {
        _stored_name(name): tensor.detach().cpu().to(torch.float32 if name in buffers else dtype)
        for name, tensor in network.state_dict().items()
        if not _NOT_STORED.match(name)
    }
    with written_aside(path) as partial:
        torch.save({"cfg": {"model": sizes}, "model": state}, partial)


def _stored_name(name: str) -> str:
    prefix = "encoder." if name.startswith("lm_head") else "encoder.sentence_encoder."
    return prefix + name
