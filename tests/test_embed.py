import re
import subprocess
import sys

import numpy as np
import pytest
from tests.files.test_lock import Other
from tests.jobs import kill_when, refusal, run, small_plm, write_proteins

from interplm.activations import ActivationStore
from interplm.activations.shard import shard_path


@pytest.fixture
def settings(tmp_path):
    """60 proteins in 12 shards."""
    path = write_proteins(tmp_path)
    return [*small_plm(tmp_path), f"proteins.path={path}", "proteins.proteins_per_shard=5"]


def folder_of(data, layer=2):
    return data / "activations" / "small" / f"layer_{layer}" / "proteins"


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_several_layers_come_from_one_pass_and_the_next_step_is_said(tmp_path, settings):
    done = run("embed", *settings, "layers=[1,3]", data=tmp_path)
    for layer in (1, 3):
        store = ActivationStore(folder_of(tmp_path, layer))
        assert (store.n_proteins, store.fingerprint.layer) == (60, layer)
    assert "60 proteins with" in done.stdout
    next_step = (
        r"Next: python -m interplm.train plm=esm2_8m plm.weights=.* layer=1 dataset=proteins"
    )
    assert re.search(next_step, done.stdout)
    assert "residue/s" in done.stderr


def test_killed_at_any_moment_and_run_again_it_gives_the_same_bytes(tmp_path, settings):
    (tmp_path / "whole").mkdir()
    run("embed", *settings, "layers=[2]", data=tmp_path / "whole")
    expected = contents(folder_of(tmp_path / "whole"))
    folder = folder_of(tmp_path)
    for n_shards in (1, 5, 9):
        kill_when(
            lambda n=n_shards: folder.is_dir() and len(list(folder.glob("*.partial"))) > 0
            and len(list(folder.glob("*.h5"))) >= n,
            "embed", *settings, "layers=[2]", data=tmp_path,
        )  # fmt: skip
    assert len(list(folder.glob("*.h5"))) < 12
    run("embed", *settings, "layers=[2]", data=tmp_path)
    assert contents(folder) == expected


def test_a_finished_shard_is_kept_and_a_broken_one_is_named_and_redone(tmp_path, settings):
    run("embed", *settings, "layers=[2]", data=tmp_path)
    folder = folder_of(tmp_path)
    before = contents(folder)
    kept = shard_path(folder, 0).stat().st_mtime_ns
    broken = shard_path(folder, 7)
    broken.write_bytes(broken.read_bytes()[:-500])
    done = run("embed", *settings, "layers=[2]", data=tmp_path)
    assert "shard_00007.h5 is truncated" in done.stdout
    assert contents(folder) == before
    assert shard_path(folder, 0).stat().st_mtime_ns == kept


def test_a_shard_that_another_process_writes_is_left_to_it(tmp_path, settings):
    folder = folder_of(tmp_path)
    folder.mkdir(parents=True)
    with Other(folder / "shard_00004.lock") as pid:
        said = refusal("embed", *settings, "layers=[2]", data=tmp_path)
        assert f"shard_00004.h5 is being written by process {pid}" in said
        assert len(list(folder.glob("*.h5"))) == 4
    run("embed", *settings, "layers=[2]", data=tmp_path)
    assert ActivationStore(folder).n_proteins == 60
    assert not list(folder.glob("*.lock"))


def test_jobs_share_the_shards(tmp_path, settings):
    for job in (0, 1):
        run(
            "embed",
            *settings,
            "layers=[2]",
            "embedding.n_jobs=2",
            f"embedding.job={job}",
            data=tmp_path,
        )
        assert len(list(folder_of(tmp_path).glob("*.h5"))) == (6, 12)[job]
    assert ActivationStore(folder_of(tmp_path)).n_proteins == 60


def test_unusable_records_are_counted_and_listed(tmp_path, settings):
    with (tmp_path / "proteins.fasta").open("a") as file:
        file.write(">GAP\nMK--VL\n")
    done = run("embed", *settings, "layers=[2]", data=tmp_path)
    assert "1 unusable" in done.stdout
    listed = (tmp_path / "activations" / "small" / "proteins.rejected.csv").read_text()
    assert "GAP,sequence,gap '-' at residue 3" in listed


