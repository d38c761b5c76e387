"""Original InterPLM: the evaluation after the last epoch hung on a condition that is never true."""

import pytest
from tests.activations.stores import write_store
from tests.evaluation.plms import RAGGED, plm, settings
from tests.training.runs import data, module, trainer

from interplm.evaluation import FidelityBenchmark
from interplm.training.callbacks import ReconstructionFidelity
from interplm.training.fitting import fit


def test_a_run_that_ends_between_two_validations_is_evaluated_as_it_ended(tmp_path):
    sequences = tmp_path / "sequences.txt"
    sequences.write_text("\n".join(RAGGED))
    store = tmp_path / "store"
    write_store(store, [[40] * 20, [40] * 20], d_model=40, layer=2, weights_sha256="0" * 64)
    fidelity = ReconstructionFidelity(
        load_plm=plm, settings=settings(sequences=str(sequences)), every_n_validations=100
    )
    made = module("topk", n_steps=7, d_in=40)
    run = trainer(
        tmp_path,
        n_steps=7,
        callbacks=[fidelity],
        val_check_interval=5,
        check_val_every_n_epoch=None,
    )
    figures = fit(run, made, data(store), checkpoint=None)
    benchmark = FidelityBenchmark(plm=plm(), layer=2, sequences=RAGGED, settings=settings())
    ended = benchmark.measure(made.sae).figures()
    assert {"explained_variance", "l0", "dead_percent"} <= set(figures)
    for name, value in ended.items():
        assert figures[f"fidelity/{name}"] == pytest.approx(value, rel=1e-4, abs=1e-5), name
