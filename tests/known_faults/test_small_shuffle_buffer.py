"""BioNeMo: the shuffle buffer held two batches, so each came from a few neighbouring proteins."""

from omegaconf import OmegaConf
from tests.activations.stores import row_numbers, write_store
from tests.training.runs import data

from interplm.runtime.configs import config_folder

LENGTH, N_PROTEINS = 25, 40


def test_a_batch_has_rows_of_many_proteins(tmp_path):
    write_store(tmp_path, [[LENGTH] * N_PROTEINS], marked=True)
    settings = {"batch_size": 20, "buffer_rows": 1000, "validation_fraction": 0.0}
    for batch in data(tmp_path, **settings).train_dataloader():
        assert len({row // LENGTH for row in row_numbers(batch)}) > 10


def test_the_shipped_buffer_holds_many_batches():
    shipped = OmegaConf.load(config_folder() / "data" / "activations.yaml")
    assert shipped.buffer_rows >= 32 * shipped.batch_size
