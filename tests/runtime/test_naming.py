import re

import pytest

from interplm.runtime.configs import as_plain, compose
from interplm.runtime.instantiation import instantiate
from interplm.runtime.naming import LONGEST_NAME
from interplm.runtime.options import likeliest_option, option_names


def name_of(*overrides):
    return compose("train", *overrides).name


SPELLINGS = {
    "demo": [
        ["experiment=demo"],
        ["experiment=demo", "layer=5"],
        ["experiment=demo", "callbacks.progress=null", "trainer.accelerator=cpu"],
        ["experiment=demo", "callbacks=default", "logger=null"],
        ["experiment=demo", "sae.k=16", "trainer.max_steps=2.5e3", "paths.data=/elsewhere"],
        ["plm=esm2_demo", "proteins=demo", "sae=topk", "layer=5", "data.batch_size=2048",
         "data.buffer_rows=131072", "sae.d_sae=1024", "sae.k=16", "optimizer.lr=0.0008",
         "trainer.max_steps=2500", "trainer.val_check_interval=7"],
    ],
    "plain": [
        ["experiment=layer3"],
        ["layer=3"],
        ["layer=3", "sae=relu", "plm=esm2_8m"],
        ["layer=3", "scheduler.n_steps=3000"],
        ["layer=3", "model.sparsity_schedule.n_steps=3000", "scheduler.warmup_fraction=0.05"],
        ["layer=3", "trainer.log_every_n_steps=1", "proteins.path=/somewhere/else.fasta"],
    ],
    "squared": [
        ["layer=3", "sae=relu_squared"],
        ["layer=3", "sae=relu", "sae.reconstruction=squared_l2", "sae.l1_coefficient=1.4"],
    ],
}  # fmt: skip


@pytest.mark.parametrize("spellings", SPELLINGS.values(), ids=SPELLINGS)
def test_the_same_settings_have_one_name_however_they_were_typed(spellings):
    assert len({name_of(*spelling) for spelling in spellings}) == 1


def test_fifty_different_settings_have_fifty_names():
    changes = [
        [], ["layer=4"], ["sae=topk"], ["sae=topk", "sae.k=16"], ["sae=jumprelu"],
        ["sae=relu_squared"], ["seed=1"], ["sae.d_sae=5120"], ["optimizer.lr=1e-4"],
        ["callbacks=ema"], ["revival=none"], ["revival=resampling"], ["dataset=other"],
        ["input_transform.centre=false"], ["input_transform.scaling=none"],
        ["data.validation_fraction=0.1"], ["data.split_seed=1"], ["plm=esm2_demo"],
        ["plm.control=shuffled"], ["plm.control=untrained"],
        ["plm.control=untrained", "plm.seed=1"],
        ["trainer.devices=2"], ["trainer.precision=bf16-mixed"], ["data.num_workers=2"],
        ["model.dead_after_residues=5000"], ["experiment=interplm_paper"],
        *[[f"trainer.max_steps={steps}"] for steps in range(100, 112)],
        *[[f"sae.l1_coefficient=0.{n}"] for n in range(11, 23)],
    ]  # fmt: skip
    names = {name_of("layer=3", *change) for change in changes}
    assert len(names) == len(changes) == 50
    assert all(re.fullmatch(r"[A-Za-z0-9._-]{1,80}", name) for name in names)


def test_a_plm_whose_width_its_activations_will_tell_has_names_too():
    given = ["plm=antiberty", "layer=4", "sae=relu"]
    assert name_of(*given) == "antiberty_layer4_relu"
    assert name_of(*given, "seed=1").startswith("antiberty_layer4_relu_seed1_")
    assert name_of("experiment=antibodies") == "antiberty_layer4_topk"


def test_two_experiments_never_meet():
    names = [
        name_of(f"experiment={experiment}", "layer=3") for experiment in option_names("experiment")
        if not experiment.startswith("layer")
    ]  # fmt: skip
    assert len({*names, name_of("experiment=layer3")}) == len(names) + 1


def test_what_differs_is_read_in_the_name_as_far_as_there_is_room():
    assert name_of("layer=3", "sae=topk", "sae.k=8", "seed=3").startswith(
        "esm2_8m_layer3_topk_k8_seed3_"
    )
    # Runs that differ in the seed alone are told apart by it, whatever else has no room.
    seeded = name_of("experiment=demo", "seed=1", "dataset=a_set_of_proteins_with_a_long_name")
    assert "_seed1_" in seeded
    long = name_of("layer=3", f"plm.name={'x' * 100}", "sae.d_sae=100000", "trainer.max_steps=9")
    assert len(long) <= LONGEST_NAME


def test_plms_whose_names_are_written_alike_do_not_meet():
    assert name_of("layer=3", "plm.name='a b'") != name_of("layer=3", "plm.name=a-b")


@pytest.mark.parametrize("group", ["sae", "revival"])
def test_an_option_is_told_by_its_class_and_its_words(group):
    for option in option_names(group):
        values = as_plain(compose("train", "layer=3", f"{group}={option}")[group])
        assert likeliest_option(group, values) == option


def test_the_name_stays_when_parts_of_the_config_have_been_resolved_in_place():
    cfg = compose("train", "layer=3", "trainer.max_steps=9", "optimizer.lr=1e-4", "dataset=x")
    before = cfg.name
    instantiate(cfg.model)
    assert cfg.name == before


def test_what_follows_from_other_settings_is_not_shown():
    assert re.fullmatch(
        r"esm2_8m_layer3_relu_d_sae64_max_steps9_[0-9a-f]{8}",
        name_of("layer=3", "trainer.max_steps=9", "sae.d_sae=64"),
    )
    assert "resampling" in name_of("layer=3", "revival=resampling")


@pytest.mark.parametrize(("changes", "said"), [
    (["optimizer._target_=torch.optim.AdamW"], "relu_AdamW"),
    (["optimizer._target_=torch.optim.AdamW", "optimizer.lr=1", "seed=2"], "relu_AdamW_seed2"),
    (["scheduler._target_=mine.Schedule"], "relu_Schedule"),
    (["revival._target_=mine.Revival"], "relu_Revival"),
    (["data._target_=mine.Source"], "relu_Source"),
    (["sae._target_=mine.Sae", "sae.d_sae=8"], "Sae"),
])  # fmt: skip
def test_a_class_that_no_option_has_is_named_and_its_settings_are_in_the_digest(changes, said):
    assert re.fullmatch(f"esm2_8m_layer3_{said}_[0-9a-f]{{8}}", name_of("layer=3", *changes))
