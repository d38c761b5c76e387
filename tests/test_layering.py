"""Imports point down only, and each outside library has one door."""

import ast
from pathlib import Path

import pytest

import interplm

ROOT = Path(interplm.__file__).parent
# What each package may import of ours, besides itself, `errors` and `files`.
ALLOWED = {
    "files": set(),
    "proteins": set(),
    "sae": set(),
    "metrics": set(),
    "plms": {"proteins"},
    "activations": {"proteins", "plms"},
    "demo": {"proteins"},
    "downloads": {"proteins", "plms"},
    "evaluation": {"sae", "metrics", "plms", "activations", "proteins"},
    "tracking": set(),
    "training": {"sae", "metrics", "plms", "activations", "evaluation", "tracking"},
    "concepts": {"proteins", "metrics"},
    "features": {"sae", "plms", "activations", "concepts", "metrics", "proteins", "packs"},
    "explorer": {"features", "sae", "plms", "concepts", "proteins"},
    "runtime": set(),
    "interchange": {"sae"},
    "esm": {"compatibility"},
    "comparison": set(),
    "packs": {"sae", "plms", "proteins", "activations", "interchange"},
}
DOORS = {
    "h5py": {"activations"},
    "esm": {"plms"},
    "hydra": {"runtime"},
    "lightning": {"activations", "training", "train"},
    "optuna": {"runtime", "training"},
    "wandb": {"tracking"},
    "wandb_workspaces": {"tracking"},
    "duckdb": {"features"},
    "gradio": {"explorer"},
    "requests": {"files"},
}


def modules() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


def owner(path: Path) -> str:
    """The package, or the job, that a file belongs to."""
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path):
    package = owner(path)
    if package not in ALLOWED or path == ROOT / "sae" / "inference.py":
        return  # a name of the original's, which leads to `compatibility`
    ours = {name.split(".")[1] for name in imported(path) if name.startswith("interplm.")}
    assert ours <= ALLOWED[package] | {package, "errors", "files", "plugins"}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_each_outside_library_has_one_door(path):
    for library in {name.split(".")[0] for name in imported(path)} & set(DOORS):
        assert owner(path) in DOORS[library], library


def test_every_package_is_listed():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages <= set(ALLOWED)
