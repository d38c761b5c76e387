import pytest
from tests.jobs import FAST_TRAINING, refusal, run, small_plm, write_proteins

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

    changed = refusal("pipeline", *options, "sae.l1_coefficient=0.2", data=tmp_path)
    assert "sae.l1_coefficient was 0.25, now 0.2" in changed
    assert "fresh=[train] makes this stage afresh and no other" in changed
    assert stamps(tmp_path) == first

    again = run("pipeline", *options, "sae.l1_coefficient=0.2", "fresh=[train]", data=tmp_path)
    second = stamps(tmp_path)
    assert second["shard_00000.h5"] == first["shard_00000.h5"]
    assert second["sae.safetensors"] != first["sae.safetensors"]
    assert again.stdout.count("Next: ") == 1


def test_another_selection_of_proteins_is_refused_until_all_is_asked_for_afresh(tmp_path, options):
    run("pipeline", *options, data=tmp_path)
    first = stamps(tmp_path)
    other = [*options, "proteins.selection.n_proteins=50"]
    said = refusal("pipeline", *other, data=tmp_path)
    assert "fresh=[embed]" in said
    assert stamps(tmp_path) == first
    run("pipeline", *other, "fresh=true", data=tmp_path)
    second = stamps(tmp_path)
    assert all(second[name] != first[name] for name in first)


def test_other_settings_make_another_run_where_no_folder_is_named(tmp_path, options):
    options = [option for option in options if not option.startswith(("run=", "plm.d_model="))]
    # Nor is the width stated, which the activations then tell.
    options.append("plm.d_model=null")
    run("pipeline", *options, data=tmp_path)
    run("pipeline", *options, "trainer.max_steps=31", data=tmp_path)
    folders = list((tmp_path / "runs").iterdir())
    assert len(folders) == 2
    assert all(load_sae(folder / "sae").d_in == 40 for folder in folders)


def test_a_stage_that_does_not_exist_is_named(tmp_path, options):
    assert "The stages are embed, train, score; got trian" in refusal(
        "pipeline", *options, "fresh=[trian]", data=tmp_path
    )
