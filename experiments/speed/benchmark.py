"""Speed of embedding, streaming, training and the command line, as ratios within one process.

python experiments/speed/benchmark.py --fasta proteins.fasta.gz
"""

import argparse
import logging
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import h5py
import lightning as L
import numpy as np
import torch
from hydra import compose, initialize_config_dir
from torch import Tensor

from interplm.activations import ActivationExtractor
from interplm.activations.datamodule import ActivationDataModule
from interplm.activations.fingerprint import Fingerprint
from interplm.activations.shard import shard_path
from interplm.activations.shard_writer import new_shard
from interplm.demo import generate_proteome
from interplm.plms.esm2 import ESM2, load_esm2
from interplm.proteins import FastaSource, ProteinRecord
from interplm.runtime.configs import config_folder, register_resolvers
from interplm.runtime.instantiation import instantiate
from interplm.runtime.job import HUGE_PAGES_VARIABLE
from interplm.sae import ReLUSAE

LAYER = 3
N_PROTEINS = 200
BATCH_SIZE, D_IN, D_SAE = 4096, 320, 2560
N_STEPS = 30


def seconds(run: Callable[[], object], repeats: int) -> float:
    """Median duration after one run that is not counted."""
    run()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def matrix_rate() -> float:
    """FLOP/s of a float32 product of two 2048 x 2048 matrices."""
    a, b = torch.randn(2048, 2048), torch.randn(2048, 2048)
    out = torch.empty(2048, 2048)
    return 2 * 2048**3 / seconds(lambda: torch.mm(a, b, out=out), 15)


def read_proteins(fasta: Path | None) -> list[ProteinRecord]:
    """The first proteins of a file, or of the demo proteome."""
    if fasta is None:
        proteins = generate_proteome(n_proteins=N_PROTEINS, seed=0)
        return [ProteinRecord(p.accession, p.sequence, "", 1) for p in proteins]
    records = FastaSource(path=fasta, name="proteins").read()
    return [r for r in records if isinstance(r, ProteinRecord)][:N_PROTEINS]


def fingerprint(plm: ESM2) -> Fingerprint:
    """Of the benchmark's own shards."""
    return Fingerprint(
        plm=plm.name,
        weights_sha256=plm.weights_sha256,
        tokenizer_sha256=plm.tokenizer_sha256,
        layer=LAYER,
        d_model=plm.d_model,
        max_residues=plm.max_residues,
        window_overlap=0,
        dtype="float16",
        computed_in="float32",
        unknown_residues="absent",
        proteins_sha256="0" * 64,
        selection="benchmark",
    )


@torch.inference_mode()
def fair_esm_forward(plm: ESM2, records: Sequence[ProteinRecord]) -> None:
    """fair-esm's own full forward pass on batches of 8 in the order of the file."""
    convert = plm.network.alphabet.get_batch_converter()
    for start in range(0, len(records), 8):
        batch = [(r.accession, r.sequence) for r in records[start : start + 8]]
        plm.network(convert(batch)[2], repr_layers=[LAYER])


def layer_flops(plm: ESM2, records: Sequence[ProteinRecord]) -> float:
    """Of the layers that are run, without padding: 24 d² a residue and 4 L d for attention."""
    lengths = np.array([len(r.sequence) + 2 for r in records], dtype=float)
    d = plm.d_model
    return float(LAYER * (24 * d**2 * lengths + 4 * d * lengths**2).sum())


def bench_embedding(records: list[ProteinRecord], folder: Path, rate: float) -> None:
    """Embedding into HDF5 against fair-esm's forward pass, which stores nothing."""
    plm = load_esm2(
        name="esm2_8m", model="esm2_t6_8M_UR50D", weights=None, base_url=None, hub_folder=None,
        control="untrained", seed=0,
    )  # fmt: skip
    extractor = ActivationExtractor(
        plm=plm, layers=[LAYER], residues_per_batch=2048, long_proteins="refuse",
        window_overlap=0, unknown_residues="refuse", autocast=None,
    )  # fmt: skip

    def embed() -> None:
        extractor.write_shard(
            records, {LAYER: folder / "embedded.h5"}, fingerprint=fingerprint(plm),
            shard_index=0, n_shards=1, on_progress=lambda n: None,
        )  # fmt: skip

    n_residues = sum(len(r.sequence) for r in records)
    ours = seconds(embed, 5)
    fair_esm_forward(plm, records[:8])
    start = time.perf_counter()
    fair_esm_forward(plm, records)
    theirs = time.perf_counter() - start
    say("embedding, layer 3 of 6, residues/s", f"{n_residues / ours:,.0f}")
    say("  over fair-esm's full forward, batches of 8", f"{theirs / ours:.1f} x", "10 x")
    bound = layer_flops(plm, records) / rate
    say("  of the FLOP bound of the layers run", f"{bound / ours:.2f}", "0.50")


