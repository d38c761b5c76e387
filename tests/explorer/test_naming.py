import pytest

from interplm.explorer.naming import own_parts, plm_name, run_name, sae_name


@pytest.mark.parametrize(
    ("name", "said"),
    [("esm2_8m", "ESM-2 8M"), ("esm2_3b", "ESM-2 3B"), ("esm2_demo", "ESM-2 (bundled demo)"),
     ("esm2_t33_650M_UR50D", "ESM-2 650M"), ("antiberty", "AntiBERTy"),
     ("esm2_8m_shuffled0", "ESM-2 8M, shuffled 0"), ("my model", "my model")],
)  # fmt: skip
def test_plms_are_called_as_people_call_them(name, said):
    assert plm_name(name) == said


def test_an_sae_is_its_architecture_sparsity_and_width():
    assert sae_name({"architecture": "topk", "settings": {"k": 32}}, 10240) == (
        "TopK k = 32, 10,240 features"
    )
    assert sae_name({}, 5) == "SAE, 5 features"
    assert run_name({"plm": "esm2_8m", "layer": 3, "architecture": "relu"}, 8) == (
        "ESM-2 8M · layer 3 · ReLU, 8 features"
    )


def test_names_are_told_apart_by_the_words_that_they_do_not_share():
    assert own_parts(["layer3_topk", "layer3_topk_seed1"]) == ["", "seed1"]
    assert own_parts(["a_topk_seed1_x", "a_topk_seed12_y"]) == ["seed1_x", "seed12_y"]
    assert own_parts(["layer3_topk"]) == [""]
