"""SAEs from and for other toolkits. Reading them runs none of their code."""

from interplm.interchange.dictionary_learning import load_dictionary_learning
from interplm.interchange.hub import download, push
from interplm.interchange.imported import Imported
from interplm.interchange.loading import OURS, load, read
from interplm.interchange.original import load_original
from interplm.interchange.sae_lens import load_sae_lens, save_sae_lens

__all__ = [
    "OURS",
    "Imported",
    "download",
    "load",
    "load_dictionary_learning",
    "load_original",
    "load_sae_lens",
    "push",
    "read",
    "save_sae_lens",
]
