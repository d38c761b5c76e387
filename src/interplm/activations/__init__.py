"""PLM activations: stored in HDF5, extracted in one pass, streamed in random order."""

from interplm.activations.datamodule import ActivationDataModule
from interplm.activations.extraction import ActivationExtractor
from interplm.activations.fingerprint import Fingerprint
from interplm.activations.loader import ActivationLoader
from interplm.activations.store import ActivationStatistics, ActivationStore

__all__ = [
    "ActivationDataModule",
    "ActivationExtractor",
    "ActivationLoader",
    "ActivationStatistics",
    "ActivationStore",
    "Fingerprint",
]
