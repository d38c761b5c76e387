import pytest
from tests.jobs import FAST_TRAINING, run, small_plm, write_proteins

from interplm.sae import load_sae


@pytest.fixture
def options(tmp_path):
    path = write_proteins(tmp_path)
    return [*small_plm(tmp_path), *FAST_TRAINING, f"proteins.path={path}", "layer=2",
            "trainer.max_steps=30", f"run={tmp_path / 'run'}"]  # fmt: skip


def stamps(folder):
    return {
        p.name: p.stat().st_mtime_ns
        for p in sorted(folder.rglob("*"))
        if p.suffix in (".h5", ".safetensors")
    }


def test_from_proteins_to_an_sae_then_nothing_then_only_what_changed(tmp_path, options):
    done = run("pipeline", *options, data=tmp_path)
    assert "[1/2] embed" in done.stdout
    assert "[2/2] train" in done.stdout
    assert load_sae(tmp_path / "run" / "sae").d_in == 40
    first = stamps(tmp_path)
    assert len(first) == 2

    again = run("pipeline", *options, data=tmp_path)
    assert "This run is finished" in again.stdout
    assert stamps(tmp_path) == first

    changed = run("pipeline", *options, "sae.l1_coefficient=0.2", data=tmp_path)
    assert "Making it again" in changed.stdout
    assert "sae.l1_coefficient was 0.25, now 0.2" in changed.stdout
    second = stamps(tmp_path)
    assert second["shard_00000.h5"] == first["shard_00000.h5"]
    assert second["sae.safetensors"] != first["sae.safetensors"]


def test_another_selection_of_proteins_makes_everything_again(tmp_path, options):
    run("pipeline", *options, data=tmp_path)
    first = stamps(tmp_path)
    done = run("pipeline", *options, "proteins.selection.n_proteins=50", data=tmp_path)
    assert done.stdout.count("Making it again") == 2
    second = stamps(tmp_path)
    assert all(second[name] != first[name] for name in first)
