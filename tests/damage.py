"""What disks, networks and kills do to files."""

import random
from collections.abc import Iterator
from pathlib import Path


def damaged_copies(path: Path, *, n_flips: int, n_zeroed: int, n_cuts: int) -> Iterator[str]:
    """Damage a file in one way after the other, saying how; at the end it is whole again.

    Args:
        path: changed in place.
        n_flips: copies with one flipped bit.
        n_zeroed: copies with a zeroed block of up to 512 bytes that was not zero.
        n_cuts: copies that end early.
    """
    whole, chance = path.read_bytes(), random.Random(0)
    try:
        for _ in range(n_flips):
            at, bit = chance.randrange(len(whole)), chance.randrange(8)
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
            yield f"bit {bit} of byte {at} flipped"
        for _ in range(n_zeroed):
            at = chance.randrange(len(whole))
            block = whole[at : at + 512]
            if any(block):
                path.write_bytes(whole[:at] + bytes(len(block)) + whole[at + 512 :])
                yield f"512 bytes from {at} zeroed"
        for _ in range(n_cuts):
            n_bytes = chance.randrange(len(whole))
            path.write_bytes(whole[:n_bytes])
            yield f"cut to {n_bytes} of {len(whole)} bytes"
    finally:
        path.write_bytes(whole)
