"""The package sae-neuropeptide-predictor on this software, beside the way of the first release.

The package (pip install --no-deps sae-neuropeptide-predictor==0.1.1) imports two functions of the
original's first release, which loads the PLM anew for every sequence. Weights are random, of the
size and in the format of the published ones, so figures are of speed and of agreement alone.

python experiments/interchange/neuropeptide.py --size 8m
"""

import argparse
import os
import random
import tempfile
import time
from argparse import Namespace
from pathlib import Path

import torch
from torch import Tensor

SIZES = {
    "8m": ("esm2_t6_8M_UR50D", 6, 320, 20, 3),
    "650m": ("esm2_t33_650M_UR50D", 33, 1280, 20, 18),
}
N_FEATURES = 10_240


def write_plm(folder: Path, name: str, n_layers: int, d_model: int, n_heads: int) -> None:
    """A checkpoint and the contact regression that fair-esm asks for beside it."""
    from esm.model.esm2 import ESM2

    torch.manual_seed(0)
    made = ESM2(n_layers, d_model, n_heads)
    sizes = Namespace(
        encoder_layers=n_layers, encoder_embed_dim=d_model, encoder_attention_heads=n_heads,
        token_dropout=True, arch="esm2",
    )  # fmt: skip
    state = {}
    for key, tensor in made.state_dict().items():
        if not key.startswith("contact_head"):
            state[
                ("encoder." if key.startswith("lm_head") else "encoder.sentence_encoder.") + key
            ] = tensor
    folder.mkdir(parents=True)
    torch.save({"cfg": {"model": sizes}, "model": state}, folder / f"{name}.pt")
    contacts = made.contact_head.state_dict()
    regression = {"model": {f"contact_head.{key}": value for key, value in contacts.items()}}
    torch.save(regression, folder / f"{name}-contact-regression.pt")


def write_sae(hub: Path, size: str, layer: int, d_model: int) -> dict[str, Tensor]:
    """The published SAE's layout in a cache of the hub."""
    repository = hub / f"models--Elana--InterPLM-esm2-{size}"
    folder = repository / "snapshots" / ("a" * 40) / f"layer_{layer}"
    folder.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("a" * 40)
    generator = torch.Generator().manual_seed(0)
    state = {
        "bias": torch.randn(d_model, generator=generator) * 0.1,
        "encoder.weight": torch.randn(N_FEATURES, d_model, generator=generator) / d_model**0.5,
        "encoder.bias": torch.randn(N_FEATURES, generator=generator) * 0.1,
        "decoder.weight": torch.randn(d_model, N_FEATURES, generator=generator),
    }
    torch.save(state, folder / "ae_normalized.pt")
    return state


def first_release(sequence: str, name: str, layer: int, state: dict[str, Tensor]) -> Tensor:
    """Pooled features as the first release computes them: load, read all layers, encode."""
    import esm

    model, alphabet = esm.pretrained.load_model_and_alphabet(name)
    _, _, tokens = alphabet.get_batch_converter()([("s", sequence)])
    with torch.no_grad():
        x = model.eval()(tokens, repr_layers=[layer])["representations"][layer][0, 1:-1]
        features = torch.relu(
            (x - state["bias"]) @ state["encoder.weight"].T + state["encoder.bias"]
        )
    return features.max(dim=0).values


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="8m")
    parser.add_argument("--n-sequences", type=int, default=100)
    parser.add_argument("--n-first-release", type=int, default=5)
    args = parser.parse_args()
    name, n_layers, d_model, n_heads, layer = SIZES[args.size]
    letters = random.Random(0)
    sequences = {
        f"s{i}": "M" + "".join(letters.choices("ACDEFGHIKLMNPQRSTVWY", k=letters.randint(60, 120)))
        for i in range(args.n_sequences)
    }
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "TORCH_HOME": f"{folder}/torch", "HF_HUB_CACHE": f"{folder}/hub", "HF_HUB_OFFLINE": "1",
        }  # fmt: skip
        torch.serialization.add_safe_globals([Namespace])
        write_plm(Path(folder) / "torch" / "hub" / "checkpoints", name, n_layers, d_model, n_heads)
        state = write_sae(Path(folder) / "hub", args.size, layer, d_model)

        from sae_neuropeptide_predictor import NeuropeptideClassifier

        from interplm.esm.embed import embed_single_sequence
        from interplm.sae.inference import load_sae_from_hf

        classifier = NeuropeptideClassifier(
            plm_model=f"esm2-{args.size}", plm_layer=layer, esm_model_name=name
        )
        classifier.predict_many({"first": "MKAV"})
        start = time.perf_counter()
        classifier.predict_many(sequences)
        ours = args.n_sequences / (time.perf_counter() - start)

        some = list(sequences.values())[: args.n_first_release]
        start = time.perf_counter()
        expected = [first_release(sequence, name, layer, state) for sequence in some]
        theirs = args.n_first_release / (time.perf_counter() - start)

        sae = load_sae_from_hf(f"esm2-{args.size}", layer)
        found = [sae.encode(embed_single_sequence(s, name, layer)).amax(dim=0) for s in some]
    pairs = zip(found, expected, strict=True)
    with torch.no_grad():
        worst = max(float((a - b).abs().max() / b.abs().max()) for a, b in pairs)
    print(f"{name}, layer {layer}: largest relative difference {worst:.1e}")
    print(f"{ours:.2f} sequences/s, as the first release {theirs:.3f}: {ours / theirs:.1f} times")


if __name__ == "__main__":
    main()
