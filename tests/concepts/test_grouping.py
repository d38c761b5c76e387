import random

import pytest

from interplm.concepts import ByAccession, ClusterFile, KmerClusters
from interplm.errors import MalformedInput, MissingArtifact, UserError

ACIDS = "ACDEFGHIKLMNPQRSTVWY"
SETTINGS = {
    "k": 6, "containment": 0.1, "largest_share": 1.0, "sampled": 1.0, "n_neighbours": 8,
}  # fmt: skip


def cluster_file(tmp_path, *lines):
    path = tmp_path / "clu_cluster.tsv"
    path.write_text("\n".join(lines) + "\n")
    return ClusterFile(path=path)


def test_by_accession_every_protein_is_alone():
    found = ByAccession().clusters(["B", "A"], ["", ""])
    assert found.names == ["B", "A"]
    assert found.method == "protein, homologues not kept together"
    assert found.largest_share == 0.5


def test_a_cluster_file_names_each_cluster_after_its_representative(tmp_path):
    grouping = cluster_file(tmp_path, "A\tA", "A\tB", "sp|C|C_YEAST\tsp|C|C_YEAST", "C\tD", "")
    found = grouping.clusters(["B", "D", "Z", "A"], [""] * 4)
    assert found.names == ["A", "C", "Z", "A"]
    assert found.method == "cluster of clu_cluster.tsv"


def test_a_cluster_file_that_was_saved_with_quotes_reads_the_same(tmp_path):
    grouping = cluster_file(tmp_path, '"A"\t"A"', '"A"\t"sp|B|B_YEAST"')
    assert grouping.clusters(["B", "A"], ["", ""]).names == ["A", "A"]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["A\tB", "A B"], r"clu_cluster.tsv, line 2: 1 tab-separated fields, but a line is"),
        (["A\tB", "C\tB"], r"line 2: B is in the clusters of A and C: a protein has one cluster"),
    ],
)
def test_a_cluster_file_of_another_form_is_refused_with_its_line(tmp_path, lines, message):
    with pytest.raises(MalformedInput, match=message):
        cluster_file(tmp_path, *lines).clusters(["A", "B"], ["", ""])


def test_a_cluster_file_of_other_proteins_or_none_is_refused(tmp_path):
    with pytest.raises(UserError, match="has none of the 1 proteins"):
        cluster_file(tmp_path, "A\tA").clusters(["Z"], [""])
    with pytest.raises(MissingArtifact, match=r"none does not exist: correct split.grouping.path"):
        ClusterFile(path=tmp_path / "none").clusters(["Z"], [""])


def test_proteins_that_share_k_mers_are_named_after_the_smallest_accession():
    dice = random.Random(0)
    first, second = ("".join(dice.choices(ACIDS, k=50)) for _ in range(2))
    accessions, sequences = ["Q9", "P1", "A5", "P0"], [first, second, first[:40], second[5:]]
    grouping = KmerClusters(**SETTINGS)
    assert grouping.clusters(accessions, sequences).names == ["A5", "P0", "A5", "P0"]
    backwards = grouping.clusters(accessions[::-1], sequences[::-1]).names
    assert backwards == ["P0", "A5", "P0", "A5"]


def test_without_sequences_there_are_no_k_mers():
    with pytest.raises(UserError, match="come without sequences, so proteins cannot be clustered"):
        KmerClusters(**SETTINGS).clusters(["A", "B"], ["MKV", ""])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"k": 1}, r"split.grouping.k must be in 2..12, got 1"),
        ({"k": 13}, r"split.grouping.k must be in 2..12, got 13"),
        ({"containment": 0}, r"containment must be in \(0, 1\], got 0"),
        ({"sampled": 1.5}, r"sampled must be in \(0, 1\], got 1.5"),
        ({"n_neighbours": 0}, r"n_neighbours must be at least 1, got 0"),
    ],
)
def test_numbers_out_of_range_are_refused(changed, message):
    with pytest.raises(UserError, match=message):
        KmerClusters(**(SETTINGS | changed))


def test_a_family_that_holds_most_proteins_is_parted_into_closer_relatives():
    dice = random.Random(1)
    ancestor = "".join(dice.choices(ACIDS, k=120))
    members = []
    for _ in range(12):
        branch = "".join(a if dice.random() < 0.9 else dice.choice(ACIDS) for a in ancestor)
        members += [branch, branch[2:]]
    accessions = [f"P{number:02d}" for number in range(24)]
    loose = KmerClusters(**SETTINGS).clusters(accessions, members)
    assert loose.largest_share == 1.0
    assert loose.method == "cluster of proteins that share 10% of their 6-mers"
    found = KmerClusters(**SETTINGS | {"largest_share": 0.2}).clusters(accessions, members)
    assert found.largest_share <= 0.2
    assert "raised from 10% so that no family holds most" in found.method
    # A branch and its copy are never parted.
    assert found.names[::2] == found.names[1::2]
