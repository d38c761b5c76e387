"""Public files and tables: where they are fetched from, how each is checked, where they lie."""

from interplm.downloads.alphafold import AlphaFoldStructures
from interplm.downloads.download import Download, Resource
from interplm.downloads.esm2_weights import ESM2Weights
from interplm.downloads.hub_sae import HubSAE
from interplm.downloads.published_file import ProteinFile, PublishedFile, SequenceList
from interplm.downloads.uniprot_accessions import UniProtAccessions
from interplm.downloads.uniprot_query import UniProtQuery

__all__ = [
    "AlphaFoldStructures",
    "Download",
    "ESM2Weights",
    "HubSAE",
    "ProteinFile",
    "PublishedFile",
    "Resource",
    "SequenceList",
    "UniProtAccessions",
    "UniProtQuery",
]
