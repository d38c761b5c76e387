"""What the checklist may show on some cards: the table of README.md, calculated, not measured.

python -m experiments.gpu.expected
"""

from collections.abc import Iterator

from experiments.gpu.benchmark import FULL
from experiments.speed.sizes import EMBEDDING_SHARE, Case

# Of the makers' data sheets: TFLOP/s of bfloat16 and of float32 products, TB/s of memory.
CARDS = {"A100": (312, 19.5, 2.0), "H100": (989, 67, 3.35), "RTX 4090": (165, 83, 1.0)}
# What large products and passes over memory are assumed to reach of these.
PRODUCTS_SHARE, MEMORY_SHARE = 0.7, 0.85
# Bytes that a step moves beside its products, counted over the operations of a training step in
# mixed precision: for each feature of each residue, and for each weight (casts, clipping, Adam).
FEATURE_BYTES = {"relu": 60, "topk": 75, "batchtopk": 75}
WEIGHT_BYTES = 60


def table() -> str:
    """As Markdown."""
    head = [["", *CARDS], ["---", *["---:"] * len(CARDS)]]
    rows = [*head, *_training_rows(), *_embedding_rows()]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def training_step(architecture: str, d_in: int, card: str) -> tuple[float, float]:
    """Seconds of a step, and of its products alone."""
    bfloat16, _, memory = CARDS[card]
    n, d_sae = FULL.batch_size, FULL.d_sae
    flops = n * Case(0, "", d_in, 0, d_sae).training_flops
    moved = FEATURE_BYTES[architecture] * n * d_sae + WEIGHT_BYTES * 2 * d_in * d_sae
    products = flops / (bfloat16 * 1e12 * PRODUCTS_SHARE)
    return products + moved / (memory * 1e12 * MEMORY_SHARE), products


def _training_rows() -> Iterator[list[str]]:
    for d_in in FULL.widths:
        for architecture in FEATURE_BYTES:
            steps = [training_step(architecture, d_in, card) for card in CARDS]
            cells = [f"{_rounded(FULL.batch_size / step)} ({p / step:.2f})" for step, p in steps]
            yield [f"{architecture}, {d_in:,} to {FULL.d_sae:,}", *cells]


def _embedding_rows() -> Iterator[list[str]]:
    for place, word in ((1, "float32"), (0, "bfloat16")):
        for layer in FULL.layers:
            flops = Case(0, "", 1280, layer, 0).embedding_flops / EMBEDDING_SHARE
            rates = [card[place] * 1e12 * PRODUCTS_SHARE / flops for card in CARDS.values()]
            yield [f"650M, layer {layer}, {word}", *map(_rounded, rates)]


def _rounded(value: float) -> str:
    return f"{float(f'{value:.2g}'):,.0f}"


if __name__ == "__main__":
    print(table(), end="")
