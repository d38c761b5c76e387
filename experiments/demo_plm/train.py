r"""Train the bundled small ESM-2 by masked-language modelling: on real proteins, then on a mixture.

python experiments/demo_plm/train.py --fasta proteins.fasta.gz --out real.pt
python experiments/demo_plm/train.py --fasta proteins.fasta.gz --start real.pt --generated 24000 \
    --max-steps 1000 --lr 1e-3 --out src/interplm/demo/esm2_demo.pt

The second command adds generated proteins, of another seed than any demo's, so that the small model
knows the patterns that the demo proteome annotates as a large one knows those of real proteins.
"""

import argparse
import json
import math
from collections.abc import Iterator
from pathlib import Path

import lightning as L
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from interplm.demo import generate_proteome
from interplm.plms.batching import residue_batches
from interplm.plms.esm2 import ESM2
from interplm.plms.esm2_checkpoint import read_checkpoint, write_checkpoint
from interplm.plms.fair_esm import FairESM2
from interplm.proteins import FastaSource, ProteinRecord

N_LAYERS, D_MODEL, N_HEADS = 6, 112, 7
CROP_RESIDUES = 254
BATCH_RESIDUES = 8192
MASKED_SHARE = 0.15
STANDARD = "ACDEFGHIKLMNPQRSTVWY"
GENERATED_SEED = 1000


class MaskedBatches(IterableDataset):
    """Endless batches of (tokens with masks, original tokens, which positions to predict)."""

    def __init__(self, plm: ESM2, sequences: list[str], seed: int) -> None:
        self.plm, self.sequences, self.seed = plm, sequences, seed

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        generator = torch.Generator().manual_seed(self.seed)
        while True:
            crops = [random_crop(s, generator) for s in self.sequences]
            order = torch.randperm(len(crops), generator=generator).tolist()
            for start in range(0, len(order), 2048):
                yield from self._batches([crops[i] for i in order[start : start + 2048]], generator)

    def _batches(
        self, crops: list[str], generator: torch.Generator
    ) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        batches = residue_batches([len(c) for c in crops], max_residues=BATCH_RESIDUES)
        for i in torch.randperm(len(batches), generator=generator).tolist():
            tokens = self.plm.tokens.tokenize([crops[j] for j in batches[i]])
            yield mask_residues(self.plm, tokens, generator)


def random_crop(sequence: str, generator: torch.Generator) -> str:
    """At most CROP_RESIDUES neighbouring residues."""
    room = len(sequence) - CROP_RESIDUES
    start = 0 if room <= 0 else int(torch.randint(room + 1, (), generator=generator))
    return sequence[start : start + CROP_RESIDUES]


