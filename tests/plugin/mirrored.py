"""What another package may bring: an SAE, a PLM and a LightningDataModule."""

from pathlib import Path

import lightning as L
import torch
from torch import Tensor, nn

from interplm.activations import ActivationStore
from interplm.plms import ResidueEncoder
from interplm.sae import SAELoss, SAEOutput, SparseAutoencoder
from interplm.sae.base import ALL, Columns


class MirroredSAE(SparseAutoencoder):
    """ReLU with a squared error and an L1 penalty."""

    architecture = "mirrored"
    has_unit_decoder = True

    def __init__(self, *, d_in: int, d_sae: int, l1: float) -> None:
        super().__init__(d_in=d_in, d_sae=d_sae)
        self.l1 = l1
        self.balance_encoder_()

    def activate(self, pre_activations: Tensor, columns: Columns = ALL) -> Tensor:
        return pre_activations.relu()

    def loss(
        self, x: Tensor, output: SAEOutput, *, sparsity_scale: float, progress: float
    ) -> SAELoss:
        error = self.error(x, output).square().sum(dim=-1).mean()
        sparsity = self.l1 * sparsity_scale * output.features.abs().sum(dim=-1).mean()
        return SAELoss(error + sparsity, {"error": error.detach()})


class Mirrored(ResidueEncoder):
    """Layer l of a residue knows the l residues on either side of it."""

    weights_sha256 = "5" * 64
    n_layers, d_model, max_residues = 2, 24, 1000
    alphabet = frozenset("ACDEFGHIKLMNPQRSTVWYXUBZO")

    def __init__(self, *, name: str) -> None:
        super().__init__()
        self.name = name
        generator = torch.Generator().manual_seed(0)
        table = torch.randn(128, self.d_model, generator=generator)
        self.embedding = nn.Embedding.from_pretrained(table)

    def residue_states(self, sequences: list[str], layers: list[int]) -> dict[int, list[Tensor]]:
        return {layer: [self.state(s, layer) for s in sequences] for layer in layers}

    def state(self, sequence: str, layer: int) -> Tensor:
        rows = self.embedding(torch.tensor([ord(letter) for letter in sequence]))
        for _ in range(layer):
            rows = rows + (rows.roll(1, 0) + rows.roll(-1, 0)) / 2
        return rows


class Batches:
    """Random rows; the count of epochs is all that has to be known to go on."""

    def __init__(self, rows: Tensor, batch_size: int) -> None:
        self.rows, self.batch_size, self.epoch = rows, batch_size, 0

    def __iter__(self):
        generator = torch.Generator().manual_seed(self.epoch)
        self.epoch += 1
        order = torch.randperm(len(self.rows), generator=generator)
        yield from (self.rows[chosen] for chosen in order.split(self.batch_size)[:-1])

    def __len__(self) -> int:
        return len(self.rows) // self.batch_size

    def state_dict(self) -> dict:
        return {"epoch": self.epoch}

    def load_state_dict(self, state: dict) -> None:
        self.epoch = state["epoch"]


class InMemory(L.LightningDataModule):
    """All rows of a store at once, every tenth for validation."""

    def __init__(self, *, folder: str, batch_size: int) -> None:
        super().__init__()
        self.store = ActivationStore(Path(folder))
        self.fingerprint, self.statistics = self.store.fingerprint, self.store.statistics
        rows = torch.cat([torch.from_numpy(rows) for _, rows in self.store.proteins()]).float()
        held_out = torch.arange(len(rows)) % 10 == 0
        self.training = Batches(rows[~held_out], batch_size)
        self.validation = Batches(rows[held_out], batch_size)
        self.n_validation_residues = int(held_out.sum())

    def training_accessions(self) -> set[str]:
        return set(self.store.accessions())

    def train_dataloader(self) -> Batches:
        return self.training

    def val_dataloader(self) -> Batches:
        return self.validation
