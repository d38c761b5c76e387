"""Every family against transformers' own hidden states, with tokens written down by hand."""

import pytest
import torch
from tests.plms.huggingface import models
from tests.plms.huggingface.models import SEQUENCES, load, reference, relative_error

from interplm.plms import MaskedLanguageModel
from interplm.plms.esm2 import ESM2
from interplm.proteins.alphabet import RESIDUES, STANDARD

BERT_IDS = {token: index for index, token in enumerate(models.PROTBERT.split())}
ESM_IDS = {token: index for index, token in enumerate(models.ESM.split())}
T5_IDS = {letter: index for index, letter in enumerate(models.T5_LETTERS, start=3)}
GPT_IDS = {letter: index for index, letter in enumerate(models.T5_LETTERS, start=2)}


def write_esm2(folder):
    return models.write_esm(folder, is_esm2=True)


def write_esm1b(folder):
    return models.write_esm(folder, is_esm2=False)


def write_protbert(folder):
    return models.write_bert(folder, models.PROTBERT, n_positions=80)


def write_legacy_protbert(folder):
    return models.write_bert(folder, models.PROTBERT, n_positions=80, legacy=True)


def write_prott5(folder):
    return models.write_t5(folder, of_ankh=False)


def write_ankh(folder):
    return models.write_t5(folder, of_ankh=True)


# How it is written, ids of letters, tokens before and after, padding, context, has a head.
FAMILIES = {
    "esm2": (write_esm2, ESM_IDS, [0], [2], 1, 1022, True),
    "esm1b": (write_esm1b, ESM_IDS, [0], [2], 1, 1022, True),
    "protbert": (write_protbert, BERT_IDS, [2], [3], 0, 78, True),
    "legacy_protbert": (write_legacy_protbert, BERT_IDS, [2], [3], 0, 78, True),
    "prott5": (write_prott5, T5_IDS, [], [1], 0, 100, False),
    "ankh": (write_ankh, T5_IDS, [], [1], 0, 100, False),
    "esmc": (models.write_esmc, ESM_IDS, [0], [2], 1, 2046, True),
    "gpt": (models.write_gpt, GPT_IDS, [1], [], 0, 79, False),
}


class Case:
    def __init__(self, family, folder):
        write, self.ids, self.before, self.after, self.padding, self.context, self.has_head = (
            FAMILIES[family]
        )
        self.folder = folder / family
        self.folder.mkdir()
        self.network = write(self.folder)
        self.is_t5 = family in ("prott5", "ankh")
        self.plm = self.load()

    def load(self, **changes):
        return load(self.folder, **({"max_residues": 100} if self.is_t5 else {}) | changes)

    def tokens(self, sequences=SEQUENCES):
        rows = [[*self.before, *(self.ids[c] for c in s), *self.after] for s in sequences]
        width = max(map(len, rows))
        return torch.tensor([row + [self.padding] * (width - len(row)) for row in rows])


@pytest.fixture(scope="module", params=FAMILIES)
def case(request, tmp_path_factory):
    return Case(request.param, tmp_path_factory.mktemp("models"))


def test_tokens_are_those_of_the_family(case):
    found = case.plm.tokens.tokenize(SEQUENCES)
    expected = case.tokens()
    assert torch.equal(found, expected)


def test_every_layer_equals_transformers_own_for_mixed_lengths(case):
    expected = reference(case.network, case.tokens(), case.padding).hidden_states
    with torch.inference_mode():
        found = case.plm.activations(SEQUENCES, range(4))
    first = len(case.before)
    for layer in range(4):
        for sequence, rows, states in zip(SEQUENCES, found[layer], expected[layer], strict=True):
            assert rows.shape == (len(sequence), 16)
            assert relative_error(rows, states[first : first + len(sequence)]) < 1e-5


