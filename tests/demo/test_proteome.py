import gzip
import re

import pytest

from interplm.demo import generate_proteome, write_proteome
from interplm.demo.planted import LOOK_ALIKES
from interplm.demo.proteome import COLUMNS
from interplm.errors import UserError
from interplm.proteins import FastaSource, ProteinRecord, UniProtTsvSource

PROTEOME = generate_proteome(n_proteins=80, seed=0)


def test_a_protein_depends_on_its_number_and_the_seed_alone():
    assert generate_proteome(n_proteins=20, seed=0) == PROTEOME[:20]
    assert generate_proteome(n_proteins=20, seed=1) != PROTEOME[:20]


def test_no_protein_is_refused():
    with pytest.raises(UserError, match="must be at least 1, got 0"):
        generate_proteome(n_proteins=0, seed=0)


def test_features_are_numbered_from_one_and_lie_inside_the_protein():
    for protein in PROTEOME:
        assert protein.features
        for feature in protein.features:
            assert 1 <= feature.start <= feature.end <= len(protein.sequence)


def test_nothing_unannotated_looks_like_a_planted_pattern():
    for protein in PROTEOME:
        annotated = {(feature.concept, feature.start) for feature in protein.features}
        for concept, pattern in LOOK_ALIKES.items():
            for match in re.finditer(pattern, protein.sequence):
                assert (concept, match.start(1) + 1) in annotated


def test_both_files_hold_the_same_proteins_and_are_read_by_the_ordinary_readers(tmp_path):
    fasta, table = write_proteome(folder=tmp_path, n_proteins=80, seed=0)
    from_fasta = list(FastaSource(path=fasta, name="demo").read())
    from_table = list(UniProtTsvSource(path=table, name="demo", reviewed_only=True).read())
    assert all(isinstance(record, ProteinRecord) for record in (*from_fasta, *from_table))
    expected = [(protein.accession, protein.sequence) for protein in PROTEOME]
    assert [(r.accession, r.sequence) for r in from_fasta] == expected
    assert [(r.accession, r.sequence) for r in from_table] == expected


def test_the_table_has_the_columns_and_the_spelling_of_a_uniprotkb_export(tmp_path, shared_data):
    _, table = write_proteome(folder=tmp_path, n_proteins=80, seed=0)
    with gzip.open(shared_data / "uniprot_annotated.tsv.gz", "rt", encoding="utf-8") as file:
        real_header = file.readline().rstrip("\n").split("\t")
    header, *rows = table.read_text(encoding="utf-8").splitlines()
    assert header.split("\t") == real_header == list(COLUMNS)
    item = r'[A-Z_]+ \d+(\.\.\d+)?(; /[a-z_]+="[^"]*")+'
    for row in rows:
        for column, text in zip(real_header, row.split("\t"), strict=True):
            if text and column in ("Zinc finger", "Binding site", "Disulfide bond", "Region"):
                assert re.fullmatch(rf"{item}(; {item})*", text), text


def test_writing_again_gives_the_same_bytes(tmp_path):
    first = [path.read_bytes() for path in write_proteome(folder=tmp_path, n_proteins=5, seed=3)]
    again = [path.read_bytes() for path in write_proteome(folder=tmp_path, n_proteins=5, seed=3)]
    assert first == again
