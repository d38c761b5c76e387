"""Original InterPLM: resuming skipped the wrong samples once the first epoch was over."""

import pytest
from tests.activations.stores import row_numbers, write_store
from tests.training.runs import data


@pytest.mark.parametrize("n_epochs", [0, 1, 2])
def test_the_next_batches_are_those_of_a_run_that_was_not_interrupted(tmp_path, n_epochs):
    write_store(tmp_path, [[50, 50], [50, 50], [50, 50]], marked=True)

    def loader():
        settings = {"batch_size": 40, "buffer_rows": 80, "validation_fraction": 0.0}
        return data(tmp_path, **settings).train_dataloader()

    whole = loader()
    epochs = [[row_numbers(batch) for batch in whole] for _ in range(n_epochs + 2)]
    interrupted = loader()
    for _ in range(n_epochs):
        list(interrupted)
    begun = iter(interrupted)
    for _ in range(3):
        next(begun)
    resumed = loader()
    resumed.load_state_dict(interrupted.state_dict())
    assert [row_numbers(batch) for batch in resumed] == epochs[n_epochs][3:]
    assert [row_numbers(batch) for batch in resumed] == epochs[n_epochs + 1]
