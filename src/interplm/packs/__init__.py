"""Feature packs: all that is needed to name the features of new sequences, in a small folder."""

from interplm.packs.label import FeatureLabel
from interplm.packs.pack import FeaturePack, load_pack, save_pack

__all__ = ["FeatureLabel", "FeaturePack", "load_pack", "save_pack"]
