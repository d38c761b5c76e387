"""Files of other programs that hold numbers or settings, for `reader_fuzzing` to change."""

import io
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
import yaml
from safetensors.torch import save as safetensors_of
from tests.faults.reader_fuzzing import Target
from tests.interchange.foreign import D_IN, D_SAE, K, linear_state, matrix_state, vector
from tests.packs.packs import small_pack
from torch import Tensor

from interplm.activations.foreign import open_activations
from interplm.interchange import read
from interplm.packs import load_pack, save_pack
from interplm.packs.label import read_labels
from interplm.packs.pack import LABELS_FILE, PACK_FILE, pack_sha256
from interplm.sae import load_sae
from interplm.sae.export import DESCRIPTION_FILE, WEIGHTS_FILE, read_description

# What a setting may be where a number, a word or a flag is expected.
ODD_VALUES = (None, "x", "3", -1, 0, 2**70, 1e308, float("nan"), True, [], [3], {}, {"k": [3]})
ODD_TENSORS = (
    torch.tensor(0.5), torch.zeros(0), torch.zeros(2, 3, 4), torch.full((D_IN, D_SAE), torch.nan),
    torch.ones(D_SAE, dtype=torch.int64), torch.ones(D_IN, D_SAE, dtype=torch.complex64),
    torch.ones(3, dtype=torch.bool), torch.zeros(D_SAE, 0),
)  # fmt: skip
Dump = Callable[[dict[str, object]], str]


def _altered(settings: Mapping[str, object]) -> Iterator[dict[str, object]]:
    """The settings, then with one of them odd or gone, at any depth."""
    yield dict(settings)
    for name, value in settings.items():
        yield {key: kept for key, kept in settings.items() if key != name}
        yield from ({**settings, name: odd} for odd in ODD_VALUES)
        if isinstance(value, dict):
            yield from ({**settings, name: inner} for inner in _altered(value))


def _altered_tensors(state: Mapping[str, Tensor]) -> Iterator[dict[str, Tensor]]:
    yield dict(state)
    for name in state:
        yield {key: kept for key, kept in state.items() if key != name}
        yield from ({**state, name: odd.clone()} for odd in ODD_TENSORS)


def _saved(content: object) -> bytes:
    file = io.BytesIO()
    torch.save(content, file)
    return file.getvalue()


def _npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def _check_sae(source: Path) -> None:
    sae = read(source).sae
    features = sae.encode(torch.zeros(2, sae.d_in))
    assert features.shape == (2, sae.d_sae)


def _check_export(folder: Path) -> None:
    sae = load_sae(folder)
    assert sae.encode(torch.zeros(2, sae.d_in)).shape == (2, sae.d_sae)
    assert dict(read_description(folder)["trained_on"]) is not None


def _settings(
    name: str,
    settings: dict[str, object],
    file: str,
    weights: tuple[str, bytes],
    dump: Dump,
    *,
    check: Callable[[Path], None] = _check_sae,
) -> Target:
    """Settings beside weights that are whole."""

    def read_beside(path: Path) -> None:
        folder = path.parent / name.replace(" ", "_")
        if not (folder / weights[0]).exists():
            folder.mkdir()
            (folder / weights[0]).write_bytes(weights[1])
        (folder / file).write_bytes(path.read_bytes())
        check(folder)

    return Target(name, [dump(altered).encode() for altered in _altered(settings)], read_beside)


def _check_array(suffix: str) -> Callable[[Path], None]:
    def check(path: Path) -> None:
        file = path.with_suffix(suffix)
        file.write_bytes(path.read_bytes())
        found = open_activations(file, layer=3, proteins=None)
        for number, (name, length) in enumerate(found.proteins):
            assert name
            assert found.read(number).shape == (length, found.d_model)

    return check


def _arrays() -> list[Target]:
    rows = torch.arange(20.0).view(10, 2)
    held: dict[str, Tensor] = {"x": rows, "lengths": torch.tensor([3, 7])}
    many = [*_altered_tensors(held), {"x": rows, "offsets": torch.tensor([0, 3])},
            {"x": rows, "boundaries": torch.tensor([[0, 4], [4, 10]])}]  # fmt: skip
    said = [{**held, "accessions": ["P1", "P2"]}, {"representations": {3: rows}, "label": "P1"},
            rows, [rows], {"x": rows, "lengths": [3, 7.5]}, {"x": rows, "lengths": [-3, 13]},
            {"x": rows, "lengths": None}, {"x": rows, "lengths": 3},
            {"representations": {3: [1]}}]  # fmt: skip
    kinds = [np.zeros((4, 2), kind) for kind in ("f2", "f4", "i8", "c8", "S3", "U2", "M8[s]", "?")]
    return [
        Target("activations, .npy", [*map(_npy, kinds), _npy(np.zeros(3))], _check_array(".npy")),
        Target("activations, .pt", [_saved(one) for one in (*many, *said)], _check_array(".pt")),
        Target(
            "activations, .safetensors",
            [safetensors_of(one) for one in many],
            _check_array(".safetensors"),
        ),
    ]


