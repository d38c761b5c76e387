"""What jobs do, for people who write Python; `import interplm` offers it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interplm.runtime.configs import compose
from interplm.runtime.instantiation import instantiate

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from interplm.plms import ResidueEncoder
    from interplm.sae import SparseAutoencoder

__all__ = ["compose", "encode", "load_plm"]


def load_plm(name: str, **settings: Any) -> ResidueEncoder:
    """A protein language model by the name of its yaml file in `configs/plm`, on the CPU.

    >>> from interplm import load_plm
    >>> plm = load_plm("esm2_demo")
    >>> plm.n_layers, plm.d_model
    (6, 112)

    Args:
        name: such as "esm2_8m"; `python -m interplm.embed --help` lists them.
        settings: of that yaml, such as `weights="my.pt"` or `control="shuffled"`; Any: plain
            values.

    Raises:
        UserError: if it cannot be had, with what to do.
    """
    cfg = compose("embed", f"plm={name}")
    unknown = sorted(set(settings) - {str(key) for key in cfg.plm})
    if unknown:
        raise TypeError(f"{name} has no setting {', '.join(unknown)}; it has {', '.join(cfg.plm)}.")
    for key, value in settings.items():
        cfg.plm[key] = str(value) if isinstance(value, Path) else value
    plm: ResidueEncoder = instantiate(cfg.plm.model)
    return plm.eval()


def encode(
    sequences: Sequence[str],
    *,
    plm: str | ResidueEncoder,
    layer: int,
    sae: str | Path | SparseAutoencoder,
    residues_per_batch: int = 2048,
) -> list[csr_array]:
    """Features of every residue of some sequences.

    >>> import interplm, torch
    >>> from interplm.sae import TopKSAE
    >>> sae = TopKSAE(d_in=112, d_sae=256, k=8, kernel="auto").eval()
    >>> [features] = interplm.encode(["MKTAYIAKQR"], plm="esm2_demo", layer=3, sae=sae)
    >>> features.shape
    (10, 256)

    Args:
        sequences: residues in one-letter code, none longer than the PLM's context.
        plm: name of a yaml file, or what `load_plm` gave; give the latter for more than one call.
        layer: 0 is the embedding, the PLM's `n_layers` its last layer.
        sae: folder of an exported SAE, or an SAE.
        residues_per_batch: that the PLM reads together, padding included.

    Returns:
        For each sequence a float32 array [n_residues, d_sae] of the features that fire.

    Raises:
        UserError: for a layer that the PLM lacks, or a sequence that it does not read.
    """
    import torch

    from interplm.sae import load_sae

    plm = load_plm(plm) if isinstance(plm, str) else plm
    sae = load_sae(sae) if isinstance(sae, str | Path) else sae
    found: dict[int, csr_array] = {}
    with torch.inference_mode():
        for index, states in _states(sequences, plm, layer, residues_per_batch):
            found[index] = _sparse(sae.encode(states.to(sae.W_dec.device).float()).cpu().numpy())
    return [found[index] for index in range(len(sequences))]


def _states(
    sequences: Sequence[str], plm: ResidueEncoder, layer: int, residues_per_batch: int
) -> Iterator[tuple[int, Any]]:
    """Number of each sequence and its tensor of states (Any: torch is imported late)."""
    from interplm.plms.batching import residue_batches

    lengths = [len(sequence) for sequence in sequences]
    for batch in residue_batches(lengths, max_residues=residues_per_batch):
        read = plm.activations([sequences[index] for index in batch], [layer])[layer]
        yield from zip(batch, read, strict=True)


def _sparse(features: Any) -> csr_array:
    from scipy.sparse import csr_array

    return csr_array(features)
