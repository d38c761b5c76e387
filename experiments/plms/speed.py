"""Residues a second and peak memory of embedding, by the way that ESM-2 is loaded.

python experiments/plms/speed.py [--n-proteins 400] [--rounds 5] [--device auto]

The same random weights of ESM-2's size of 8 million parameters are read as fair-esm writes them
and as Hugging Face does, and the latter are run by our forward pass and by transformers' own. The
three are timed in turns, so that a machine with other work favours none.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import torch
from transformers import EsmConfig, EsmForMaskedLM

from interplm.activations import ActivationExtractor, Fingerprint
from interplm.plms.device import choose_device
from interplm.plms.esm2 import ESM2
from interplm.plms.esm2_checkpoint import write_checkpoint
from interplm.plms.huggingface import load_huggingface
from interplm.plms.huggingface.encoder import HuggingFaceMaskedLM
from interplm.plms.masked import TokenEncoder
from interplm.proteins import ProteinRecord
from interplm.proteins.alphabet import STANDARD

LAYER = 3
VOCABULARY = (
    "<cls> <pad> <eos> <unk> L A G V S E R T I D P K Q N F Y M H W C X B U Z O . - <null_1> <mask>"
)


def write_models(folder: Path) -> None:
    """Random weights of ESM-2 8M, in both formats."""
    torch.manual_seed(0)
    config = EsmConfig(
        vocab_size=33, hidden_size=320, num_hidden_layers=6, num_attention_heads=20,
        intermediate_size=1280, max_position_embeddings=1026, pad_token_id=1, mask_token_id=32,
        token_dropout=True, emb_layer_norm_before=False, position_embedding_type="rotary",
        layer_norm_eps=1e-5,
    )  # fmt: skip
    theirs = folder / "huggingface"
    EsmForMaskedLM(config).save_pretrained(theirs)
    (theirs / "vocab.txt").write_text("\n".join(VOCABULARY.split()))
    (theirs / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "EsmTokenizer"}))
    same = huggingface(theirs)
    assert isinstance(same, ESM2)
    write_checkpoint(same.network, folder / "esm2_random.pt", dtype=torch.float32)


def fair(path: Path) -> TokenEncoder:
    from interplm.plms.esm2 import load_esm2

    return load_esm2(
        name="fair", model="esm2_random", weights=path, base_url=None, hub_folder=None,
        control=None, seed=0,
    )  # fmt: skip


def huggingface(folder: Path) -> TokenEncoder:
    return load_huggingface(
        name="huggingface", source=str(folder), revision=None, replaced={"J": "X"},
        vocabulary=None, max_residues=None, sha256=None, dtype="float32", attention="sdpa",
        control=None, seed=0,
    )  # fmt: skip


def by_transformers(folder: Path) -> TokenEncoder:
    """The pass that every other family takes."""
    ours = huggingface(folder)
    network = EsmForMaskedLM.from_pretrained(folder, attn_implementation="sdpa")
    return HuggingFaceMaskedLM(
        network=network, tokens=ours.tokens, name="transformers", max_residues=1022,
        weights_sha256=ours.weights_sha256,
    ).eval()  # fmt: skip


def proteins(n_proteins: int) -> list[ProteinRecord]:
    """Lengths as in Swiss-Prot: median about 300, up to the context."""
    generator = random.Random(0)
    lengths = [
        min(1022, max(30, int(generator.lognormvariate(5.7, 0.6)))) for _ in range(n_proteins)
    ]
    return [
        ProteinRecord(f"P{i}", "".join(generator.choices(STANDARD, k=length)), "", i + 1)
        for i, length in enumerate(lengths)
    ]


def embed(plm: TokenEncoder, records: list[ProteinRecord], path: Path) -> float:
    """Write one shard; residues a second."""
    extractor = ActivationExtractor(
        plm=plm, layers=[LAYER], residues_per_batch=2048, long_proteins="refuse",
        window_overlap=0, unknown_residues="refuse", autocast=None,
    )  # fmt: skip
    fingerprint = Fingerprint(
        plm=plm.name, weights_sha256=plm.weights_sha256, tokenizer_sha256=plm.tokenizer_sha256,
        layer=LAYER, d_model=plm.d_model, max_residues=plm.max_residues, window_overlap=0,
        dtype="float16", computed_in="float32", proteins_sha256="0" * 64, selection="benchmark",
        unknown_residues="absent",
    )  # fmt: skip
    started = time.perf_counter()
    extractor.write_shard(
        records, {LAYER: path}, fingerprint=fingerprint, shard_index=0, n_shards=1,
        on_progress=lambda n: None,
    )  # fmt: skip
    seconds = time.perf_counter() - started
    path.unlink()
    return sum(len(record.sequence) for record in records) / seconds


def compare(folder: Path, options: argparse.Namespace) -> None:
    device = choose_device(options.device, setting="--device")
    plms = {
        "fair-esm": fair(folder / "esm2_random.pt"),
        "Hugging Face, our pass": huggingface(folder / "huggingface"),
        "Hugging Face, transformers' pass": by_transformers(folder / "huggingface"),
    }
    records = proteins(options.n_proteins)
    rates: dict[str, list[float]] = {name: [] for name in plms}
    for plm in plms.values():
        embed(plm.to(device), records[:20], folder / "shard.h5")
    for _ in range(options.rounds):
        for name, plm in plms.items():
            rates[name].append(embed(plm, records, folder / "shard.h5"))
    first = rates["fair-esm"]
    print(f"{device}, {sum(len(record.sequence) for record in records):,} residues")
    for name, found in rates.items():
        ratios = [rate / base for rate, base in zip(found, first, strict=True)]
        print(f"{name:34} {median(found):10,.0f} residues/s   {median(ratios):5.2f} of fair-esm's")


def memory(folder: Path, n_proteins: int) -> float:
    """Peak memory in MiB of a process that embeds so many proteins, in shards of 200."""
    command = [sys.executable, __file__, "--measure", str(folder), "--n-proteins", str(n_proteins)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure(folder: Path, n_proteins: int) -> None:
    plm = by_transformers(folder / "huggingface")
    records = proteins(n_proteins)
    for start in range(0, n_proteins, 200):
        embed(plm, records[start : start + 200], folder / "memory.h5")
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n-proteins", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure is not None:
        measure(options.measure, options.n_proteins)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_models(folder)
        compare(folder, options)
        for n_proteins in (200, 400, 800):
            print(
                f"peak memory with {n_proteins:4} proteins: {memory(folder, n_proteins):,.0f} MiB"
            )


if __name__ == "__main__":
    main()
