"""Every shipped source builds from its yaml, and the demo's truth is read back."""

from collections import Counter

import numpy as np
import pytest
from omegaconf import OmegaConf
from tests.concepts.tables import parted, uniprot_source
from tests.test_configs import composed, instantiate

from interplm.concepts import AnnotationSource, collect
from interplm.demo import generate_proteome, planted_concepts, write_proteome
from interplm.runtime.configs import config_folder

OPTIONS = sorted(path.stem for path in (config_folder() / "concepts").glob("*.yaml"))


@pytest.mark.parametrize("option", OPTIONS)
def test_every_source_is_built_from_its_yaml(option, tmp_path):
    overrides = [] if option in ("uniprot", "demo", "none") else ["concepts.source.path=x.tsv"]
    config = composed(
        "pipeline", tmp_path, f"concepts={option}", "layer=3", "proteins.path=x", *overrides
    )
    OmegaConf.resolve(config.concepts)
    source = instantiate(config.concepts.source)
    assert isinstance(source, AnnotationSource)
    assert isinstance(source.lists_every_protein, bool)
    assert config.concepts.minimum_instances > 0
    assert set(config.concepts.minimum) == {"residues", "domains"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    _, table = write_proteome(folder=tmp_path_factory.mktemp("demo"), n_proteins=300, seed=0)
    return generate_proteome(n_proteins=300, seed=0), uniprot_source(table)


def test_every_planted_feature_is_read_back_with_its_concept_and_place(demo):
    proteome, source = demo
    proteins, rejected = parted(source)
    assert rejected == []
    for truth, found in zip(proteome, proteins, strict=True):
        assert (found.accession, found.sequence) == (truth.accession, truth.sequence)
        planted = Counter((f.concept, f.start - 1, f.end) for f in truth.features)
        read = Counter(
            (span.concept, span.start, span.stop)
            for span in found.spans
            if span.concept in planted_concepts()
        )
        assert read == planted
        assert all(span.evidence == ("ECO:0000255",) for span in found.spans)


def test_every_planted_concept_is_in_the_table(demo, tmp_path):
    proteome, source = demo
    found = collect(
        source,
        accessions=[protein.accession for protein in proteome],
        lengths=np.array([len(protein.sequence) for protein in proteome]),
        minimum_instances=1,
        rejected_csv=tmp_path / "rejected.csv",
    )
    names = {concept.name for concept in found.table.concepts}
    assert set(planted_concepts()) <= names
    assert found.known.all()
    assert found.table.residue_counts().max() <= found.table.n_residues
