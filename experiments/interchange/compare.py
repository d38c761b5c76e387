"""SAEs that other toolkits' own packages write, read by InterPLM: largest relative differences.

    pip install sae-lens eai-sparsify dictionary-learning esm   # those that are to be compared
    python experiments/interchange/compare.py                   # prints a table, exits 1 above 1e-5

Each package makes SAEs of random weights, saves them and computes features and reconstructions of
random activations; what is not installed is left out. The package esm wants Python 3.12; its one
module that matters here needs torch alone, and `--esm-sae <path to esm/models/esmc/sae.py>` takes
it from an unpacked wheel.
"""

import argparse
import contextlib
import importlib
import importlib.util
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor

from interplm.interchange import read, save_sae_lens
from interplm.sae import Transcoder

D_IN, D_SAE, D_OUT, K, N = 64, 512, 48, 16, 2000
Row = tuple[str, str, float, float]


def residues() -> Tensor:
    generator = torch.Generator().manual_seed(7)
    # Off the origin, of different lengths, as hidden states are.
    size = torch.rand(N, 1, generator=generator) * 3 + 0.5
    return torch.randn(N, D_IN, generator=generator) * size + torch.randn(D_IN, generator=generator)


def scramble_(module: torch.nn.Module) -> None:
    """Random values for everything, biases and thresholds too."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in module.parameters():
            scale = 0.3 if parameter.ndim == 1 else 0.2
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * scale)


def difference(found: Tensor, expected: Tensor) -> float:
    """Largest difference, as a share of the largest entry."""
    return float((found - expected).abs().max() / expected.abs().max())


def compared(
    name: str, kind: str, folder: Path, features: Tensor, output: Tensor, **options: object
) -> Row:
    sae = read(folder, **options).sae
    x = residues()
    with torch.no_grad():
        ours = sae.predict(x) if isinstance(sae, Transcoder) else sae(x).reconstruction
        assert 0 < (features != 0).float().mean() < 1
        return name, kind, difference(sae.encode(x), features), difference(ours, output)


def of_sae_lens(folder: Path) -> Iterator[Row]:
    sae_lens = importlib.import_module("sae_lens")
    name = f"sae-lens {sae_lens.__version__}"
    for kind in (
        "standard", "gated", "topk", "abstopk", "jumprelu",
        "transcoder", "skip_transcoder", "jumprelu_transcoder", "jumprelu_skip_transcoder",
    ):  # fmt: skip
        for normalization in ("none", "layer_norm", "constant_norm_rescale"):
            for rescales in (False, True) if "topk" in kind else (False,):
                config = {
                    "architecture": kind, "d_in": D_IN, "d_sae": D_SAE, "metadata": {},
                    "normalize_activations": normalization,
                    "apply_b_dec_to_input": "transcoder" not in kind,
                }  # fmt: skip
                config |= {"d_out": D_OUT} if "transcoder" in kind else {}
                if "topk" in kind:
                    config |= {"k": K, "rescale_acts_by_decoder_norm": rescales}
                sae = sae_lens.SAE.get_sae_class_for_architecture(kind).from_dict(config)
                scramble_(sae)
                target = folder / f"{kind}-{normalization}-{rescales}"
                sae.save_model(target)
                with torch.no_grad():
                    features, output = sae.encode(residues()), sae(residues())
                if kind == "abstopk":
                    features = torch.cat([features.relu(), (-features).relu()], dim=1)
                label = kind + (f", {normalization}" if normalization != "none" else "")
                yield compared(name, label + ", rescaled" * rescales, target, features, output)


def to_sae_lens(folder: Path) -> Iterator[Row]:
    """The other way: what we write, read by SAELens."""
    sae_lens = importlib.import_module("sae_lens")
    for kind in ("topk", "standard"):
        for normalization in ("none", "layer_norm"):
            source = folder / f"{kind}-{normalization}-False"
            ours = read(source).sae
            target = folder / f"again-{kind}-{normalization}"
            save_sae_lens(ours, target, trained_on={})
            theirs = sae_lens.SAE.load_from_disk(target)
            x = residues()
            with torch.no_grad():
                yield (
                    f"sae-lens {sae_lens.__version__}, reading ours", f"{kind}, {normalization}",
                    difference(theirs.encode(x), ours.encode(x)),
                    difference(theirs(x), ours(x).reconstruction),
                )  # fmt: skip


def of_sparsify(folder: Path) -> Iterator[Row]:
    os.environ["SPARSIFY_DISABLE_TRITON"] = "1"  # which wants a GPU
    sparsify = importlib.import_module("sparsify")
    for activation in ("topk", "groupmax"):
        for transcode in (False, True) if activation == "topk" else (False,):
            for skip in (False, True) if transcode else (False,):
                config = sparsify.SparseCoderConfig(
                    activation=activation, num_latents=D_SAE, k=K, transcode=transcode,
                    skip_connection=skip,
                )  # fmt: skip
                coder = sparsify.SparseCoder(D_IN, config)
                scramble_(coder)
                label = activation + ", transcoder" * transcode + ", skip" * skip
                target = folder / label.replace(", ", "-") / "layers.3"
                coder.save_to_disk(target)
                with torch.no_grad():
                    values, places, _ = coder.encode(residues())
                    features = torch.zeros(N, D_SAE).scatter(1, places, values)
                    output = coder.decode(values, places)
                    if skip:
                        output = output + residues() @ coder.W_skip.mT
                yield compared("eai-sparsify", label, target, features, output)


def of_dictionary_learning(folder: Path) -> Iterator[Row]:
    dictionaries = importlib.import_module("dictionary_learning.dictionary")
    trainers = "dictionary_learning.trainers"
    top_k = importlib.import_module(f"{trainers}.top_k")
    batch = importlib.import_module(f"{trainers}.batch_top_k")
    nested = importlib.import_module(f"{trainers}.matryoshka_batch_top_k")
    made = {
        "AutoEncoder": dictionaries.AutoEncoder(D_IN, D_SAE),
        "GatedAutoEncoder": dictionaries.GatedAutoEncoder(D_IN, D_SAE),
        "JumpReluAutoEncoder": dictionaries.JumpReluAutoEncoder(D_IN, D_SAE),
        "AutoEncoderTopK": top_k.AutoEncoderTopK(D_IN, D_SAE, K),
        "BatchTopKSAE": batch.BatchTopKSAE(D_IN, D_SAE, K),
        "MatryoshkaBatchTopKSAE": nested.MatryoshkaBatchTopKSAE(D_IN, D_SAE, K, [128, 384]),
    }
    for kind, sae in made.items():
        scramble_(sae)
        if hasattr(sae, "threshold"):
            with torch.no_grad():
                sae.threshold.fill_(0.5)
        if kind == "AutoEncoder":
            sae.normalize_decoder()
        target = folder / kind
        target.mkdir()
        torch.save(sae.state_dict(), target / "ae.pt")
        (target / "config.json").write_text(json.dumps({"trainer": {"dict_class": kind}}))
        with torch.no_grad():
            features = sae.encode(residues())
            yield compared("dictionary-learning", kind, target, features, sae.decode(features))
        if kind == "MatryoshkaBatchTopKSAE":
            (target / "config.json").unlink()
            with torch.no_grad():
                yield compared(
                    "dictionary-learning", f"{kind}, state alone", target / "ae.pt", features,
                    sae.decode(features),
                )  # fmt: skip


def of_esm(folder: Path, module: str | None) -> Iterator[Row]:
    if module is None:
        esm = importlib.import_module("esm.models.esmc.sae")
    else:
        spec = importlib.util.spec_from_file_location("esmc_sae", module)
        esm = importlib.util.module_from_spec(spec)
        sys.modules["esmc_sae"] = esm
        spec.loader.exec_module(esm)
    size = {"d_model": D_IN, "codebook_dim": D_SAE, "k": K}
    model = esm.EsmcSaeModel(esm.EsmcSaeConfig(**size, available_layers=[3]))
    layer = esm.EsmcSaeLayer(esm.EsmcSaeParams(**size, layer=3))
    scramble_(layer)
    layer.max.uniform_(1, 5)
    layer.idf.uniform_(0.1, 3)
    model.layers["3"] = layer
    model.save_pretrained(folder / "esmc")
    x = residues()
    with torch.no_grad():
        features = model(x, layer=3).feature_magnitudes
        standardised = features @ layer.W_dec + layer.b_dec
        output = standardised * x.std(1, keepdim=True) + x.mean(1, keepdim=True)
    yield compared("esm", "ESMC", folder / "esmc", features, output)
    normalized = features / layer.max * layer.idf
    yield compared(
        "esm", "ESMC, normalised", folder / "esmc", normalized, output, scale="normalized"
    )


def rows(folder: Path, esm_module: str | None) -> Iterator[Row]:
    toolkits: dict[str, Callable[[Path], Iterator[Row]]] = {
        "sae_lens": of_sae_lens,
        "sae_lens reading": to_sae_lens,
        "sparsify": of_sparsify,
        "dictionary_learning": of_dictionary_learning,
        "esm": lambda inside: of_esm(inside, esm_module),
    }
    for name, compare in toolkits.items():
        inside = folder / name.split()[0]
        inside.mkdir(exist_ok=True)
        try:
            yield from compare(inside)
        except ImportError as error:
            print(f"{name} is left out: {error}", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--esm-sae", default=None)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(sys.stderr):
        found = list(rows(Path(folder), arguments.esm_sae))
    print("| written by | kind | features | output |\n|---|---|---|---|")
    for name, kind, features, output in found:
        print(f"| {name} | {kind} | {features:.1e} | {output:.1e} |")
    worst = max(max(row[2:]) for row in found)
    print(f"\n{len(found)} comparisons, largest relative difference {worst:.1e}")
    sys.exit(worst > 1e-5)


if __name__ == "__main__":
    main()
