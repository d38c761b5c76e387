"""The page runs as it stands, offline, with tiny models in the hub's cache."""

import csv

import pytest
from tests.docs.hub_cache import hub_in, into_cache
from tests.docs.pages import blocks, run
from tests.plms.huggingface import models

from interplm.activations import ActivationStore


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where all blocks of the page were run."""
    folder = tmp_path_factory.mktemp("page")
    cache = folder / "hub"
    into_cache(cache, "facebook/esm2_t6_8M_UR50D", models.write_esm, is_esm2=True)
    into_cache(
        cache, "my_group/my_bert", models.write_bert, vocabulary=models.PROTBERT, n_positions=2048
    )
    into_cache(
        cache, "jeffruffolo/AntiBERTy", models.write_antiberty, files="AntiBERTy_md_smooth/*",
        revision="d582006e0c7dc6917d26fa60740a357e8df7b466",
    )  # fmt: skip
    with hub_in(cache):
        for block in blocks("bring_your_model.md"):
            run(block, folder, INTERPLM_DATA=str(folder / "interplm_data"))
    return folder


@pytest.mark.parametrize(
    ("store", "n_proteins"),
    [
        ("esm2_t6_8M_UR50D/layer_2", 3),
        ("my_bert/layer_2", 3),
        ("antiberty/layer_2", 2),
        ("neighbours/layer_1", 3),
        ("esm2_t6_8M_UR50D_shuffled0/layer_2", 3),
    ],
)
def test_every_store_of_the_page_is_there(folder, store, n_proteins):
    made = ActivationStore(folder / "interplm_data/activations" / store / "proteins")
    assert made.n_proteins == n_proteins


def test_the_protein_left_out_is_named_with_the_reason(folder):
    path = folder / "interplm_data/activations/antiberty/proteins.rejected.csv"
    with path.open() as file:
        (row,) = csv.DictReader(file)
    assert (row["accession"], row["reason"]) == (
        "P3", "antiberty has no token for 'X' at residue 17",
    )  # fmt: skip


def test_the_sae_was_trained_on_the_model_s_width(folder):
    (run_folder,) = (folder / "interplm_data/runs").iterdir()
    assert (run_folder / "sae" / "sae.safetensors").is_file()
