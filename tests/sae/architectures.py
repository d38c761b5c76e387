"""One small SAE of every shipped architecture, built from its yaml."""

from pathlib import Path

import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf

from interplm.runtime.configs import config_folder, register_resolvers
from interplm.sae import (
    AffineTransform,
    InputTransform,
    ResidueNormalisation,
    ResidueStandardisation,
    SparseAutoencoder,
)

SHIPPED = sorted(path.stem for path in (config_folder() / "sae").glob("*.yaml"))
D_IN, D_SAE = 6, 16

STANDARDISED = {"eps": 1e-5, "correction": 1}
TRANSFORMS = {
    "standardised": lambda: ResidueStandardisation(D_IN, **STANDARDISED, undone=True),
    "standardised for good": lambda: ResidueStandardisation(D_IN, **STANDARDISED, undone=False),
    "one length": lambda: ResidueNormalisation(D_IN, norm=D_IN**0.5, undone=True),
    "one length for good": lambda: ResidueNormalisation(D_IN, norm=1, undone=False),
}
# Every architecture behind one other transform, one behind all; none said is the affine one.
TRANSFORMED = [f"{name}, standardised" for name in SHIPPED]
TRANSFORMED += [f"topk, {kind}" for kind in TRANSFORMS if kind != "standardised"]


def build(name: str, seed: int = 0, **overrides) -> SparseAutoencoder:
    """The architecture of `configs/sae/<name>.yaml` at sizes a test can afford.

    What `TRANSFORMED` adds to the name is left to `fitted`.
    """
    name = name.partition(", ")[0]
    register_resolvers()
    torch.manual_seed(seed)
    config = OmegaConf.create({"plm": {"d_model": D_IN}, "sae": OmegaConf.load(yaml_of(name))})
    # Auto would take the dense kernel at this size.
    k = 4 if name == "groupmax" else 3  # which divides 16
    selecting = {"k": k, "kernel": "sparse"} if "k" in config.sae else {}
    small = {"d_sae": D_SAE} | selecting | overrides
    return instantiate(OmegaConf.merge(config, {"sae": small}).sae)


def yaml_of(name: str) -> Path:
    return config_folder() / "sae" / f"{name}.yaml"


def fitted(name: str, **overrides) -> SparseAutoencoder:
    """The same with an input transform that is not the identity, and as if trained a little:
    biases, gates and thresholds are not where they start.
    """
    sae = build(name, **overrides)
    generator = torch.Generator().manual_seed(1)
    sae.input_transform = fitted_transform(name.partition(", ")[2], generator)
    with torch.no_grad():
        for parameter in sae.parameters():
            if parameter.ndim == 1:
                parameter.add_(torch.randn(len(parameter), generator=generator), alpha=0.1)
        sae.constrain_()
        sae.update_(sae(residues(seed=3)))
    return sae


def fitted_transform(kind: str, generator: torch.Generator) -> InputTransform:
    mean, variance = torch.randn(D_IN, generator=generator), torch.rand(D_IN, generator=generator)
    if kind:
        transform = TRANSFORMS[kind]()
        if isinstance(transform, ResidueNormalisation):
            transform.centre.copy_(mean)
        return transform
    affine = AffineTransform(D_IN)
    affine.fit_(mean, variance, centre=True, scaling="rms")
    return affine


def loss(sae: SparseAutoencoder, x: torch.Tensor, output=None, *, scale=1.0, progress=0.5):
    """The training loss in the middle of training."""
    output = sae(x) if output is None else output
    return sae.loss(x, output, sparsity_scale=scale, progress=progress)


def residues(n: int = 32, seed: int = 2) -> torch.Tensor:
    return torch.randn(n, D_IN, generator=torch.Generator().manual_seed(seed)) + 1.5
