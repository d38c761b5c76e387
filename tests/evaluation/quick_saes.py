"""SAEs trained for seconds on the bundled PLM, as different toolkits train theirs."""

import functools
import math

import torch
from torch import Tensor

from interplm.demo import esm2_demo_weights
from interplm.demo.proteome import generate_proteome
from interplm.plms import ResidueEncoder
from interplm.plms.esm2 import load_esm2
from interplm.sae import (
    AffineTransform,
    BatchTopKSAE,
    InputTransform,
    JumpReLUSAE,
    ReLUSAE,
    ResidueNormalisation,
    ResidueStandardisation,
    SparseAutoencoder,
    TopKSAE,
)

D_SAE, K = 256, 12


@functools.cache
def plm(control: str | None = None, seed: int = 0) -> ResidueEncoder:
    name = "esm2_demo" if control is None else f"esm2_demo_{control}{seed}"
    return load_esm2(
        name=name, model="esm2_demo", weights=esm2_demo_weights(), base_url=None, hub_folder=None,
        control=control, seed=seed,
    ).eval()  # fmt: skip


@functools.cache
def training_states() -> dict[int, Tensor]:
    """Of the demonstration's proteins, none of which is a probe protein."""
    sequences = [protein.sequence for protein in generate_proteome(n_proteins=60, seed=0)]
    with torch.no_grad():
        found = plm().activations(sequences, range(plm().n_layers + 1))
    return {layer: torch.cat(rows) for layer, rows in found.items()}


def architecture(name: str, d_in: int) -> SparseAutoencoder:
    size = {"d_in": d_in, "d_sae": D_SAE}
    if name == "topk":
        return TopKSAE(**size, k=K, kernel="auto")
    if name == "batchtopk":
        return BatchTopKSAE(**size, k=K, threshold_decay=0.95, kernel="auto")
    if name == "relu":
        return ReLUSAE(**size, l1_coefficient=2.4 / math.sqrt(d_in), reconstruction="l2")
    return JumpReLUSAE(
        **size, sparsity="target_l0", sparsity_coefficient=3.0, l0_target=K, steepness=4.0,
        initial_threshold=0.1, bandwidth=2.0,
    )  # fmt: skip


def transform(name: str, x: Tensor) -> InputTransform:
    d_in = x.shape[1]
    if name == "standardised":
        return ResidueStandardisation(d_in, eps=1e-5, correction=1, undone=True)
    if name == "one length":
        return ResidueNormalisation(d_in, norm=math.sqrt(d_in), undone=True)
    affine = AffineTransform(d_in)
    if name != "as it is":
        affine.fit_(x.mean(0), x.var(0), centre=name == "centred", scaling="rms")
    return affine


def trained(
    name: str, reads: str, layer: int, *, n_steps: int = 120, seed: int = 0
) -> SparseAutoencoder:
    """Adam on random residues; b_dec starts at the mean of what is read, as published SAEs do."""
    x = training_states()[layer]
    torch.manual_seed(seed)
    sae = architecture(name, x.shape[1])
    sae.input_transform = transform(reads, x)
    with torch.no_grad():
        sae.b_dec.copy_(sae.input_transform(x).mean(0))
    optimizer = torch.optim.Adam(sae.parameters(), lr=4e-3)
    generator = torch.Generator().manual_seed(seed)
    for step in range(n_steps):
        batch = x[torch.randint(len(x), (512,), generator=generator)]
        for group in optimizer.param_groups:
            group["lr"] = 4e-3 * min(1, (step + 1) / 10, (n_steps - step) / (0.3 * n_steps))
        output = sae(batch)
        progress = step / n_steps
        loss = sae.loss(batch, output, sparsity_scale=min(1, 5 * progress), progress=progress)
        optimizer.zero_grad()
        loss.total.backward()
        sae.project_gradients_()
        optimizer.step()
        sae.constrain_()
        sae.update_(output)
    return sae.eval()
