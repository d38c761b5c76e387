"""Which of several processes that train together this one is."""

import os

# As launchers set them: torchrun and Lightning, Slurm, LSF.
_RANK_VARIABLES = ("RANK", "LOCAL_RANK", "SLURM_PROCID", "JSM_NAMESPACE_RANK")


def is_first_rank() -> bool:
    """Whether this process writes what all of them share; a process alone does."""
    if os.environ.get("NODE_RANK", "0") != "0":
        return False
    ranks = (os.environ[name] for name in _RANK_VARIABLES if name in os.environ)
    return next(ranks, "0") == "0"
