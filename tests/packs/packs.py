"""A small pack on the bundled PLM."""

import torch

from interplm.packs import FeatureLabel, FeaturePack
from interplm.sae import JumpReLUSAE
from interplm.sae.normalized import NormalizedSAE

LAYER = 2


def label(feature, **changes):
    values = {
        "feature": feature, "label": f"Concept {feature}", "aliases": ("other name",),
        "category": "Active site", "family": "Sites", "kind": "residue", "strength": "follows",
        "threshold": 0.5, "extent": 0.5, "precision": 0.9, "precision_low": 0.8,
        "precision_high": 0.95, "recall": 0.7, "precision_residue": 0.9, "recall_residue": 0.7,
        "f1": 0.79, "f1_low": 0.7, "f1_high": 0.85, "f1_residue": 0.79, "average_precision": 0.8,
        "chance": 0.01, "margin": 0.4,
        "n_instances": 40, "n_found": 28, "q_value": 0.001, "density": 0.02,
    }  # fmt: skip
    return FeatureLabel(**values | changes)


def small_pack(*, plm="esm2_demo", d_in=112, d_sae=16, seed=0, **trained_on):
    torch.manual_seed(seed)
    sae = JumpReLUSAE(
        d_in=d_in, d_sae=d_sae, sparsity="target_l0", sparsity_coefficient=1.0, l0_target=4,
        steepness=4.0, initial_threshold=0.1, bandwidth=1.0,
    ).eval()  # fmt: skip
    labels = [label(2), label(5, strength="hints", margin=None, q_value=None), label(7)]
    return FeaturePack(
        sae=NormalizedSAE(sae, torch.full((d_sae,), 2.0)).eval(),
        labels={one.feature: one for one in labels},
        logos={2: torch.ones(5, 20, dtype=torch.uint8)},
        trained_on={"plm": plm, "layer": LAYER, "d_model": d_in} | trained_on,
        about={"dataset": {"name": "demo"}},
    )
