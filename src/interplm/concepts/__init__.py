"""Concepts: what residues are annotated with, from which source, and on which proteins."""

from interplm.concepts.bed import BedSource
from interplm.concepts.collecting import Collected, collect
from interplm.concepts.gff3 import Gff3Source
from interplm.concepts.grouping import ByAccession, ClusterFile, Clusters, Grouping, KmerClusters
from interplm.concepts.minimum import with_minimum_instances
from interplm.concepts.plain_table import PlainTableSource
from interplm.concepts.sequence_only import SequenceOnlySource
from interplm.concepts.shards import ShardSplit
from interplm.concepts.source import AnnotationSource
from interplm.concepts.spans import (
    AnnotatedProtein,
    Concept,
    ConceptSpan,
    Kind,
    RejectedAnnotation,
    Scope,
)
from interplm.concepts.splits import ProteinSplit, Split
from interplm.concepts.table import ConceptTable
from interplm.concepts.uniprot import UniProtSource

__all__ = [
    "AnnotatedProtein",
    "AnnotationSource",
    "BedSource",
    "ByAccession",
    "ClusterFile",
    "Clusters",
    "Collected",
    "Concept",
    "ConceptSpan",
    "ConceptTable",
    "Gff3Source",
    "Grouping",
    "Kind",
    "KmerClusters",
    "PlainTableSource",
    "ProteinSplit",
    "RejectedAnnotation",
    "Scope",
    "SequenceOnlySource",
    "ShardSplit",
    "Split",
    "UniProtSource",
    "collect",
    "with_minimum_instances",
]
