import csv
import io

import pytest
from omegaconf import OmegaConf

from interplm.errors import UserError
from interplm.runtime.search_space import search_space
from interplm.runtime.study import Study

SAMPLER = OmegaConf.create({"_target_": "optuna.samplers.RandomSampler", "seed": 3})
WORDS = ["seed=0", "x=interval(0,1)", "y=choice(a,b)"]


@pytest.fixture
def opened(tmp_path):
    def open_study(*, name="test", owner="me", fresh=False, **objectives):
        return Study(
            name,
            storage=f"sqlite:///{tmp_path}/study.db",
            owner=owner,
            objectives=objectives or {"gain": "maximize"},
            sampler=SAMPLER,
            space=search_space(WORDS),
            fresh=fresh,
        )

    return open_study


def rows(study):
    return list(csv.DictReader(io.StringIO(study.as_csv())))


def test_a_trial_that_was_lost_is_given_out_again_and_the_next_are_those_that_would_have_been(
    opened,
):
    whole = opened(name="whole")
    expected = [whole.words(trial) for trial in whole.batch(4)]
    assert len({tuple(words) for words in expected}) == 4
    first = opened()
    done, _lost = first.batch(2)
    first.finish(done, [0.5])
    again = opened()
    assert [again.words(trial) for trial in again.batch(3)] == expected[1:]
    assert again.n_done == 1


def test_a_trial_that_runs_elsewhere_is_left_to_its_owner(opened):
    ours, theirs = opened(), opened(owner="another")
    (running,) = ours.batch(1)
    (other,) = theirs.batch(1)
    assert other.number != running.number
    assert [trial.number for trial in opened(owner="another").batch(1)] == [other.number]
    ours.finish(running, [0.5])
    theirs.finish(other, [0.25])
    assert ours.n_done == theirs.n_done == 2


def test_every_trial_is_a_row_with_how_it_went(opened):
    study = opened()
    good, bad, ended = study.batch(3)
    study.runs_as(good, "runs/good")
    study.finish(good, [0.25])
    study.fail(bad, "no room")
    ended.report(0.1, step=40)
    study.prune(ended)
    study.prune(ended)
    assert study.is_pruned(ended)
    assert [row["state"] for row in rows(study)] == ["complete", "fail", "pruned"]
    assert [row["gain"] for row in rows(study)] == ["0.25", "", ""]
    assert [row["last_step"] for row in rows(study)] == ["", "", "40"]
    assert (rows(study)[0]["run"], rows(study)[1]["error"]) == ("runs/good", "no room")
    assert study.said(good).startswith("Trial 0: gain 0.25, with x=0.")
    assert "pruned at step 40" in study.said(ended)
    assert "failed (no room)" in study.said(bad)
    assert study.n_done == 2
    assert [(trial.number, values) for trial, values in study.best()] == [(0, "gain 0.25")]


def test_of_several_objectives_those_that_none_surpasses_are_the_best(opened):
    study = opened(gain="maximize", cost="minimize")
    assert study.best() == []
    for trial, values in zip(study.batch(3), [(1, 5), (2, 6), (1, 6)], strict=True):
        study.finish(trial, values)
    assert sorted(values for _, values in study.best()) == ["gain 1, cost 5", "gain 2, cost 6"]


def test_a_fresh_study_forgets_its_trials(opened):
    study = opened()
    study.finish(study.batch(1)[0], [1.0])
    assert opened().n_done == 1
    assert opened(fresh=True).n_done == 0


def test_a_direction_that_is_none_is_refused(opened):
    with pytest.raises(UserError, match=r"direction is maximize or minimize, got up"):
        opened(gain="up")