def test_controls_go_into_folders_of_their_own(tmp_path):
    path = write_proteins(tmp_path, 4)
    run(
        "embed",
        "plm=esm2_8m",
        "plm.control=untrained",
        f"proteins.path={path}",
        "layers=[0]",
        data=tmp_path,
    )
    store = ActivationStore(
        tmp_path / "activations" / "esm2_8m_untrained0" / "layer_0" / "proteins"
    )
    assert store.fingerprint.plm == "esm2_8m_untrained0"
    assert store.fingerprint.d_model == 320


def test_windows_hold_every_residue_of_a_long_protein(tmp_path, settings):
    (tmp_path / "proteins.fasta").write_text(">LONG\n" + "ACDEFGHIKL" * 150 + "\n")
    options = ["layers=[2]", "proteins.selection.max_residues=null"]
    assert "1500 residues but small reads 1022" in refusal(
        "embed", *settings, *options, data=tmp_path
    )
    run("embed", *settings, *options, "embedding.long_proteins=window", data=tmp_path)
    ((accession, rows),) = ActivationStore(folder_of(tmp_path)).proteins()
    assert (accession, rows.shape) == ("LONG", (1500, 40))
    assert np.isfinite(rows).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("layers=[9]", r"small has layers 0 (embedding) to 3; [9] was asked for"),
        ("proteins.path=none.fasta", "none.fasta does not exist: correct proteins.path"),
        ("plm.weights=none.pt", "none.pt does not exist: correct plm.weights"),
        ("plm.weigths=x", "plm.weigths is not a setting of this job: did you mean plm.weights?"),
        ("plm=esm9", "Could not find 'plm/esm9'"),
        ("proteins.selection.n_proteins=61", "61 proteins are asked for, but 60 of"),
        ("embedding.dtype=int8", "embedding.dtype must be one of float16, float32, got 'int8'"),
        ("embedding.job=3", "embedding.job must be in 0..0"),
    ],
)
def test_what_the_user_can_mend_is_one_sentence(tmp_path, settings, change, message):
    assert message in refusal("embed", *settings, "layers=[2]", change, data=tmp_path)


def test_a_value_that_must_be_given_is_named(tmp_path):
    assert refusal("embed", "layers=[2]", data=tmp_path) == (
        "proteins.path has no value: give one on the command line, proteins.path=..."
    )


def test_other_activations_under_the_same_name_are_not_overwritten_unasked(tmp_path, settings):
    run("embed", *settings, "layers=[2]", data=tmp_path)
    before = contents(folder_of(tmp_path))
    other = [*settings, *small_plm(tmp_path, seed=1), "layers=[2]"]
    said = refusal("embed", *other, data=tmp_path)
    assert "shard_00000.h5 was made with weights_sha256=" in said
    assert "fresh=true" in said
    assert contents(folder_of(tmp_path)) == before
    run("embed", *other, "fresh=true", data=tmp_path)
    assert contents(folder_of(tmp_path)).keys() == before.keys()
    assert contents(folder_of(tmp_path)) != before


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 200 kB, where the test may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_too_small_is_noticed_before_anything_is_computed(
    tmp_path, settings, small_disk
):
    said = refusal("embed", *settings, "layers=[1,2,3]", f"paths.data={small_disk}", data=tmp_path)
    assert "The activations need 0.0 GB more" in said
    assert not list(small_disk.rglob("*.h5*"))


def test_a_disk_that_fills_up_is_one_sentence_and_leaves_only_whole_shards(
    tmp_path, settings, small_disk
):
    code = (
        "import shutil, sys; from collections import namedtuple\n"
        "usage = namedtuple('usage', 'total used free')\n"
        "shutil.disk_usage = lambda path: usage(10**12, 0, 10**12)\n"
        "from interplm.embed import main; main()"
    )
    overrides = [*settings, "layers=[1,2,3]", f"paths.data={small_disk}"]
    done = subprocess.run(
        [sys.executable, "-c", code, *overrides], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("error: The disk is full")
    assert "INTERPLM_DATA" in last
    assert not list(small_disk.rglob("*.partial"))


def test_a_file_that_a_script_makes_names_the_script(tmp_path):
    said = refusal("embed", "proteins=antibodies", "layers=[2]", data=tmp_path)
    assert re.search(
        r"antibodies/heavy_chains\.fasta does not exist: "
        r"`python experiments/antibodies/repertoire\.py --out \S+antibodies` makes it\.$", said,
    )  # fmt: skip
