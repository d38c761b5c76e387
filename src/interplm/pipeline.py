"""All jobs in order, redoing only what changed: `python -m interplm.pipeline experiment=demo`."""

import logging
from collections.abc import Callable

from omegaconf import DictConfig

from interplm.embed import embed
from interplm.errors import FingerprintMismatch
from interplm.runtime.job import job
from interplm.score import score
from interplm.train import train

log = logging.getLogger("interplm.pipeline")

# A later stage joins by adding its function here and its name to configs/pipeline.yaml. Each one
# finds what it made before, and raises FingerprintMismatch where that was made otherwise.
STAGES: dict[str, Callable[[DictConfig], object]] = {
    "embed": embed,
    "train": train,
    "score": score,
}


def pipeline(cfg: DictConfig) -> None:
    """Run the stages in order; what is there and still fits is kept, the rest is made again."""
    # Without annotations there is nothing to score against.
    stages = [name for name in cfg.stages if name != "score" or "concepts" in cfg]
    for number, name in enumerate(stages, start=1):
        log.info("\n[%d/%d] %s", number, len(stages), name)
        try:
            STAGES[name](cfg)
        except FingerprintMismatch as change:
            if cfg.fresh:
                raise
            log.info("Making it again, since something changed. %s", change)
            again = cfg.copy()
            again.fresh = True
            STAGES[name](again)


@job("pipeline")
def main(cfg: DictConfig) -> None:
    """All jobs in order, redoing only what changed."""
    pipeline(cfg)


if __name__ == "__main__":
    main()
