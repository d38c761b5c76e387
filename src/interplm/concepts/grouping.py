"""Which proteins a split must not part."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from interplm.concepts.kmers import shared_kmers
from interplm.errors import MalformedInput, MissingArtifact, UserError
from interplm.proteins.identifiers import name_in_cell
from interplm.proteins.tables import split_rows
from interplm.proteins.text import numbered_lines

# Shares of k-mers in common, from relatives of half identical residues to near copies.
_STEPS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clusters:
    """Proteins that a split keeps together.

    Attributes:
        names: of the cluster of each protein, one of its accessions or a name of its own.
        method: in words, for the report: what a cluster is.
    """

    names: list[str]
    method: str

    @property
    def largest_share(self) -> float:
        """Share of the proteins that the largest cluster holds."""
        return Counter(self.names).most_common(1)[0][1] / len(self.names)


class Grouping(ABC):
    """Puts proteins into clusters."""

    @abstractmethod
    def clusters(self, accessions: Sequence[str], sequences: Sequence[str]) -> Clusters:
        """The cluster of each protein.

        Args:
            accessions: of the proteins.
            sequences: in the same order; empty strings where they are not known.
        """


class ByAccession(Grouping):
    """Every protein is its own cluster: homologues may lie on both sides."""

    def clusters(self, accessions: Sequence[str], sequences: Sequence[str]) -> Clusters:
        """The accessions."""
        return Clusters(names=list(accessions), method="protein, homologues not kept together")


class ClusterFile(Grouping):
    """Clusters of one's own: of MMseqs2 at a stated identity, or of a label such as the gene.

    Args:
        path: representative and member, tab-separated, one member a line, without header; plain
            or gzip (`<prefix>_cluster.tsv` of `mmseqs easy-cluster`). The representative may be
            any name, such as IGHV3-23. A protein that the file lacks is its own cluster.
    """

    def __init__(self, *, path: str | Path) -> None:
        self._path = Path(path)

    def clusters(self, accessions: Sequence[str], sequences: Sequence[str]) -> Clusters:
        """The representative that the file gives to each accession.

        Raises:
            MissingArtifact: if there is no such file.
            MalformedInput: for a line of another form, or a member of two clusters.
            UserError: if it has none of the proteins.
        """
        cluster_of = self._read(frozenset(accessions))
        if not cluster_of:
            raise UserError(
                f"{self._path} has none of the {len(accessions)} proteins: its accessions are of "
                "another kind, or split.grouping.path is wrong."
            )
        return Clusters(
            names=[cluster_of.get(accession, accession) for accession in accessions],
            method=f"cluster of {self._path.name}",
        )

    def _read(self, wanted: frozenset[str]) -> dict[str, str]:
        if not self._path.is_file():
            raise MissingArtifact(f"{self._path} does not exist: correct split.grouping.path.")
        cluster_of: dict[str, str] = {}
        for number, names in split_rows(numbered_lines(self._path), "\t"):
            if not "".join(names).strip():
                continue
            if len(names) != 2:
                raise MalformedInput(
                    f"{self._path}, line {number}: {len(names)} tab-separated fields, but a line "
                    "is a representative and a member, as MMseqs2 writes `_cluster.tsv`."
                )
            representative, member = map(name_in_cell, names)
            if member in wanted and cluster_of.setdefault(member, representative) != representative:
                raise MalformedInput(
                    f"{self._path}, line {number}: {member} is in the clusters of "
                    f"{cluster_of[member]} and {representative}: a protein has one cluster."
                )
        return cluster_of


class KmerClusters(Grouping):
    """Clusters of proteins that share k-mers, see `interplm.concepts.kmers`.

    With k = 6 and containment 0.1 these are relatives of about half identical residues and more;
    for remoter ones give the clusters of a profile search in a ClusterFile. A family that would
    hold most of the proteins leaves nothing to split, so the share of k-mers that keeps proteins
    together is raised, step by step, until no cluster is larger than `largest_share`.

    Args:
        k: residues of a k-mer.
        containment: share of the k-mers of the protein that has fewer.
        largest_share: of the proteins, that a cluster may hold.
        sampled: share of k-mers looked at.
        n_neighbours: proteins that each is compared with, per k-mer.

    Raises:
        UserError: for a number out of range.
    """

    def __init__(
        self, *, k: int, containment: float, largest_share: float, sampled: float, n_neighbours: int
    ) -> None:
        # 20¹² k-mers still have a code of 64 bits.
        if not 2 <= k <= 12:
            raise UserError(f"split.grouping.k must be in 2..12, got {k}.")
        for name, share in (
            ("containment", containment),
            ("largest_share", largest_share),
            ("sampled", sampled),
        ):
            if not 0 < share <= 1:
                raise UserError(f"split.grouping.{name} must be in (0, 1], got {share}.")
        if n_neighbours < 1:
            raise UserError(f"split.grouping.n_neighbours must be at least 1, got {n_neighbours}.")
        self._k, self._containment, self._largest_share = k, containment, largest_share
        self._sampled, self._n_neighbours = sampled, n_neighbours

    def clusters(self, accessions: Sequence[str], sequences: Sequence[str]) -> Clusters:
        """Named after the smallest accession of each.

        Raises:
            UserError: if the sequences are not known.
        """
        if not all(sequences):
            raise UserError(
                "The annotations come without sequences, so proteins cannot be clustered by shared "
                "k-mers: give clusters with split=cluster_file, or set split=accession."
            )
        # In order of accession the smallest index is the smallest accession, and clusters do not
        # depend on the order of the store.
        order = sorted(range(len(accessions)), key=accessions.__getitem__)
        pairs = shared_kmers(
            [sequences[index] for index in order],
            k=self._k,
            sampled=self._sampled,
            n_neighbours=self._n_neighbours,
        )
        for containment in (self._containment, *(c for c in _STEPS if c > self._containment)):
            names = [""] * len(accessions)
            for index, cluster in zip(order, pairs.clusters(containment).tolist(), strict=True):
                names[index] = accessions[order[cluster]]
            found = Clusters(names=names, method=self._method(containment))
            if found.largest_share <= self._largest_share:
                break
        return found

    def _method(self, containment: float) -> str:
        raised = (
            f", raised from {self._containment:.0%} so that no family holds most of the proteins"
            if containment > self._containment
            else ""
        )
        return f"cluster of proteins that share {containment:.0%} of their {self._k}-mers{raised}"
