"""Proteins from FASTA and UniProtKB files: read as a stream, selected, split and sharded."""

from interplm.proteins.fasta import FastaSource
from interplm.proteins.records import ProteinRecord, Rejected
from interplm.proteins.selection import Selection, Survey, select, survey
from interplm.proteins.sequence_list import SequenceListSource, open_sequences
from interplm.proteins.sharding import is_mine, n_shards, shards
from interplm.proteins.source import ProteinSource
from interplm.proteins.splitting import is_validation, validation_mask
from interplm.proteins.uniprot_tsv import UniProtTsvSource

__all__ = [
    "FastaSource",
    "ProteinRecord",
    "ProteinSource",
    "Rejected",
    "Selection",
    "SequenceListSource",
    "Survey",
    "UniProtTsvSource",
    "is_mine",
    "is_validation",
    "n_shards",
    "open_sequences",
    "select",
    "shards",
    "survey",
    "validation_mask",
]
