"""What every configs/plm/*.yaml keeps, each with a tiny random model of its family, offline."""

import pytest
import torch
from tests.plms.checkpoints import network, write_official
from tests.plms.huggingface import models, test_progen2
from tests.plms.huggingface.models import relative_error
from tests.test_configs import FOLDER, GROUPS, compose

from interplm.errors import UserError
from interplm.plms import MaskedLanguageModel, ResidueEncoder
from interplm.proteins.alphabet import RESIDUES, STANDARD
from interplm.runtime.instantiation import instantiate

SEQUENCES = ["MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQ", "MK", STANDARD * 3, "G"]


def official(folder):
    return f"plm.weights={write_official(network(), folder / 'esm2_tiny.pt')}"


def of_source(write, **settings):
    def make(folder):
        write(folder, **settings)
        return f"plm.source={folder}"

    return make


def antiberty(folder):
    models.write_antiberty(folder)
    return f"plm.source={folder / 'AntiBERTy_md_smooth'}"


esm2 = of_source(models.write_esm, is_esm2=True)
esm1 = of_source(models.write_esm, is_esm2=False)
# How a tiny model of each option is made, whether it predicts masked residues, letters it lacks.
TINY = {
    **dict.fromkeys(
        [name for name in GROUPS["plm"] if name.startswith("esm2_")], (official, True, "")
    ),
    "esm2_demo": (lambda folder: "seed=0", True, ""),
    "esm2_huggingface": (esm2, True, ""),
    "huggingface": (esm2, True, "J"),
    "esm1b": (esm1, True, ""),
    "esm1v": (esm1, True, ""),
    "protbert": (
        of_source(models.write_bert, vocabulary=models.PROTBERT, n_positions=2048), True, "",
    ),
    "prott5": (of_source(models.write_t5, of_ankh=False), False, ""),
    "ankh": (of_source(models.write_t5, of_ankh=True), False, ""),
    "antiberty": (antiberty, True, "XBZUOJ"),
    "esmc_300m": (of_source(models.write_esmc), True, ""),
    "esmc_600m": (of_source(models.write_esmc), True, ""),
    "progen2": (
        of_source(test_progen2.write, config=test_progen2.CONFIGS["hub"]), False, "J",
    ),
}  # fmt: skip


class Case:
    def __init__(self, option, folder):
        self.option = option
        make, self.predicts, self.lacks = TINY[option]
        self.override = make(folder)
        self.plm = self.load()

    def config(self, *overrides):
        return compose(
            "embed", f"plm={self.option}", "proteins.path=x", "layers=[1]",
            *([self.override] if self.override.startswith("plm.") else []), *overrides,
        ).plm  # fmt: skip

    def load(self, *overrides):
        return instantiate(self.config(*overrides).model)


@pytest.fixture(scope="module", params=GROUPS["plm"])
def case(request, tmp_path_factory):
    return Case(request.param, tmp_path_factory.mktemp("model"))


def test_every_option_is_tried():
    assert set(TINY) == set(GROUPS["plm"]) == {path.stem for path in FOLDER.glob("plm/*.yaml")}


def test_it_is_an_encoder_and_predicts_where_it_has_a_head(case):
    assert isinstance(case.plm, ResidueEncoder)
    assert isinstance(case.plm, MaskedLanguageModel) == case.predicts


def test_the_name_is_the_config_s_and_a_control_changes_it_and_the_weights(case):
    assert case.plm.name == case.config().name
    control = case.load("plm.control=shuffled", "plm.seed=3")
    assert control.name == f"{case.plm.name}_shuffled3"
    assert control.weights_sha256 != case.plm.weights_sha256
    assert (control.d_model, control.n_layers) == (case.plm.d_model, case.plm.n_layers)
    assert control.tokenizer_sha256 == case.plm.tokenizer_sha256


def test_every_layer_has_one_finite_row_a_residue(case):
    with torch.inference_mode():
        states = case.plm.activations(SEQUENCES, range(case.plm.n_layers + 1))
    for rows in states.values():
        assert [tuple(r.shape) for r in rows] == [(len(s), case.plm.d_model) for s in SEQUENCES]
        assert all(r.isfinite().all() for r in rows)


def test_a_batch_changes_no_sequence(case):
    last = case.plm.n_layers
    with torch.inference_mode():
        together = case.plm.activations(SEQUENCES, [last])[last]
        alone = [case.plm.activations([s], [last])[last][0] for s in SEQUENCES]
    assert max(map(relative_error, together, alone)) < 1e-4


def test_its_weights_are_frozen_and_it_is_in_evaluation(case):
    assert not case.plm.training
    assert not any(parameter.requires_grad for parameter in case.plm.parameters())


def test_it_knows_its_alphabet_and_refuses_other_letters(case):
    assert set(RESIDUES) - case.plm.alphabet == set(case.lacks)
    for letter in case.lacks:
        with pytest.raises(UserError, match=f"has no token for {letter}"):
            case.plm.activations([f"MK{letter}"], [1])


def test_it_stops_at_its_context(case):
    with pytest.raises(UserError, match=f"but .* reads {case.plm.max_residues}: cut it"):
        case.plm.activations(["M" * (case.plm.max_residues + 1)], [0])


def test_a_width_in_the_config_that_is_not_the_model_s_is_refused(case):
    with pytest.raises(UserError, match=f"have width {case.plm.d_model}: correct it"):
        case.plm.check_width(case.plm.d_model + 1)


def test_logits_continue_from_any_layer(case):
    if not case.predicts:
        return
    plm = case.plm
    tokens = plm.tokens.tokenize(SEQUENCES)
    chosen = plm.tokens.residue_mask(tokens)
    masked = plm.mask(tokens, chosen & (torch.arange(tokens.shape[1]) % 5 == 2))
    with torch.inference_mode():
        states = plm.hidden_states(masked, range(plm.n_layers + 1))
        logits = [plm.logits_at(hidden, masked, layer, chosen) for layer, hidden in states.items()]
    assert max(relative_error(found, logits[-1]) for found in logits[:-1]) < 1e-4
