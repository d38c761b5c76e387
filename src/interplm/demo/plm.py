"""The bundled small ESM-2."""

from pathlib import Path


def esm2_demo_weights() -> Path:
    """Its checkpoint, in the format of the published ones; esm2_demo.md beside it describes it."""
    return Path(__file__).with_name("esm2_demo.pt")
