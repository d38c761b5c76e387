"""Transcoders of ProtoMech (Tsui et al. 2026): a checkpoint with those of all blocks of a PLM.

For block l, x' = LN(x) - b_pre[l] and features = ReLU(TopK(x' encoders[l] + b_enc[l])), where x is
the input of the block's MLP, behind its layer norm, and LN(x) = (x - μ) / (σ + 1e-5), which
cross-layer transcoders of 12 blocks leave out. The MLP's output is predicted from the features of
this block by its own decoder, and in a cross-layer transcoder (CLT) from those of earlier blocks
too. What is read here is one block and its own decoder. Formulas and names are those of
`training/clt_model.py` and `training_transcoder/plt_model.py`
(github.com/amirgroup-codes/ProtoMech).
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from interplm.errors import BrokenArtifact, UserError
from interplm.interchange.assembly import transcoder
from interplm.interchange.imported import Imported, origin
from interplm.interchange.layout import Layout
from interplm.interchange.source import Source
from interplm.sae import ResidueStandardisation

NAME = "ProtoMech"
# Cross-layer transcoders of so many blocks read x itself.
_BLOCKS_WITHOUT_LN = 12


def _recognises(source: Source) -> bool:
    return "encoders.0.weight" in _state(source) and "b_pre.0" in _state(source)


def _read(source: Source) -> Imported:
    state, where = _state(source), source.weights_file
    blocks = sorted(int(name.split(".")[1]) for name in state if name.startswith("b_pre."))
    block = _chosen(blocks, source)
    crosses_layers = f"decoders.{block}_{block}" in state
    own = _of_block(state, block, where, crosses_layers=crosses_layers)
    reads_itself = crosses_layers and len(blocks) == _BLOCKS_WITHOUT_LN
    transform = ResidueStandardisation(len(own["b_out"]), eps=1e-5, correction=1, undone=True)
    sae = transcoder(
        own,
        where=where,
        activation="topk",
        k=source.k(_settings(source).get("k"), where=where),
        input_transform=None if reads_itself else transform,
    )
    reads = f"the input of the MLP of block {block} (counted from 0), behind its layer norm"
    facts = origin(source, NAME, files={"d_model": sae.d_in, "reads": reads}, said={"block": block})
    return Imported(sae=sae, format=NAME, trained_on=facts)


def _of_block(
    state: Mapping[str, Tensor], block: int, where: Path, *, crosses_layers: bool
) -> dict[str, Tensor]:
    """The tensors of one block under our names."""
    theirs = {
        "W_enc": f"encoders.{block}.weight",
        "W_dec": f"decoders.{block}_{block}" if crosses_layers else f"decoders.{block}",
        "b_enc": f"b_enc.{block}",
        "b_dec": f"b_pre.{block}",
        "b_out": f"b_pre.{block}",
    }
    missing = sorted(set(theirs.values()) - set(state))
    if missing:
        raise BrokenArtifact(f"{where} lacks {', '.join(missing)}: download or copy it again.")
    own = {ours: state[name] for ours, name in theirs.items()}
    own["W_enc"] = own["W_enc"].T
    # An early release gave the linear layer a bias beside b_enc.
    own["b_enc"] = own["b_enc"] + state.get(f"encoders.{block}.bias", 0)
    return own


def _chosen(blocks: list[int], source: Source) -> int:
    block = source.options.layer
    if block not in blocks:
        raise UserError(
            f"{source.path} holds transcoders of the blocks {blocks[0]} to {blocks[-1]}, counted "
            "from 0: choose one with layer=<number>."
        )
    return block


def _state(source: Source) -> dict[str, Tensor]:
    """The transcoder's tensors, also from the checkpoint of its training, beside the PLM's."""
    content = source.content.get("state_dict", source.content)
    if not isinstance(content, dict):
        return {}
    pattern = re.compile(r"(?:(?:clt|plt|model)\.)?((?:encoders|decoders|b_enc|b_pre)\..*)")
    found = {pattern.fullmatch(name): value for name, value in content.items()}
    return {m[1]: v for m, v in found.items() if m is not None and isinstance(v, Tensor)}


def _settings(source: Source) -> dict[str, Any]:  # Any: plain values
    hyper = source.content.get("hyper_parameters")
    settings = hyper.get("args", hyper) if isinstance(hyper, dict) else {}
    return settings if isinstance(settings, dict) else {}


LAYOUT = Layout(
    name=NAME,
    looked_for="tensors encoders.<block>.weight, b_enc.<block>, b_pre.<block> and decoders",
    recognises=_recognises,
    read=_read,
    has_layers=True,
)