def mask_residues(
    plm: ESM2, tokens: Tensor, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """BERT's corruption as in ESM-2: 15 % chosen; 80 % <mask>, 10 % another residue, 10 % kept."""
    alphabet = plm.network.alphabet
    residues = torch.tensor([alphabet.get_idx(letter) for letter in STANDARD])
    chosen = plm.tokens.residue_mask(tokens) & (
        torch.rand(tokens.shape, generator=generator) < MASKED_SHARE
    )
    fate = torch.rand(tokens.shape, generator=generator)
    corrupted = tokens.masked_fill(chosen & (fate < 0.8), alphabet.mask_idx)
    other = residues[torch.randint(len(residues), tokens.shape, generator=generator)]
    return torch.where(chosen & (fate >= 0.9), other, corrupted), tokens, chosen


class MaskedLanguageModel(L.LightningModule):
    """Cross-entropy on the chosen positions; AdamW, linear warm-up, cosine decay to zero."""

    def __init__(self, plm: ESM2, max_steps: int, lr: float) -> None:
        super().__init__()
        self.plm, self.max_steps, self.lr = plm, max_steps, lr

    def loss(self, batch: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        """Mean over the chosen positions."""
        corrupted, tokens, chosen = batch
        hidden = self.plm.hidden_states(corrupted, [self.plm.n_layers])[self.plm.n_layers]
        return F.cross_entropy(self.plm.network.lm_head(hidden[chosen]), tokens[chosen])

    def training_step(self, batch: tuple[Tensor, Tensor, Tensor], _: int) -> Tensor:
        """One batch."""
        loss = self.loss(batch)
        self.log("perplexity", loss.detach().exp(), prog_bar=True)
        return loss

    def configure_optimizers(self) -> dict:
        """AdamW and its schedule."""
        optimizer = torch.optim.AdamW(
            self.plm.parameters(), lr=self.lr, betas=(0.9, 0.98), weight_decay=0.01, fused=True
        )
        warmup = 200

        def scale(step: int) -> float:
            if step < warmup:
                return (step + 1) / warmup
            done = (step - warmup) / max(1, self.max_steps - warmup)
            return 0.5 * (1 + math.cos(math.pi * min(done, 1)))

        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, scale)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


@torch.inference_mode()
def masked_perplexity(plm: ESM2, sequences: list[str], seed: int = 1) -> float:
    """exp(mean cross-entropy) over 15 % of the residues, all of them replaced by <mask>."""
    generator = torch.Generator().manual_seed(seed)
    total, n = 0.0, 0
    crops = [sequence[: plm.max_residues] for sequence in sequences]
    for batch in residue_batches([len(c) for c in crops], max_residues=BATCH_RESIDUES):
        tokens = plm.tokens.tokenize([crops[i] for i in batch])
        chosen = plm.tokens.residue_mask(tokens)
        chosen &= torch.rand(tokens.shape, generator=generator) < MASKED_SHARE
        masked = tokens.masked_fill(chosen, plm.network.alphabet.mask_idx)
        hidden = plm.hidden_states(masked, [plm.n_layers])[plm.n_layers]
        logits = plm.network.lm_head(hidden[chosen])
        total += float(F.cross_entropy(logits, tokens[chosen], reduction="sum"))
        n += int(chosen.sum())
    return math.exp(total / n)


def unigram_perplexity(train: list[str], held_out: list[str]) -> float:
    """exp(cross-entropy) of the training residue frequencies on held-out residues."""
    counts = dict.fromkeys(STANDARD + "BUZOX", 1.0)
    for sequence in train:
        for letter in counts:
            counts[letter] += sequence.count(letter)
    total = sum(counts.values())
    letters = "".join(held_out).replace("J", "X")
    surprise = sum(letters.count(x) * math.log(total / c) for x, c in counts.items())
    return math.exp(surprise / len(letters))


def read_proteins(fasta: Path) -> tuple[list[str], list[str]]:
    """Training and held-out sequences: every 20th protein of the (shuffled) file is held out."""
    source = FastaSource(path=fasta, name="proteins")
    sequences = [r.sequence for r in source.read() if isinstance(r, ProteinRecord)]
    held_out = sequences[::20]
    return [s for i, s in enumerate(sequences) if i % 20], held_out


def new_plm(seed: int) -> ESM2:
    """Fresh weights; the embedding is small because the output layer shares it."""
    torch.manual_seed(seed)
    network = FairESM2(N_LAYERS, D_MODEL, N_HEADS)
    torch.nn.init.normal_(network.embed_tokens.weight, std=0.02)
    return ESM2(network=network, name="esm2_demo", weights_sha256="training")


def generated_proteins(n_proteins: int, seed: int) -> list[str]:
    """Sequences of a demo proteome."""
    return [p.sequence for p in generate_proteome(n_proteins=n_proteins, seed=seed)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fasta", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="checkpoint to go on from")
    parser.add_argument("--generated", type=int, default=0, help="generated proteins to add")
    parser.add_argument("--max-steps", type=int, default=3500)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--log", type=Path, default=Path(__file__).parent / "runs")
    args = parser.parse_args()
    train, held_out = read_proteins(args.fasta)
    demo = generated_proteins(600, seed=0)
    if args.generated:
        train += generated_proteins(args.generated, seed=GENERATED_SEED)
    plm = new_plm(args.seed)
    if args.start is not None:
        plm.network.load_state_dict(read_checkpoint(args.start).state_dict())
    figures = {
        "train_proteins": len(train),
        "held_out_proteins": len(held_out),
        "perplexity_at_start": masked_perplexity(plm.eval(), held_out),
        "perplexity_at_start_demo": masked_perplexity(plm, demo),
        "perplexity_unigram": unigram_perplexity(train, held_out),
    }
    trainer = L.Trainer(
        max_steps=args.max_steps,
        gradient_clip_val=1.0,
        accelerator="auto",
        devices=1,
        logger=L.pytorch.loggers.CSVLogger(args.log, name="mlm"),
        enable_checkpointing=False,
        enable_progress_bar=False,
    )
    loader = DataLoader(MaskedBatches(plm, train, args.seed), batch_size=None)
    trainer.fit(MaskedLanguageModel(plm.train(), args.max_steps, args.lr), loader)
    write_checkpoint(plm.network, args.out, dtype=torch.float16)
    stored = ESM2(network=read_checkpoint(args.out), name="esm2_demo", weights_sha256="stored")
    figures["perplexity_trained"] = masked_perplexity(stored.eval(), held_out)
    figures["perplexity_trained_demo"] = masked_perplexity(stored, demo)
    figures["bytes"] = args.out.stat().st_size
    figures["parameters"] = sum(p.numel() for p in stored.parameters())
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
