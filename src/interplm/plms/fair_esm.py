"""fair-esm, or one sentence where another package has taken its name."""

from interplm.errors import UserError

try:
    from esm.data import Alphabet
    from esm.model.esm2 import ESM2 as FairESM2
    from esm.modules import TransformerLayer
    from esm.multihead_attention import MultiheadAttention
    from esm.pretrained import load_model_and_alphabet_core
except ImportError as error:
    raise UserError(
        "The package `esm` that is installed here is not fair-esm, which reads ESM-2 (the ESM C "
        "package overwrites it): `pip install --force-reinstall --no-deps fair-esm==2.0.0` in an "
        "environment of its own, or read ESM-2 by plm=huggingface plm.source=<owner/name>."
    ) from error

__all__ = [
    "Alphabet",
    "FairESM2",
    "MultiheadAttention",
    "TransformerLayer",
    "load_model_and_alphabet_core",
]
