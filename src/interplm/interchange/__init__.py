"""SAEs from and for other toolkits. Reading them runs none of their code."""

from interplm.interchange.hub import download, push
from interplm.interchange.imported import Imported
from interplm.interchange.loading import LAYOUTS, load, read
from interplm.interchange.sae_lens_export import save_sae_lens

__all__ = [
    "LAYOUTS",
    "Imported",
    "download",
    "load",
    "push",
    "read",
    "save_sae_lens",
]
