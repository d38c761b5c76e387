import pytest
from tests.evaluation.quick_saes import plm, trained

from interplm.evaluation import judge
from interplm.evaluation.probe import probe_states

LAYERS = (1, 3, 5, 6)
KINDS = (
    ("topk", "centred"), ("topk", "standardised"), ("relu", "centred"),
    ("batchtopk", "standardised"), ("jumprelu", "scaled"), ("jumprelu", "centred"),
)  # fmt: skip
RIGHT = [(name, reads, layer) for layer in LAYERS for name, reads in KINDS]


@pytest.fixture(scope="module")
def saes():
    return {key: trained(*key) for key in RIGHT}


@pytest.fixture(scope="module")
def states():
    return probe_states(plm(), n_residues=300)


@pytest.mark.parametrize("key", RIGHT, ids=str)
def test_no_false_alarm_on_24_right_pairings(saes, states, key):
    verdict = judge(saes[key], states, key[2], plm="esm2_demo")
    assert verdict.fits, verdict.sentence
    assert verdict.given.explained_variance > 0.5


# Off by one, up and down, and further away.
WRONG_LAYERS = [
    ("topk", "centred", 3, 4), ("topk", "standardised", 5, 4), ("relu", "centred", 5, 6),
    ("batchtopk", "standardised", 3, 2), ("jumprelu", "scaled", 1, 2), ("relu", "centred", 1, 5),
    ("jumprelu", "centred", 6, 5), ("topk", "standardised", 6, 3),
]  # fmt: skip


@pytest.mark.parametrize(("name", "reads", "layer", "asked"), WRONG_LAYERS)
def test_8_wrong_layers_are_named(saes, states, name, reads, layer, asked):
    verdict = judge(saes[name, reads, layer], states, asked, plm="esm2_demo")
    assert (verdict.fits, verdict.fault, verdict.likely) == (False, "layer", f"layer {layer}")
    assert verdict.sentence.endswith(f"trained on that. Give layer={layer}.")
