import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from tests.jobs import refusal, run

from interplm.runtime.words import readable

ODD_NAMES = [
    "a=b.fasta", "50%id.fasta", "set#1.fasta", "my proteins (v2).fasta", "a[1].fasta",
    "ß-barrel.fasta", "it's.fasta", "cost$1.fasta", "@home.fasta", 'say "x".fasta', "a;b&c!.fasta",
    "a\\'b.fasta", "日本.fasta",
]  # fmt: skip


def value_of(word):
    override = OverridesParser.create().parse_override(readable(word))
    assert not override.is_sweep_override()
    return override.value()


@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_name_of_a_file_is_read_as_it_is(name):
    assert value_of(f"proteins.path={name}") == name


def test_a_list_of_files_is_read_whatever_they_are_called(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("my (1).tsv", "b=c.tsv", "a.tsv"):
        (tmp_path / name).touch()
    listed = value_of("concepts.source.path=[my (1).tsv, b=c.tsv,~/a.tsv]")
    assert list(map(str, listed)) == ["my (1).tsv", "b=c.tsv", str(tmp_path / "a.tsv")]
    assert value_of("layers=[1,2]") == [1, 2]


@pytest.mark.parametrize("name", ["a,b.fasta", "{x}.fasta", "[a].fasta", "a (1,2).fasta", "${x}"])
def test_a_name_that_may_be_grammar_is_a_file_s_where_that_is_there(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).touch()
    assert value_of(f"proteins.path={name}") == name


@pytest.mark.parametrize(
    "word",
    ["layers=[1,2]", "sae.k=2,4", "a={b:1}", "x='a=b'", "x=range(1,5)", "~callbacks", "--multirun",
     "x=", "+x=1", "x=[1,2", "name=${plm.name}=1"],
)  # fmt: skip
def test_what_hydra_reads_or_what_is_a_slip_in_its_grammar_stays(word):
    assert readable(word) == word


def test_the_home_folder_may_be_written_short(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ann")
    assert readable("run=~/runs/a") == "run=/home/ann/runs/a"
    assert readable("run='~/a b'") == "run='/home/ann/a b'"
    assert readable("run=~") == "run=/home/ann"
    assert value_of("run=~/ß") == "/home/ann/ß"
    assert readable("run=a~/b") == "run='a~/b'"


def test_a_job_reads_a_file_with_an_odd_name_below_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "a=b's.fasta").write_text(">P1\nMKV\n>P2\n\n")
    run("embed", "proteins.path=~/a=b's.fasta", "plm=esm2_demo", "layers=[1]",
        data="~/data", cwd=tmp_path)  # fmt: skip
    assert list((tmp_path / "data" / "activations").rglob("shard_00000.h5"))
    assert not (tmp_path / "~").exists()


@pytest.mark.parametrize("job", ["score", "evaluate", "explore"])
def test_a_mistyped_run_makes_no_folder(tmp_path, job):
    given = ["proteins.path=x.tsv"] if job == "score" else []
    assert "nope" in refusal(job, f"run={tmp_path / 'nope'}", *given, data=tmp_path)
    assert list(tmp_path.iterdir()) == []
