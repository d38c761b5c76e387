"""PLM activations: stored in HDF5, extracted in one pass, streamed in random order.

`interplm.activations.datamodule` is not re-exported, so that embedding does without Lightning.
"""

from interplm.activations.extraction import ActivationExtractor
from interplm.activations.fingerprint import Fingerprint
from interplm.activations.loader import ActivationLoader
from interplm.activations.store import ActivationStatistics, ActivationStore

__all__ = [
    "ActivationExtractor",
    "ActivationLoader",
    "ActivationStatistics",
    "ActivationStore",
    "Fingerprint",
]
