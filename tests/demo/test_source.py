from interplm.demo import demo_source
from interplm.proteins import ProteinRecord


def test_the_source_generates_its_files_and_reads_them(tmp_path):
    source = demo_source(folder=tmp_path / "demo", n_proteins=7, seed=0, name="demo")
    records = list(source.read())
    assert len(records) == 7
    assert all(isinstance(record, ProteinRecord) for record in records)
    assert {path.name for path in (tmp_path / "demo").iterdir()} == {
        "demo_proteome.fasta",
        "demo_proteome.tsv",
    }
