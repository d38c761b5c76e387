"""Original InterPLM: L0 was left out of the log for every SAE that has a k."""

import pytest
import torch
from tests.sae.architectures import SHIPPED, fitted, residues
from tests.training.runs import data, module, trainer

from interplm.evaluation import reconstruction_figures

SELECTING = [name for name in SHIPPED if "k" in fitted(name).settings()]


@pytest.mark.parametrize("name", SELECTING)
def test_l0_is_logged_in_training_and_validation(name, tmp_path):
    made, store = module(name, n_steps=3), data(tmp_path / "store")
    run = trainer(tmp_path, n_steps=3)
    run.fit(made, datamodule=store)
    # The k largest, of which those below zero are left out.
    k = made.sae.settings()["k"]
    assert k - 1 < run.callback_metrics["train/l0"] <= k
    found = run.validate(made, datamodule=store, verbose=False)[0]["validation/l0"]
    x = torch.cat([batch.float() for batch in store.val_dataloader()])
    with torch.no_grad():
        assert found == pytest.approx(float((made.sae.eval().encode(x) > 0).sum() / len(x)))


@pytest.mark.parametrize("name", SELECTING)
def test_l0_is_among_the_figures_of_an_evaluation(name):
    sae, x = fitted(name).eval(), residues()
    figures = reconstruction_figures(sae, [x], device=torch.device("cpu"))
    (l0,) = [figure.value for figure in figures if figure.metric == "l0"]
    assert l0 == pytest.approx(float((sae.encode(x) > 0).sum() / len(x)))
