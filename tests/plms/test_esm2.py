import pytest
import torch
from tests.plms.checkpoints import SEQUENCES, network, write_official

from interplm.errors import BrokenArtifact, MissingArtifact, UserError
from interplm.plms.esm2 import ESM2, load_esm2


@pytest.fixture(scope="module")
def plm():
    return ESM2(network=network(), name="small", weights_sha256="0" * 64)


def fair_esm(plm, sequences, layers):
    """Tokens and results of fair-esm's own batch converter and whole forward pass."""
    converter = plm.network.alphabet.get_batch_converter()
    _, _, tokens = converter([("", sequence) for sequence in sequences])
    with torch.inference_mode():
        return tokens, plm.network(tokens, repr_layers=layers)


def relative_error(found, expected):
    return ((found - expected).abs().max() / expected.abs().max()).item()


def test_tokens_are_those_of_fair_esm(plm):
    tokens, _ = fair_esm(plm, SEQUENCES, [0])
    assert torch.equal(plm.tokens.tokenize(SEQUENCES), tokens)


def test_a_letter_that_esm_does_not_know_becomes_x(plm):
    assert torch.equal(plm.tokens.tokenize(["MJK"]), plm.tokens.tokenize(["MXK"]))


@pytest.mark.parametrize("layer", range(4))
def test_every_layer_equals_fair_esm_for_mixed_lengths(plm, layer):
    _, expected = fair_esm(plm, SEQUENCES, range(4))
    with torch.inference_mode():
        found = plm.activations(SEQUENCES, [layer])[layer]
    for sequence, rows, reference in zip(
        SEQUENCES, found, expected["representations"][layer], strict=True
    ):
        assert rows.shape == (len(sequence), 40)
        assert relative_error(rows, reference[1 : len(sequence) + 1]) < 1e-5


def test_all_layers_come_from_one_pass(plm):
    with torch.inference_mode():
        together = plm.activations(SEQUENCES, [0, 1, 2, 3])
        alone = {layer: plm.activations(SEQUENCES, [layer])[layer] for layer in range(4)}
    for layer in range(4):
        for one, other in zip(together[layer], alone[layer], strict=True):
            assert torch.equal(one, other)


def test_masked_positions_are_scaled_as_in_fair_esm(plm):
    tokens = plm.tokens.tokenize(SEQUENCES)
    tokens[0, 3:9] = plm.network.mask_idx
    tokens[4, 1] = plm.network.mask_idx
    with torch.inference_mode():
        expected = plm.network(tokens, repr_layers=[3])
        found = plm.hidden_states(tokens, [3])[3]
        logits = plm.logits_from(found, tokens, 3)
    mask = plm.tokens.residue_mask(tokens)
    assert relative_error(found[mask], expected["representations"][3][mask]) < 1e-5
    assert relative_error(logits[mask], expected["logits"][mask]) < 1e-5


@pytest.mark.parametrize("layer", range(4))
def test_logits_can_be_continued_from_any_layer(plm, layer):
    tokens, expected = fair_esm(plm, SEQUENCES, [])
    with torch.inference_mode():
        hidden = plm.hidden_states(tokens, [layer])[layer]
        logits = plm.logits_from(hidden, tokens, layer)
    mask = plm.tokens.residue_mask(tokens)
    assert relative_error(logits[mask], expected["logits"][mask]) < 1e-5


@pytest.mark.parametrize("layer", range(4))
@pytest.mark.parametrize("every", [1, 3, 40])
def test_logits_at_some_positions_are_those_of_the_whole_pass(plm, layer, every):
    tokens = plm.tokens.tokenize(SEQUENCES)
    position = torch.arange(tokens.shape[1])
    chosen = plm.tokens.residue_mask(tokens) & (position % every == 1 % every)
    with torch.inference_mode():
        hidden = plm.hidden_states(tokens, [layer])[layer]
        expected = plm.logits_from(hidden, tokens, layer)[chosen]
        found = plm.logits_at(hidden, tokens, layer, chosen)
    assert found.shape == expected.shape
    assert relative_error(found, expected) < 1e-5


def test_masking_changes_the_chosen_positions_of_a_copy(plm):
    tokens = plm.tokens.tokenize(["MKV"])
    chosen = torch.tensor([[False, False, True, False, False]])
    masked = plm.mask(tokens, chosen)
    assert masked.tolist() == [[0, 20, plm.network.mask_idx, 7, 2]]
    assert not torch.equal(masked, tokens)
    assert plm.tokens.residue_mask(masked).tolist() == [[False, True, True, True, False]]


