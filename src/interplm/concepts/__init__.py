"""Concepts: what residues are annotated with, from which source, and on which proteins."""

from interplm.concepts.spans import (
    AnnotatedProtein,
    Concept,
    ConceptSpan,
    Kind,
    RejectedAnnotation,
    Scope,
)
from interplm.concepts.table import ConceptTable

__all__ = [
    "AnnotatedProtein",
    "Concept",
    "ConceptSpan",
    "ConceptTable",
    "Kind",
    "RejectedAnnotation",
    "Scope",
]
