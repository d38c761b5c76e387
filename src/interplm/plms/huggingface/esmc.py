"""ESM C, by transformers where it knows it, else by the package `esm` of its makers."""

from typing import Any

import torch
from torch import nn

from interplm.errors import UserError
from interplm.plms.controls import Control, controlled
from interplm.plms.huggingface.checkpoint import (
    dtype_of,
    is_known,
    plain_errors,
    weights_sha256,
)
from interplm.plms.huggingface.loading import checked, load_huggingface
from interplm.plms.huggingface.source import model_folder
from interplm.plms.masked import TokenEncoder
from interplm.plms.tokens import ResidueTokens

# The vocabulary of every published ESM C, from token 4 on; a context of 2048 tokens.
_LETTERS = "LAGVSERTIDPKQNFYMHWCXBUZO"
_CONTEXT_RESIDUES = 2046


def load_esmc(
    *,
    name: str,
    source: str,
    revision: str | None,
    replaced: dict[str, str],
    dtype: str,
    attention: str,
    control: Control | None,
    seed: int,
    **settings: Any,  # Any: passed on
) -> TokenEncoder:
    """Load an ESM C; the same files serve both packages.

    Args:
        name: what the model is called in folders and fingerprints.
        source: a folder, or owner/name on the hub.
        revision: of the repository; None for the main branch.
        replaced: letters that are read as another.
        dtype: of the weights: float32, float16 or bfloat16.
        attention: sdpa or eager.
        control: None, "untrained" or "shuffled".
        seed: of the control.
        **settings: see load_huggingface.

    Raises:
        UserError: if neither package can read it, and as load_huggingface.
        MissingArtifact, BrokenArtifact: see load_huggingface.
    """
    if is_known("esmc"):
        return load_huggingface(
            name=name, source=source, revision=revision, replaced=replaced, dtype=dtype,
            attention=attention, control=control, seed=seed, **settings,
        )  # fmt: skip
    package = _package()
    folder = model_folder(source, revision=revision, with_weights=control != "untrained")

    def read() -> tuple[nn.Module, str]:
        with plain_errors(folder):
            model = package.EsmcForMaskedLM.from_pretrained(
                folder, device="cpu", dtype=dtype_of(dtype), attn_implementation=attention
            )
        return _Network(model), weights_sha256(folder)

    def untrained() -> nn.Module:
        model = package.EsmcForMaskedLM(package.EsmcConfig.from_pretrained(folder))
        model.post_init()
        return _Network(model.to(dtype_of(dtype)))

    network, identity = controlled(control, seed=seed, read=read, untrained=untrained)
    return checked(
        network.eval().requires_grad_(False),
        tokens=_tokens().with_replaced(replaced),
        name=name,
        weights_sha256=identity,
        max_residues=_CONTEXT_RESIDUES,
    )


class _Network(nn.Module):
    """A network of the package, with the names that those of transformers have."""

    def __init__(self, model: Any) -> None:  # Any: a class of the package
        super().__init__()
        self.model = model
        self.config = model.config

    @property
    def base_model(self) -> nn.Module:
        base: nn.Module = self.model.esmc
        return base

    def forward(self, **inputs: torch.Tensor) -> Any:  # Any: as above
        return self.model(**inputs)


def _tokens() -> ResidueTokens:
    letters = {letter: token for token, letter in enumerate(_LETTERS, start=4)}
    return ResidueTokens(letters=letters, before=(0,), after=(2,), padding=1, mask=32)


def _package() -> Any:  # Any: it may not be here
    try:
        import esm.models.esmc as package
    except ImportError as error:
        raise UserError(
            "ESM C needs transformers 5.16 or newer, `pip install --upgrade transformers`; or, in "
            "an environment of its own, since it overwrites fair-esm, `pip install esm`."
        ) from error
    return package
