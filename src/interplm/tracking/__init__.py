"""Weights & Biases: what of a run is there beside its metrics, and the dashboard of many.

wandb is imported when something is logged: nobody else waits for it.
"""

from interplm.tracking.histogram import histogram
from interplm.tracking.logged import LoggedRun
from interplm.tracking.names import AXIS
from interplm.tracking.runs import later_run, sync_command

__all__ = ["AXIS", "LoggedRun", "histogram", "later_run", "sync_command"]