def _pack() -> list[Target]:
    """A feature pack whose description, or whose labels, a stranger wrote."""
    with tempfile.TemporaryDirectory() as folder:
        save_pack(small_pack(), Path(folder))
        files = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
    description = yaml.safe_load(files[PACK_FILE])

    def check(path: Path) -> None:
        folder = path.parent / "pack"
        if not folder.exists():
            folder.mkdir()
            for name, content in files.items():
                (folder / name).write_bytes(content)
        (folder / PACK_FILE).write_bytes(path.read_bytes())
        pack = load_pack(folder)
        assert all(0 <= feature < pack.sae.d_sae for feature in pack.labels)
        assert pack_sha256(folder)

    seeds = [yaml.safe_dump(altered).encode() for altered in _altered(description)]
    # Without checksums, as whoever edits it is told.
    export = {name: value for name, value in yaml.safe_load(files[DESCRIPTION_FILE]).items()
              if name not in ("checksum", "weights_sha256")}  # fmt: skip
    return [
        Target("feature pack", seeds, check),
        _settings(
            "export",
            export,
            DESCRIPTION_FILE,
            (WEIGHTS_FILE, files[WEIGHTS_FILE]),
            yaml.safe_dump,
            check=_check_export,
        ),
        Target("labels of a pack", [files[LABELS_FILE]], read_labels),
    ]


def targets() -> list[Target]:
    """Every such reader with seeds of its own."""
    linear, matrices = linear_state(), matrix_state()
    original = linear | {"bias": vector(D_IN, seed=2)}
    chosen = linear | {
        "b_dec": vector(D_IN, 2), "k": torch.tensor(K), "threshold": torch.tensor(0.4)
    }  # fmt: skip
    coder = {
        "encoder.weight": linear["encoder.weight"], "encoder.bias": linear["encoder.bias"],
        "W_dec": matrices["W_dec"], "b_dec": matrices["b_dec"],
    }  # fmt: skip
    esmc = {n: matrices[n] for n in ("W_enc", "W_dec", "b_dec")} | {
        "idf": torch.ones(D_SAE), "max": torch.ones(D_SAE)
    }  # fmt: skip
    states = [original, chosen, esmc, matrices | {"group_sizes": torch.tensor([2, 6, 8])}]
    jumping = matrices | {"threshold": vector(D_SAE, 4)}
    return [
        Target(
            "weights of an SAE",
            [save(one) for state in states for one in _altered_tensors(state)
             for save in (_saved, safetensors_of)],
            _check_sae,
        ),
        _settings(
            "SAELens",
            {"architecture": "jumprelu", "d_in": D_IN, "d_sae": D_SAE, "dtype": "float32",
             "normalize_activations": "none", "apply_b_dec_to_input": True,
             "reshape_activations": "none", "activation_fn_kwargs": {"k": 3},
             "metadata": {"model_name": "esm2_t6_8M_UR50D", "hook_name": "blocks.2.hook_resid_post",
                          "trained_on": {"plm": "esm2_8m"}}},
            "cfg.json", ("sae_weights.safetensors", safetensors_of(jumping)), json.dumps,
        ),
        _settings(
            "sparsify",
            {"activation": "topk", "expansion_factor": 32, "num_latents": D_SAE, "k": K,
             "skip_connection": False, "transcode": False, "d_in": D_IN},
            "cfg.json", ("sae.safetensors", safetensors_of(coder)), json.dumps,
        ),
        _settings(
            "dictionary_learning",
            {"trainer": {"dict_class": "BatchTopKSAE", "k": K, "layer": 3, "lm_name": "esm2",
                         "submodule_name": "layers.3"}, "buffer": {"d_submodule": D_IN}},
            "config.json", ("ae.pt", _saved(chosen)), json.dumps,
        ),
        _settings(
            "original InterPLM",
            {"trainer_cfg": {"trainer_name": "TopKTrainer", "k": K}, "layer": 3, "plm": "esm2_8m",
             "eval_cfg": {"model_name": "esm2_8m", "layer_idx": 3}},
            "config.yaml", ("ae.pt", _saved(chosen)), yaml.safe_dump,
        ),
        _settings(
            "ESM C",
            {"d_model": D_IN, "codebook_dim": D_SAE, "k": K, "available_layers": [24],
             "model_type": "esmc_sae"},
            "config.json", ("layer_24.safetensors", safetensors_of(esmc)), json.dumps,
        ),
        _settings(
            "1L-Sparse-Autoencoder",
            {"cfg": {"act_size": D_IN, "dict_size": D_SAE, "layer": 3, "site": "resid_post",
                     "model_name": "facebook/esm2_t6_8M_UR50D"}},
            "config.json", ("model.safetensors", safetensors_of(matrices)), json.dumps,
        ),
        *_arrays(),
        *_pack(),
    ]  # fmt: skip