def write_store(folder: Path, n_rows: int) -> None:
    """One shard of random rows, as proteins of 256 residues."""
    fingerprint_ = Fingerprint(
        plm="random", weights_sha256="0" * 64, tokenizer_sha256="0" * 64, layer=LAYER,
        d_model=D_IN, max_residues=1022, window_overlap=0, dtype="float16", computed_in="float32",
        proteins_sha256="0" * 64, selection="benchmark", unknown_residues="absent",
    )  # fmt: skip
    lengths = [256] * (n_rows // 256)
    generator = np.random.default_rng(0)
    block = generator.normal(size=(256 * 64, D_IN)).astype(np.float32)
    with new_shard(
        shard_path(folder, 0), fingerprint=fingerprint_, lengths=lengths, shard_index=0,
        n_shards=1, accessions=[f"P{i}" for i in range(len(lengths))],
    ) as writer:  # fmt: skip
        for protein in range(len(lengths)):
            at = protein % 64 * 256
            writer.write(protein, 0, block[at : at + 256])


def datamodule(
    folder: Path, batch_size: int, *, device: str = "cpu", resident: bool = False
) -> ActivationDataModule:
    """Over the random store."""
    return ActivationDataModule(
        folder=folder, plm=None, layer=None, d_model=None, batch_size=batch_size,
        buffer_rows=262_144, validation_fraction=0.0, split_seed=0, num_workers=0,
        device=device, resident=resident, seed=0,
    )  # fmt: skip


def bench_streaming(folder: Path) -> None:
    """Shuffled batches from HDF5 in page cache against single-row reads."""
    data = datamodule(folder, BATCH_SIZE)
    loader = data.train_dataloader()

    def epoch() -> None:
        for _ in loader:
            pass

    rate = data.statistics.n_residues / seconds(epoch, 5)
    say("shuffled streaming, rows/s (d 320, float16)", f"{rate:,.0f}", "1,500,000")
    with h5py.File(shard_path(folder, 0)) as file:
        rows = file["activations"]
        picks = np.random.default_rng(0).integers(len(rows), size=300)
        single = len(picks) / seconds(lambda: [rows[i] for i in picks], 3)
    say("  over single-row reads", f"{rate / single:,.0f} x", "100 x")


def bare_loop(batches: Sequence[Tensor]) -> float:
    """Seconds a step of the same mathematics without Lightning."""
    torch.manual_seed(0)
    sae = ReLUSAE(d_in=D_IN, d_sae=D_SAE, l1_coefficient=0.08, reconstruction="l2")
    optimizer = torch.optim.Adam(sae.parameters(), lr=1e-4, fused=True)
    times = []
    for step in range(N_STEPS):
        start = time.perf_counter()
        x = batches[step % len(batches)]
        optimizer.zero_grad()
        pre = torch.addmm(sae.b_enc, x - sae.b_dec, sae.W_enc)
        features = pre.relu()
        error = x - torch.addmm(sae.b_dec, features, sae.W_dec)
        (error.norm(dim=-1).mean() + 0.08 * features.sum(-1).mean()).backward()
        sae.project_gradients_()
        torch.nn.utils.clip_grad_norm_(sae.parameters(), 1.0)
        optimizer.step()
        sae.constrain_()
        times.append(time.perf_counter() - start)
    return statistics.median(times[3:])


class StepTimes(L.Callback):
    """Seconds between the starts of neighbouring steps, data loading included."""

    def __init__(self) -> None:
        self.starts: list[float] = []

    def on_train_batch_start(self, *args: object) -> None:
        """One more."""
        self.starts.append(time.perf_counter())

    def median(self) -> float:
        """Without the first steps."""
        return statistics.median(np.diff(self.starts)[3:])


def lightning_loop(folder: Path) -> float:
    """Seconds a step as `interplm.train` runs it."""
    register_resolvers()
    with initialize_config_dir(str(config_folder()), version_base="1.3"):
        config = compose("train", [
            "sae=relu", f"plm.d_model={D_IN}", f"sae.d_sae={D_SAE}", f"trainer.max_steps={N_STEPS}",
            "model.dead_after_residues=10_000_000",  # the bare loop revives none
        ])  # fmt: skip
    torch.manual_seed(0)
    module = instantiate(config.model)
    times = StepTimes()
    trainer = L.Trainer(
        max_steps=N_STEPS, max_epochs=-1, accelerator="cpu", logger=False, callbacks=[times],
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
        gradient_clip_val=1.0, log_every_n_steps=50,
    )  # fmt: skip
    trainer.fit(module, datamodule=datamodule(folder, BATCH_SIZE))
    return times.median()


def bench_training(folder: Path, rate: float) -> None:
    """A ReLU step through Lightning against a bare loop, in turn, and against the FLOP bound."""
    loader = datamodule(folder, BATCH_SIZE).train_dataloader()
    batches = [batch.float() for batch in islice(loader, 4)]
    pairs = [(lightning_loop(folder), bare_loop(batches)) for _ in range(3)]
    ours, ratio = sorted((ours, ours / bare) for ours, bare in pairs)[1]
    say("ReLU training, 320 -> 2560, residues/s", f"{BATCH_SIZE / ours:,.0f}")
    say("  time over a bare PyTorch loop", f"{ratio:.2f} x", "1.10 x")
    bound = 10 * D_IN * D_SAE * BATCH_SIZE / rate
    say("  of the FLOP bound 10 d M", f"{bound / ours:.2f}", "0.65")


def peak_memory_mb(*command: str) -> float:
    """Of a process that runs to its end."""
    code = (
        "import resource, subprocess, sys;"
        "subprocess.run(sys.argv[1:], check=True, capture_output=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *command], check=True, capture_output=True, text=True
    )
    return int(done.stdout) / (1024 if sys.platform == "linux" else 2**20)


def bench_memory(folder: Path) -> None:
    """Peak memory of embed and train with few proteins and with sixteen times as many.

    The many are the few again under other names: which lengths there are has its own effect.
    """
    peaks: dict[str, list[float]] = {"embed": [], "train": []}
    proteins = generate_proteome(n_proteins=2_000, seed=0)
    for copies in (1, 16):
        fasta = folder / f"{copies}.fasta"
        with fasta.open("w", encoding="utf-8") as file:
            for copy in range(copies):
                file.writelines(f">{p.accession}_{copy}\n{p.sequence}\n" for p in proteins)
        common = [
            f"proteins.path={fasta}", "plm=esm2_demo", f"paths.data={folder / str(copies)}",
            "proteins.proteins_per_shard=200",
        ]  # fmt: skip
        interplm = [sys.executable, "-m"]
        peaks["embed"].append(peak_memory_mb(*interplm, "interplm.embed", *common, "layers=[3]"))
        train = ["layer=3", "trainer.max_steps=60", "callbacks.progress=null"]
        peaks["train"].append(peak_memory_mb(*interplm, "interplm.train", *common, *train))
    for job, (few, many) in peaks.items():
        say(f"peak memory of {job}, MB", f"{few:,.0f}")
        say("  with 16 x the proteins over this", f"{many / few:.2f} x", "1")


def bench_help() -> None:
    """`python -m interplm.train --help`."""
    command = [sys.executable, "-m", "interplm.train", "--help"]
    took = seconds(lambda: subprocess.run(command, check=True, capture_output=True), 5)
    say("train --help, seconds", f"{took:.2f}", "2")


def say(what: str, figure: str, bar: str = "") -> None:
    """One line of the table."""
    print(f"{what:<48}{figure:>14}{bar:>14}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fasta", type=Path, help="real proteins; else the demo proteome")
    parser.add_argument("--only", nargs="*", help="embedding streaming training memory help")
    args = parser.parse_args()
    wanted = args.only or ["embedding", "streaming", "training", "memory", "help"]
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    os.environ.setdefault(HUGE_PAGES_VARIABLE, "1")  # as every job does
    rate = matrix_rate()
    say("", "measured", "to hold")
    say(f"float32 products, GFLOP/s, {torch.get_num_threads()} threads", f"{rate / 1e9:.0f}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_store(folder / "store", 1_048_576)
        if "embedding" in wanted:
            bench_embedding(read_proteins(args.fasta), folder, rate)
        if "streaming" in wanted:
            bench_streaming(folder / "store")
        if "training" in wanted:
            bench_training(folder / "store", rate)
        if "memory" in wanted:
            bench_memory(folder)
        if "help" in wanted:
            bench_help()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    say("peak memory of this benchmark, MB", f"{peak / 1024:,.0f}")


if __name__ == "__main__":
    main()
