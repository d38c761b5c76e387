import numpy as np
import pandas as pd
import pytest
import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf
from tests.features.sparse_blocks import by_protein, random_features, split_blocks

from interplm.concepts import AnnotatedProtein
from interplm.errors import UserError
from interplm.features.database.schema import TABLES
from interplm.features.profile.profiler import FeatureProfiler
from interplm.features.profile.stability import stability
from interplm.runtime.configs import config_folder
from interplm.sae import ReLUSAE

LENGTHS = [4 + number % 9 for number in range(30)]
D_SAE = 6
SAE = ReLUSAE(d_in=4, d_sae=D_SAE, l1_coefficient=0.1, reconstruction="l2")
NAMES = [f"P{number}" for number in range(30)]
PROTEINS = [
    AnnotatedProtein(accession=name, sequence="A" * n, name="", spans=())
    for name, n in zip(NAMES, LENGTHS, strict=True)
]
LABELS = pd.DataFrame(
    {
        "label": ["Zinc finger", "Helix"], "concept": ["Zinc finger", "Helix"],
        "family": ["Regions", "Structure"], "average_precision": [0.9, 0.3],
        "margin": [0.5, None], "f1": [0.8, 0.2], "f1_residue": [0.7, 0.1],
        "strength": ["follows", "hints"],
    },
    index=[2, 0],
)  # fmt: skip


def settings(**changes):
    return instantiate(OmegaConf.load(config_folder() / "profile" / "default.yaml"), **changes)


def profiled(blocks):
    profiler = FeatureProfiler(settings(n_top_examples=3), d_sae=D_SAE, accessions=NAMES)
    for block in blocks:
        profiler.add(block)
    return profiler


def tables(profiler, maxima):
    return profiler.tables(
        maxima=torch.from_numpy(maxima), W_dec=torch.eye(D_SAE, 4), proteins=PROTEINS,
        labels=LABELS, stability=stability(SAE, [], [], seed=0),
    )  # fmt: skip


@pytest.fixture
def dense():
    return random_features(np.random.default_rng(0), LENGTHS, D_SAE)


def test_every_table_speaks_of_the_same_features(dense):
    maxima = dense.max(axis=0)
    found = tables(profiled(split_blocks(dense, LENGTHS, [10, 20])), maxima)
    features = found["features"]
    assert features.n_active.tolist() == (dense > 0).sum(axis=0).tolist()
    assert features.scale.tolist() == maxima.tolist()
    assert features.pattern[D_SAE - 1] == "silent"
    assert set(features.columns) == set(TABLES["features"].columns)
    assert features.label[[0, 2]].tolist() == ["Helix", "Zinc finger"]
    assert features.label[[1, 3, 4, 5]].isna().all()
    assert features.n_sisters.tolist() == [0] * D_SAE
    top = found["examples"].query("feature == 0 and bucket == 'top'")
    strongest = sorted(
        ((-part[:, 0].max(), number) for number, part in enumerate(by_protein(dense, LENGTHS)))
    )
    assert top.accession.tolist() == [NAMES[number] for _, number in strongest[:3]]
    assert set(found["coactivation"].feature) <= set(range(D_SAE - 1))
    assert len(found["neighbours"]) == D_SAE * (D_SAE - 1)


def test_profiles_of_shards_merge(dense):
    blocks = split_blocks(dense, LENGTHS, [10, 20])
    one, other = profiled(blocks[:1]), profiled(blocks[1:])
    one.merge(other)
    maxima = dense.max(axis=0)
    whole, merged = tables(profiled(blocks), maxima), tables(one, maxima)
    for name, table in whole.items():
        assert table.astype(str).equals(merged[name].astype(str)), name


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_top_examples": 0}, "profile.n_top_examples must be at least 1, got 0"),
        ({"strong_above": 1.5}, r"profile.strong_above must be in \[0, 1\], got 1.5"),
    ],
)
def test_settings_out_of_range_are_refused(changes, message):
    with pytest.raises(Exception, match=message) as caught:
        settings(**changes)
    assert isinstance(caught.value.__cause__ or caught.value, UserError)
