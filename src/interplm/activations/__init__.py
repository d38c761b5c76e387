"""PLM activations: stored in HDF5, extracted in one pass, streamed in random order.

`interplm.activations.datamodule` is not re-exported, so that embedding does without Lightning.
"""

from interplm.activations.extraction import ActivationExtractor
from interplm.activations.fingerprint import Fingerprint
from interplm.activations.foreign import ForeignActivations, open_activations
from interplm.activations.importing import import_activations
from interplm.activations.loader import ActivationLoader
from interplm.activations.source import ActivationSource
from interplm.activations.statistics import ActivationStatistics
from interplm.activations.store import ActivationStore

__all__ = [
    "ActivationExtractor",
    "ActivationLoader",
    "ActivationSource",
    "ActivationStatistics",
    "ActivationStore",
    "Fingerprint",
    "ForeignActivations",
    "import_activations",
    "open_activations",
]
