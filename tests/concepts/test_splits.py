import random

import numpy as np
import pytest
from omegaconf import OmegaConf

from interplm.concepts import ByAccession, ClusterFile, Clusters, Grouping, ProteinSplit
from interplm.errors import UserError
from interplm.proteins import UniProtTsvSource, validation_mask
from interplm.runtime.configs import config_folder
from interplm.runtime.instantiation import instantiate

ACCESSIONS = [f"P{number:05d}" for number in range(2000)]


def split_of(grouping, fraction=0.5, seed=0, n_aligned=0):
    return ProteinSplit(
        validation_fraction=fraction, seed=seed, n_aligned=n_aligned, grouping=grouping
    )


def test_each_protein_goes_where_the_hash_of_its_accession_says():
    found = split_of(ByAccession(), 0.3, 7).split(ACCESSIONS, [""] * 2000)
    assert (found.validation == validation_mask(ACCESSIONS, fraction=0.3, seed=7)).all()
    assert (found.test == ~found.validation).all()
    assert len(set(found.cluster.tolist())) == 2000


def test_the_members_of_a_cluster_go_with_its_representative(tmp_path):
    path = tmp_path / "c.tsv"
    path.write_text("".join(f"{ACCESSIONS[i // 10 * 10]}\t{a}\n" for i, a in enumerate(ACCESSIONS)))
    found = split_of(ClusterFile(path=path)).split(ACCESSIONS, [""] * 2000)
    of_representatives = validation_mask(ACCESSIONS[::10], fraction=0.5, seed=0)
    assert (found.validation == np.repeat(of_representatives, 10)).all()
    assert found.summary() == (
        f"{found.validation.sum():,} validation and {found.test.sum():,} test proteins, split by "
        "cluster of c.tsv (200 in all)."
    )


def test_a_split_with_one_side_empty_is_refused():
    with pytest.raises(UserError, match="All 2 proteins, in 1 clusters, come to one side"):
        split_of(Families(2)).split(["A", "B"], ["", ""])


class Families(Grouping):
    """The first proteins are one family."""

    def __init__(self, n):
        self.n = n

    def clusters(self, accessions, sequences):
        names = ["family"] * self.n + list(accessions[self.n :])
        return Clusters(names=names, method="family")


def test_a_split_with_less_than_a_fifth_on_one_side_is_refused_with_the_mend():
    with pytest.raises(UserError) as refusal:
        split_of(Families(1900)).split(ACCESSIONS, [""] * 2000)
    said = str(refusal.value)
    assert "of 101 clusters (family) the largest holds 95% of the proteins" in said
    assert "split=cluster_file (a gene or family name serves as cluster)" in said


def test_a_small_side_that_was_asked_for_is_a_warning(caplog):
    with caplog.at_level("WARNING"):
        found = split_of(ByAccession(), 0.1).split(ACCESSIONS, [""] * 2000)
    assert 0.05 < found.validation.mean() < 0.15
    assert "The split has" in caplog.text


def test_clusters_are_numbered_alike_for_all_their_members():
    found = split_of(Families(3)).split(ACCESSIONS, [""] * 2000)
    assert len(set(found.cluster[:3].tolist())) == 1
    assert len(set(found.cluster.tolist())) == 1998


def test_the_likeness_of_the_sides_is_measured_and_stated():
    dice = random.Random(0)
    sequences = ["".join(dice.choices("ACDEFGHIKLMNPQRSTVWY", k=60)) for _ in range(40)]
    found = split_of(ByAccession(), n_aligned=5).split(ACCESSIONS[:40], [*sequences[:20]] * 2)
    assert found.nearest.identity == 1.0
    assert "100% of the shorter one's residues in common" in found.summary()
    assert split_of(ByAccession()).split(ACCESSIONS[:40], sequences).nearest is None


@pytest.mark.parametrize("fraction", [0, 1, -0.1])
def test_a_fraction_out_of_range_is_refused(fraction):
    with pytest.raises(UserError, match=r"split.validation_fraction must be in \(0, 1\), got"):
        split_of(ByAccession(), fraction)


@pytest.mark.parametrize("option", ["accession", "cluster_file", "kmers"])
def test_every_split_is_built_from_its_yaml(option):
    config = OmegaConf.load(config_folder() / "split" / f"{option}.yaml")
    if option == "cluster_file":
        config.grouping.path = "clusters.tsv"
    assert isinstance(instantiate(config), ProteinSplit)


def test_real_homologues_come_to_one_side(shared_data):
    source = UniProtTsvSource(
        path=shared_data / "uniprot_annotated.tsv.gz", name="real", reviewed_only=True
    )
    records = list(source.read())
    config = OmegaConf.load(config_folder() / "split" / "kmers.yaml")
    accessions = [record.accession for record in records]
    found = instantiate(config).split(accessions, [record.sequence for record in records])
    assert 0.4 < found.validation.mean() < 0.6
    side = dict(zip(accessions, found.validation.tolist(), strict=True))
    # A twenty-residue piece that two proteins share is rarely found on two sides.
    dice, shared, parted = random.Random(0), 0, 0
    owner = {}
    for record in records:
        for start in range(0, len(record.sequence) - 20):
            owner.setdefault(record.sequence[start : start + 20], record.accession)
    for record in dice.sample(records, 600):
        for start in range(0, len(record.sequence) - 20, 10):
            other = owner[record.sequence[start : start + 20]]
            if other != record.accession:
                shared += 1
                parted += side[other] != side[record.accession]
    assert shared > 500
    assert parted < 0.05 * shared
