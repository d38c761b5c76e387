"""The notebooks run, one after another in one kernel, on a small demonstration."""

from pathlib import Path

import pytest
from tests.docs.pages import DOCS

import interplm

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

NOTEBOOKS = sorted((DOCS / "notebooks").glob("*.ipynb"))
# The name is that of the whole demonstration, which readers have made.
SMALL = (
    "experiment=demo", "name=esm2_demo_layer5_topk", "callbacks=default", "callbacks.progress=null",
    "proteins.source.n_proteins=120", "sae.d_sae=128", "data.batch_size=512",
    "data.buffer_rows=8192", "trainer.max_steps=120", "trainer.val_check_interval=120",
    "concepts.minimum_instances=10", "concepts.minimum.domains=4", "concepts.minimum.residues=40",
    "scoring.n_permutations=50", "scoring.n_bootstraps=50", "baselines=[]",
)  # fmt: skip


MAKE_IT = f"""
from interplm import compose
from interplm.pipeline import pipeline

pipeline(compose("pipeline", *{SMALL}))
"""


def in_one(paths):
    """All cells, with names forgotten between two notebooks: what is imported is so once."""
    merged = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(MAKE_IT)])
    for path in paths:
        merged.cells += nbformat.read(path, as_version=4).cells
        merged.cells.append(nbformat.v4.new_code_cell("%reset -f"))
    return merged


def test_every_notebook_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(interplm.__file__).parents[1]))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.delenv("INTERPLM_DATA", raising=False)
    notebook = in_one(NOTEBOOKS)
    client = nbclient.NotebookClient(
        notebook, timeout=1200, resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    # Every figure and table is shown.
    shown = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert sum("image/png" in output.get("data", ()) for output in shown) == 2
    assert sum("text/html" in output.get("data", ()) for output in shown) >= 6


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_kept_without_outputs_and_valid(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
