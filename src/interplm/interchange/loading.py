"""One entry for all formats: a folder, a file or a Hugging Face repository, recognised."""

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import get_args

from interplm.errors import (
    UNEXPECTED,
    BrokenArtifact,
    MissingArtifact,
    UserError,
    tells_of_memory,
)
from interplm.interchange import (
    bionemo,
    dictionary_learning,
    esmc,
    interprot,
    one_layer,
    original,
    ours,
    protomech,
    sae_lens,
    sparsify,
)  # fmt: skip
from interplm.interchange.hub import download
from interplm.interchange.imported import Imported
from interplm.interchange.layout import Layout
from interplm.interchange.source import Options, Scale, Source
from interplm.sae import AffineTransform, NormalizedSAE, SparseAutoencoder

# In this order: what a config tells before what only tensors tell.
LAYOUTS = tuple(
    module.LAYOUT
    for module in (
        ours, sparsify, sae_lens, esmc, one_layer, dictionary_learning, original, interprot,
        bionemo, protomech,
    )
)  # fmt: skip
# owner/name, then perhaps a folder or a file in the repository.
_REPOSITORY = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*(/[\w.-]+)*")


def load(
    source: str | Path,
    *,
    k: int | None = None,
    scale: Scale = "default",
    layer: int | None = None,
    input_scale: float | None = None,
    normalize_input: bool | None = None,
) -> SparseAutoencoder | NormalizedSAE:
    """Load an SAE of any format that is known, in evaluation mode, on the CPU.

    Formats are recognised by what files hold, whatever they are called.

    Args:
        source: the folder of an export or a finished run, or a folder or file that another toolkit
            wrote; or an address on the Hugging Face hub, `owner/name`, with a folder or file in it,
            `owner/name/folder`.
        k: features that fire on a residue, of a format that does not store it.
        scale: "normalized" for features that are fractions of a maximum, "raw" for those that are
            not, "default" for what the format's own loader gives.
        layer: which SAE, where a source holds those of several layers; in the source's numbers.
        input_scale: number that activations are divided by first, where the SAE was trained on
            scaled ones and its files do not have the number.
        normalize_input: whether each residue is scaled by itself first, where that is not stored.

    Returns:
        A NormalizedSAE where features are fractions of maxima kept beside the weights, a Transcoder
        for what predicts another state than it reads, and the plain SAE otherwise.

    Raises:
        MissingArtifact: if there is nothing of a format that is known.
        BrokenArtifact: if a file is damaged.
        UserError: if no architecture here computes the SAE, something has to be said that its
            files leave open, or the hub cannot be reached.
    """
    return read(
        source, k=k, scale=scale, layer=layer,
        input_scale=input_scale, normalize_input=normalize_input,
    ).sae  # fmt: skip


def read(
    source: str | Path,
    *,
    k: int | None = None,
    scale: Scale = "default",
    layer: int | None = None,
    input_scale: float | None = None,
    normalize_input: bool | None = None,
) -> Imported:
    """Load an SAE as `load` does, with what is known of it."""
    if scale not in get_args(Scale):
        raise UserError(f"scale must be {', '.join(get_args(Scale))}, got {scale!r}.")
    options = Options(
        k=k, scale=scale, layer=layer, input_scale=input_scale, normalize_input=normalize_input
    )
    found = _found(source, options)
    for layout in LAYOUTS:
        with _telling_what_is_odd(found, layout):
            if layout.recognises(found):
                imported = _scaled(layout.read(found), found)
                _check_heeded(imported, found, has_layers=layout.has_layers)
                return imported
    raise MissingArtifact(_unknown(found, source))


@contextmanager
def _telling_what_is_odd(source: Source, layout: Layout) -> Iterator[None]:
    """Whatever types and shapes a stranger's files hold, they end in a sentence."""
    try:
        yield
    except UNEXPECTED as error:
        if tells_of_memory(error):
            raise
        reason = " ".join(str(error).split())[:200]
        raise BrokenArtifact(
            f"{source.path} is not as {layout.name} writes it ({type(error).__name__}: {reason}): "
            "download it or save it again."
        ) from error


def _found(source: str | Path, options: Options) -> Source:
    path = _path(source, layer=options.layer)
    of_layer = path / f"layer_{options.layer}"
    if options.layer is not None and of_layer.is_dir():
        return Source(path=of_layer, options=replace(options, layer=None))
    return Source(path=path, options=options)


def _path(source: str | Path, *, layer: int | None) -> Path:
    path = Path(source)
    if path.exists():
        return path
    if not _REPOSITORY.fullmatch(str(source)):
        raise MissingArtifact(
            f"{source} does not exist, and is not the id of a Hugging Face repository "
            "(owner/name): give the folder or file of an SAE."
        )
    return download(str(source), layer=layer)


def _scaled(imported: Imported, source: Source) -> Imported:
    """With the division of activations by `input_scale`, where it is given."""
    scale = source.options.input_scale
    if scale is None:
        return imported
    sae = imported.sae.sae if isinstance(imported.sae, NormalizedSAE) else imported.sae
    transform = sae.input_transform
    if not isinstance(transform, AffineTransform) or not (scale > 0 and math.isfinite(scale)):
        raise UserError(
            f"input_scale={scale} is no number above 0, or {source.path} scales every residue by "
            "itself, so that no number is needed: leave input_scale away."
        )
    transform.scale.fill_(scale)
    return imported


def _check_heeded(imported: Imported, source: Source, *, has_layers: bool) -> None:
    """Raise UserError for what the user said and the files say otherwise, or have no use for."""
    said, k = source.options, getattr(imported.sae, "k", None)
    if said.k is not None and said.k != k:
        of_file = "fires as many features as its thresholds say" if k is None else f"says k={k}"
        raise UserError(f"{source.path} {of_file}, so k={said.k} does not fit: leave k away.")
    if said.layer is not None and not has_layers:
        raise UserError(
            f"{source.path} holds one SAE, and layer={said.layer} would choose among several: "
            "leave layer away."
        )


def _unknown(found: Source, source: str | Path) -> str:
    looked_for = "; ".join(f"{layout.looked_for} ({layout.name})" for layout in LAYOUTS)
    held = found.held()
    return (
        f"{source} holds no SAE of a known format{held}. Looked for: {looked_for}. Give the folder "
        "or file of one."
    )
