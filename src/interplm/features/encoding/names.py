"""What is scored, by its name in the database and as people read it."""

import re

SAE = "sae"
PROBE = "linear_probe"
# What `baselines` may name, and what people read, in the order in which they are shown.
NAMES = {
    SAE: "SAE",
    "random_sae": "Random SAE",
    "neurons": "PLM neurons",
    "pca": "Principal components",
    "shuffled_plm": "SAE of the shuffled PLM",
    "untrained_plm": "SAE of an untrained PLM",
    PROBE: "Linear probe",
}
BASELINES = tuple(name for name in NAMES if name != SAE)
# Few of their features fire on a residue.
_SPARSE = (SAE, "random_sae", "shuffled_plm", "untrained_plm")
_SEED = re.compile(r"_seed(\d+)$")


def with_seed(baseline: str, seed: int) -> str:
    """Name of one of several seeds of a baseline."""
    return f"{baseline}_seed{seed}"


def baseline_of(representation: str) -> str:
    """The baseline that a representation is a seed of, or itself."""
    return _SEED.sub("", representation)


def is_baseline(representation: str) -> bool:
    """Whether the SAE should beat it; a probe, which is told the truth, is a ceiling instead."""
    return representation not in (SAE, PROBE)


def is_sparse(representation: str) -> bool:
    """Whether it is an SAE, of which what fired is worth keeping in files."""
    return baseline_of(representation) in _SPARSE


def display_name(representation: str) -> str:
    """What people read."""
    name = NAMES.get(baseline_of(representation), representation)
    seed = _SEED.search(representation)
    return f"{name}, seed {seed[1]}" if seed else name


def order(representation: str) -> tuple[int, str]:
    """Sorts representations as they are shown: the SAE, its baselines, the ceiling."""
    known = list(NAMES)
    baseline = baseline_of(representation)
    place = known.index(baseline) if baseline in known else len(known)
    return place, representation
