"""Which proteins a split must not part."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from interplm.concepts.kmers import cluster_by_kmers
from interplm.errors import MalformedInput, MissingArtifact, UserError
from interplm.proteins.records import parse_header
from interplm.proteins.text import numbered_lines


class Grouping(ABC):
    """Puts proteins into clusters, each named after one accession."""

    @abstractmethod
    def representatives(self, accessions: Sequence[str], sequences: Sequence[str]) -> list[str]:
        """Name of the cluster of each protein.

        Args:
            accessions: of the proteins.
            sequences: in the same order; empty strings where they are not known.
        """

    @abstractmethod
    def __str__(self) -> str:
        """In words, for the report."""


class ByAccession(Grouping):
    """Every protein is its own cluster: homologues may lie on both sides."""

    def representatives(self, accessions: Sequence[str], sequences: Sequence[str]) -> list[str]:
        """The accessions."""
        return list(accessions)

    def __str__(self) -> str:
        return "protein, homologues not kept together"


class ClusterFile(Grouping):
    """Clusters that another program made, such as MMseqs2 at a stated identity.

    Args:
        path: representative and member, tab-separated, one member a line, without header; plain
            or gzip (`<prefix>_cluster.tsv` of `mmseqs easy-cluster`). A protein that it lacks is
            its own cluster.
    """

    def __init__(self, *, path: str | Path) -> None:
        self._path = Path(path)

    def representatives(self, accessions: Sequence[str], sequences: Sequence[str]) -> list[str]:
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
        return [cluster_of.get(accession, accession) for accession in accessions]

    def __str__(self) -> str:
        return f"cluster of {self._path.name}"

    def _read(self, wanted: frozenset[str]) -> dict[str, str]:
        if not self._path.is_file():
            raise MissingArtifact(f"{self._path} does not exist: correct split.grouping.path.")
        cluster_of: dict[str, str] = {}
        for number, line in numbered_lines(self._path):
            if not line.strip():
                continue
            names = line.split("\t")
            if len(names) != 2:
                raise MalformedInput(
                    f"{self._path}, line {number}: {len(names)} tab-separated fields, but a line "
                    "is a representative and a member, as MMseqs2 writes `_cluster.tsv`."
                )
            representative, member = (parse_header(name)[0] for name in names)
            if member in wanted and cluster_of.setdefault(member, representative) != representative:
                raise MalformedInput(
                    f"{self._path}, line {number}: {member} is in the clusters of "
                    f"{cluster_of[member]} and {representative}: a protein has one cluster."
                )
        return cluster_of


class KmerClusters(Grouping):
    """Clusters of proteins that share k-mers, see cluster_by_kmers.

    With k = 6 and containment 0.1 these are relatives of about half identical residues and more;
    for remoter ones give the clusters of a profile search in a ClusterFile.

    Args:
        k: residues of a k-mer.
        containment: share of the k-mers of the protein that has fewer.
        sampled: share of k-mers looked at.
        n_neighbours: proteins that each is compared with, per k-mer.

    Raises:
        UserError: for a number out of range.
    """

    def __init__(self, *, k: int, containment: float, sampled: float, n_neighbours: int) -> None:
        # 20¹² k-mers still have a code of 64 bits.
        if not 2 <= k <= 12:
            raise UserError(f"split.grouping.k must be in 2..12, got {k}.")
        for name, share in (("containment", containment), ("sampled", sampled)):
            if not 0 < share <= 1:
                raise UserError(f"split.grouping.{name} must be in (0, 1], got {share}.")
        if n_neighbours < 1:
            raise UserError(f"split.grouping.n_neighbours must be at least 1, got {n_neighbours}.")
        self._k, self._containment = k, containment
        self._sampled, self._n_neighbours = sampled, n_neighbours

    def representatives(self, accessions: Sequence[str], sequences: Sequence[str]) -> list[str]:
        """The smallest accession of each protein's cluster.

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
        clusters = cluster_by_kmers(
            [sequences[index] for index in order],
            k=self._k,
            containment=self._containment,
            sampled=self._sampled,
            n_neighbours=self._n_neighbours,
        )
        names = [""] * len(accessions)
        for index, cluster in zip(order, clusters.tolist(), strict=True):
            names[index] = accessions[order[cluster]]
        return names

    def __str__(self) -> str:
        return f"cluster of proteins that share {self._containment:.0%} of their {self._k}-mers"
