import numpy as np
import pytest
import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf
from tests.features.databases import PAIRS
from tests.features.sparse_blocks import by_protein, random_features, split_blocks

from interplm.concepts import AnnotatedProtein, Concept
from interplm.errors import UserError
from interplm.features.profile.profiler import FeatureProfiler
from interplm.runtime.configs import config_folder

LENGTHS = [4 + number % 9 for number in range(30)]
D_SAE = 6
NAMES = [f"P{number}" for number in range(30)]
PROTEINS = [
    AnnotatedProtein(accession=name, sequence="A" * n, name="", spans=())
    for name, n in zip(NAMES, LENGTHS, strict=True)
]
CONCEPTS = {
    name: Concept(name=name, category=name, kind="domain", family=f"family of {name}")
    for name in PAIRS.concept.unique()
}


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
        pairs=PAIRS[PAIRS.representation == "sae"], concepts=CONCEPTS,
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
    assert features.pattern[D_SAE - 1] == "dead"
    # Of feature 0 and 1 the pairs, of the others none; the best by F1 on test proteins.
    assert features.concept[:4].tolist() == [
        "Zinc finger", "Zinc finger", "Helix & <b>turn</b>", "Amino acid: C"
    ]  # fmt: skip
    assert features.family[0] == "family of Zinc finger"
    assert features.concept[4:].isna().all()
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
