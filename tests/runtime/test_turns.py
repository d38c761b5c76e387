import os
import sys
import threading

import pytest

from interplm.runtime.turns import Turns, current_turns


def test_one_job_runs_at_a_time_and_in_order():
    turns, said = Turns(3), []

    def job(name, n_times):
        for _ in range(n_times):
            said.append(name)
            current_turns().pass_on()
        return name * n_times

    found = turns.run([lambda: job("a", 3), lambda: job("b", 1), lambda: job("c", 2)])
    assert said == ["a", "b", "c", "a", "c", "a"]
    assert found == ["aaa", "b", "cc"]
    assert current_turns() is None


def test_each_job_has_the_command_line_and_environment_to_itself(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["before"])
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    turns = Turns(2)

    def job(name):
        assert (sys.argv, os.environ.get("LOCAL_RANK")) == (["before"], None)
        sys.argv, os.environ["LOCAL_RANK"] = [name], name
        turns.pass_on()
        assert (sys.argv, os.environ["LOCAL_RANK"]) == ([name], name)

    turns.run([lambda: job("a"), lambda: job("b")])
    assert (sys.argv, os.environ.get("LOCAL_RANK")) == (["before"], None)


def test_one_that_fails_does_not_stop_the_others():
    turns, ended = Turns(2), []

    def failing():
        turns.pass_on()
        raise KeyError("a")

    def lasting():
        for _ in range(5):
            turns.pass_on()
        ended.append(True)

    with pytest.raises(KeyError):
        turns.run([failing, lasting])
    assert ended == [True]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("job ")]
