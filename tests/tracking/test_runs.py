import logging
from functools import partial

import wandb

from interplm.tracking.runs import _begin_online, sync_command


def test_where_wandb_cannot_be_reached_the_reason_is_said(caplog):
    def begin(**settings):
        raise wandb.errors.CommError("no network")

    with caplog.at_level(logging.WARNING):
        assert _begin_online(partial(begin)) is None
    assert "logged offline: no network" in caplog.text


def test_offline_runs_are_synced_by_one_command(tmp_path):
    assert sync_command(tmp_path) is None
    for name in ("offline-run-2-b", "offline-run-1 a", "run-3-c"):
        (tmp_path / "wandb" / name).mkdir(parents=True)
    folder = tmp_path / "wandb"
    assert sync_command(tmp_path) == (
        f"wandb sync '{folder}/offline-run-1 a' {folder}/offline-run-2-b"
    )
