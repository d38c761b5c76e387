"""How long, how much memory, how much money: the table of docs/speed.md, from measured rates.

python experiments/speed/sizes.py                    # the table for the machine of README.md
python experiments/speed/sizes.py --gflops 20000     # for a machine of yours
python experiments/speed/sizes.py --write            # into docs/speed.md
"""

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "speed.md"
_TABLE = re.compile(r"(<!-- sizes -->\n).*?(<!-- end -->)", re.DOTALL)

# Measured, see README.md: products of float32 matrices on two cores, and what share of that bound
# embedding and a training step of a ReLU SAE reach.
GFLOPS, EMBEDDING_SHARE, TRAINING_SHARE = 180.0, 0.58, 0.67
EUROS_PER_HOUR = 0.10
# Of Swiss-Prot's proteins below 1,022 residues, measured on 2,000 of them.
MEAN_LENGTH = 294
BUFFER_ROWS = 262_144
BATCH_SIZE = 4096


@dataclass(frozen=True)
class Case:
    """One size of job: proteins, layer of an ESM-2 and width of an SAE."""

    n_proteins: int
    plm: str
    d_in: int
    layer: int
    d_sae: int

    @property
    def n_residues(self) -> int:
        """Of all proteins."""
        return self.n_proteins * MEAN_LENGTH

    @property
    def embedding_flops(self) -> float:
        """Of a residue: 24 d² for the products of a block with its weights, 4 L d for attention."""
        return self.layer * (24 * self.d_in**2 + 4 * MEAN_LENGTH * self.d_in)

    @property
    def training_flops(self) -> float:
        """Of a residue: five products of d by M, forwards and backwards."""
        return 10 * self.d_in * self.d_sae

    @property
    def store_gb(self) -> float:
        """Activations as float16."""
        return self.n_residues * self.d_in * 2 / 1e9

    @property
    def training_gb(self) -> float:
        """Weights, gradients and Adam's two moments, the buffer, and six tensors of a step."""
        weights = 4 * 4 * 2 * self.d_in * self.d_sae
        return (weights + BUFFER_ROWS * self.d_in * 2 + 6 * 4 * BATCH_SIZE * self.d_sae) / 1e9

    def hours(self, *, gflops: float) -> tuple[float, float]:
        """Of embedding, and of training on each residue once."""
        of_both = (
            self.embedding_flops / EMBEDDING_SHARE,
            self.training_flops / TRAINING_SHARE,
        )
        embedding, training = (self.n_residues * flops / (gflops * 1e9) / 3600 for flops in of_both)
        return embedding, training


CASES = (
    Case(5_000, "8M", 320, 3, 2_560),
    Case(50_000, "8M", 320, 3, 10_240),
    Case(570_000, "8M", 320, 6, 10_240),
    Case(5_000, "650M", 1280, 24, 4_096),
    Case(50_000, "650M", 1280, 24, 10_240),
    Case(570_000, "650M", 1280, 24, 10_240),
    Case(50_000, "3B", 2560, 18, 10_240),
)


def table(*, gflops: float = GFLOPS, euros: float = EUROS_PER_HOUR) -> str:
    """The table as Markdown."""
    return "".join(f"| {' | '.join(row)} |\n" for row in _rows(gflops, euros))


def _rows(gflops: float, euros: float) -> Iterator[list[str]]:
    yield ["proteins", "ESM-2, layer", "features", "embed, h", "train, h", "disk, GB",
           "train, GB of memory", "PFLOP", "€"]  # fmt: skip
    yield ["---:"] * 9
    for case in CASES:
        embedding, training = case.hours(gflops=gflops)
        flops = case.n_residues * (case.embedding_flops + case.training_flops)
        yield [
            f"{case.n_proteins:,}",
            f"{case.plm}, {case.layer}",
            f"{case.d_sae:,}",
            *(_short(hours) for hours in (embedding, training)),
            _short(case.store_gb),
            _short(case.training_gb),
            _short(flops / 1e15),
            _short((embedding + training) * euros),
        ]


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def with_table(page: str, made: str) -> str:
    """The page with another table between its marks."""
    return _TABLE.sub(lambda marks: f"{marks[1]}\n{made}\n{marks[2]}", page)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gflops", type=float, default=GFLOPS, help="float32 products of matrices")
    parser.add_argument("--euros", type=float, default=EUROS_PER_HOUR, help="for an hour of it")
    parser.add_argument("--write", action="store_true", help="into docs/speed.md")
    given = parser.parse_args()
    made = table(gflops=given.gflops, euros=given.euros)
    print(made, end="")
    if given.write:
        PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), made), encoding="utf-8")


if __name__ == "__main__":
    main()
