import numpy as np
from tests.jobs import FAST_TRAINING, refusal, run, write_proteins

from interplm.activations import ActivationStore
from interplm.proteins import FastaSource
from interplm.sae.export import read_description

PLM = ("plm.name=mine", "plm.d_model=6", "layer=3")


def write_rows(folder, n_extra=0):
    """Noise for the residues of a file of proteins."""
    path = write_proteins(folder)
    records = FastaSource(
        path=path, name="x", aligned=False, refuse_nucleotides=True, longest_record=10**6
    ).read()
    n_residues = sum(len(record.sequence) for record in records)
    rows = np.random.default_rng(0).normal(size=(n_residues + n_extra, 6))
    np.save(folder / "rows.npy", rows.astype(np.float32))
    return f"path={folder / 'rows.npy'}", f"proteins.path={path}"


def test_activations_of_one_s_own_are_trained_on(tmp_path):
    done = run("import_activations", *PLM, *write_rows(tmp_path), data=tmp_path)
    assert "60 proteins with" in done.stdout
    assert "of width 6" in done.stdout
    assert "Next: python -m interplm.train" in done.stdout
    store = ActivationStore(tmp_path / "activations" / "mine" / "layer_3" / "proteins")
    assert store.n_proteins == 60
    run("train", *PLM, *FAST_TRAINING, "trainer.max_steps=5", f"run={tmp_path / 'run'}",
        data=tmp_path)  # fmt: skip
    assert read_description(tmp_path / "run" / "sae")["trained_on"]["plm"] == "mine"


def test_rows_without_proteins_are_taken_in_blocks_with_a_warning(tmp_path):
    done = run("import_activations", *PLM, write_rows(tmp_path)[0], data=tmp_path)
    assert "blocks of rows with" in done.stdout
    assert "give proteins.path=<FASTA in the order of the rows>" in done.stdout


def test_rows_that_are_not_those_of_the_proteins_are_refused(tmp_path):
    said = refusal("import_activations", *PLM, *write_rows(tmp_path, n_extra=2), data=tmp_path)
    assert "without rows for begin, end or padding" in said


def test_a_protein_that_cannot_be_read_is_named(tmp_path):
    settings = write_rows(tmp_path)
    with (tmp_path / "proteins.fasta").open("a") as file:
        file.write(">odd\nMK1\n")
    said = refusal("import_activations", *PLM, *settings, data=tmp_path)
    assert "odd (line 121 of" in said
    assert "Give only the proteins that the rows come from" in said