def test_layers_alone_are_those_read_together_and_nothing_above_is_computed(case):
    with torch.inference_mode():
        together = case.plm.activations(SEQUENCES, range(4))
        for layer in range(4):
            alone = case.plm.activations(SEQUENCES, [layer])[layer]
            assert all(map(torch.equal, alone, together[layer]))
    if isinstance(case.plm, ESM2):
        return
    ran = []
    hooks = [
        block.register_forward_hook(lambda *_, index=index: ran.append(index))
        for index, block in enumerate(case.plm.blocks)
    ]
    case.plm.activations(SEQUENCES, [0, 2])
    for hook in hooks:
        hook.remove()
    assert ran == [0, 1]


def test_the_context_and_the_alphabet_are_known(case):
    assert case.plm.max_residues == case.context
    assert set(STANDARD) <= case.plm.alphabet <= set(RESIDUES)
    assert case.plm.alphabet == set(case.ids) & set(RESIDUES)


def test_only_a_model_with_the_head_of_masked_tokens_can_predict_them(case):
    assert isinstance(case.plm, MaskedLanguageModel) == case.has_head


def test_logits_can_be_continued_from_every_layer(case):
    if not case.has_head:
        pytest.skip("has no head")
    tokens = case.tokens()
    tokens[0, 3] = case.plm.tokens.mask
    expected = reference(case.network, tokens, case.padding).logits
    mask = case.plm.tokens.residue_mask(tokens)
    some = mask & (torch.arange(tokens.shape[1]) % 3 == 1)
    with torch.inference_mode():
        for layer, hidden in case.plm.hidden_states(tokens, range(4)).items():
            logits = case.plm.logits_from(hidden, tokens, layer)
            assert relative_error(logits[mask], expected[mask]) < 1e-5
            chosen = case.plm.logits_at(hidden, tokens, layer, some)
            assert relative_error(chosen, expected[some]) < 1e-5


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision_stays_close(case, dtype):
    half = case.load(dtype=dtype)
    assert half.dtype == getattr(torch, dtype)
    with torch.inference_mode():
        rows = half.activations(SEQUENCES, [3])[3][0]
        expected = case.plm.activations(SEQUENCES, [3])[3][0]
    assert 0 < relative_error(rows.float(), expected) < 0.1


def test_eager_attention_computes_the_same(case):
    eager = case.load(attention="eager")
    assert not isinstance(eager, ESM2)
    with torch.inference_mode():
        found = eager.activations(SEQUENCES, [3])[3]
        expected = case.plm.activations(SEQUENCES, [3])[3]
    assert max(map(relative_error, found, expected)) < 1e-5


def test_identities_of_weights_and_tokenizer_are_those_of_the_files(case):
    again = case.load()
    assert again.weights_sha256 == case.plm.weights_sha256
    assert again.tokenizer_sha256 == case.plm.tokenizer_sha256
    assert len(case.plm.weights_sha256) == len(case.plm.tokenizer_sha256) == 64


@pytest.mark.parametrize("control", ["untrained", "shuffled"])
def test_controls_come_from_one_place(case, control):
    made = [case.load(control=control, seed=seed) for seed in (1, 1, 2)]
    assert made[0].weights_sha256 == made[1].weights_sha256 != made[2].weights_sha256
    assert made[0].weights_sha256 != case.plm.weights_sha256
    with torch.inference_mode():
        states = [plm.activations(SEQUENCES, [3])[3][0] for plm in (case.plm, *made)]
    assert torch.equal(states[1], states[2])
    assert relative_error(states[1], states[0]) > 0.1
    assert relative_error(states[1], states[3]) > 0.1


def test_a_letter_read_as_another_has_its_states(case):
    if "X" not in case.ids:
        pytest.skip("has no X")
    plm = case.load(replaced={"J": "X", "U": "X"})
    assert plm.tokenizer_sha256 != case.plm.tokenizer_sha256
    with torch.inference_mode():
        rows = plm.activations(["MJKU", "MXKX"], [3])[3]
    torch.testing.assert_close(*rows)  # two rows of a product need not be rounded alike
