import sys

import pytest
from tests.jobs import command, run

from interplm.__main__ import JOBS, main


def said(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["interplm", *arguments])
    main()
    return capsys.readouterr().out


def test_without_a_job_it_lists_them(monkeypatch, capsys):
    out = said(monkeypatch, capsys)
    assert all(f"  {name} " in out for name in JOBS)


def test_it_knows_its_version(monkeypatch, capsys):
    assert said(monkeypatch, capsys, "--version").startswith("interplm 0.")


def test_an_unknown_job_is_refused(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["interplm", "tarin"])
    with pytest.raises(SystemExit, match="error: tarin is not a job"):
        main()


def test_a_job_is_the_same_by_either_name(tmp_path):
    by_module = run("train", "--cfg", "job", "layer=3", "proteins.path=x", data=tmp_path)
    assert command("train")[1:] == ["-m", "interplm.train"]
    by_command = run("__main__", "train", "--cfg", "job", "layer=3", "proteins.path=x",
                     data=tmp_path)  # fmt: skip
    assert by_command.stdout == by_module.stdout
