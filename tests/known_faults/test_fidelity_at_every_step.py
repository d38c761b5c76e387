"""Original InterPLM: fidelity, which runs the whole PLM, was computed anew at every logged step."""

from tests.activations.stores import write_store
from tests.evaluation.plms import RAGGED, plm, settings
from tests.training.runs import data, module, trainer

from interplm.training.callbacks import ReconstructionFidelity


def test_the_plm_runs_at_validations_and_not_at_every_logged_step(tmp_path):
    sequences = tmp_path / "sequences.txt"
    sequences.write_text("\n".join(RAGGED))
    store = tmp_path / "store"
    write_store(store, [[40] * 20, [40] * 20], d_model=40, layer=2, weights_sha256="0" * 64)
    model, ran_at = plm(), set()
    fidelity = ReconstructionFidelity(
        load_plm=lambda: model, settings=settings(sequences=str(sequences)), every_n_validations=1
    )
    run = trainer(
        tmp_path, n_steps=9, callbacks=[fidelity], log_every_n_steps=1,
        val_check_interval=4, check_val_every_n_epoch=None,
    )  # fmt: skip
    model.network.lm_head.register_forward_hook(lambda *_: ran_at.add(run.global_step))
    run.fit(module("topk", n_steps=9, d_in=40), datamodule=data(store))
    assert ran_at == {4, 8}