def test_the_forward_pass_stops_at_the_deepest_layer_asked_for(plm):
    ran = []
    hooks = [
        layer.fc1.register_forward_hook(lambda *_, index=index: ran.append(index))
        for index, layer in enumerate(plm.network.layers, start=1)
    ]
    plm.activations(SEQUENCES, [0, 2])
    for hook in hooks:
        hook.remove()
    assert ran == [1, 2]


def test_padding_does_not_change_a_sequence(plm):
    with torch.inference_mode():
        alone = plm.activations([SEQUENCES[0]], [2])[2][0]
        padded = plm.activations(SEQUENCES, [2])[2][0]
    assert relative_error(padded, alone) < 1e-5


@pytest.mark.parametrize(
    ("sequences", "said"),
    [([], "No sequences"), ([" \n"], "Sequence 1 of 1 is empty"),
     (["MK", ""], "Sequence 2 of 2 is empty")],
)  # fmt: skip
def test_no_residues_are_refused_by_their_place(plm, sequences, said):
    with pytest.raises(UserError, match=said):
        plm.activations(sequences, layers=[1])


def test_a_sequence_longer_than_the_context_is_refused(plm):
    with pytest.raises(UserError, match="has 1023 residues but small reads 1022"):
        plm.activations(["A" * 1023], [1])


@pytest.mark.parametrize("layers", [[4], [-1], []])
def test_a_layer_that_the_model_lacks_is_refused(plm, layers):
    with pytest.raises(UserError, match=r"small has layers 0 \(embedding\) to 3"):
        plm.activations(SEQUENCES, layers)


def load(path, **changes):
    settings = {
        "name": "small", "model": "esm2_small", "weights": path, "base_url": None,
        "hub_folder": None, "control": None, "seed": 0,
    }  # fmt: skip
    return load_esm2(**settings | changes)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return write_official(network(), tmp_path_factory.mktemp("weights") / "esm2_small.pt")


def test_a_checkpoint_in_the_published_format_loads_frozen_and_fingerprinted(plm, checkpoint):
    loaded = load(checkpoint)
    with torch.inference_mode():
        assert torch.equal(
            loaded.activations(SEQUENCES, [3])[3][0], plm.activations(SEQUENCES, [3])[3][0]
        )
    assert not any(parameter.requires_grad for parameter in loaded.parameters())
    assert not loaded.training
    assert len(loaded.weights_sha256) == 64


def test_shuffled_weights_keep_every_tensor_s_values_but_not_their_places(plm, checkpoint):
    control = load(checkpoint, control="shuffled")
    assert control.weights_sha256 != load(checkpoint).weights_sha256
    shuffled_by_name = dict(control.network.named_parameters())
    # The contact head is not in the file: it is random and never used.
    for name, original in plm.network.named_parameters():
        if name.startswith("contact_head"):
            continue
        shuffled = shuffled_by_name[name]
        assert torch.equal(original.flatten().sort()[0], shuffled.flatten().sort()[0])
    assert not torch.equal(plm.network.layers[0].fc1.weight, control.network.layers[0].fc1.weight)


def test_an_untrained_control_has_the_sizes_and_none_of_the_weights(checkpoint):
    control = load(checkpoint, control="untrained")
    assert (control.n_layers, control.d_model) == (3, 40)
    weight = control.network.layers[0].final_layer_norm.weight
    assert torch.equal(weight, torch.ones(40))


@pytest.mark.parametrize("control", ["untrained", "shuffled"])
def test_controls_follow_their_seed_and_leave_the_global_generator_alone(checkpoint, control):
    state = torch.get_rng_state()
    digests = [load(checkpoint, control=control, seed=s).weights_sha256 for s in (1, 1, 2)]
    assert digests[0] == digests[1] != digests[2]
    assert torch.equal(torch.get_rng_state(), state)


def test_an_untrained_published_model_needs_no_checkpoint():
    control = load(None, model="esm2_t6_8M_UR50D", control="untrained")
    assert (control.n_layers, control.d_model) == (6, 320)


def test_an_unknown_control_is_refused(checkpoint):
    with pytest.raises(UserError, match="must be null, untrained or shuffled, got 'random'"):
        load(checkpoint, control="random")


def test_missing_weights_name_the_setting(tmp_path):
    with pytest.raises(MissingArtifact, match=r"none.pt does not exist: correct plm.weights"):
        load(tmp_path / "none.pt")


def test_truncated_weights_are_named(checkpoint, tmp_path):
    path = tmp_path / "cut.pt"
    path.write_bytes(checkpoint.read_bytes()[:-5000])
    with pytest.raises(BrokenArtifact, match=r"cut.pt is not a readable ESM-2 checkpoint"):
        load(path)
