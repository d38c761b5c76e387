import pytest
from tests.jobs import kill_when, refusal, run
from tests.packs.packs import label, small_pack

from interplm.files.lock import locked
from interplm.packs import save_pack


@pytest.fixture
def data(tmp_path):
    pack = small_pack()
    for feature in pack.labels:
        pack.labels[feature] = label(feature, threshold=0.15)
    save_pack(pack, tmp_path / "pack")
    rows = [f">P{n}\n{'ACDEFGHIKLMNPQRSTVWY' * (1 + n % 3)}MKV\n" for n in range(40)]
    (tmp_path / "my.fasta").write_text("".join([*rows, ">LONG\n" + "ACDKLMNPQR" * 150 + "\n"]))
    return tmp_path


def options(data, **changes):
    settings = {"pack": data / "pack", "proteins.path": data / "my.fasta"} | changes
    return [f"{name}={value}" for name, value in settings.items()]


def test_every_protein_is_annotated_and_the_file_is_named(data):
    done = run("annotate", *options(data), data=data)
    output = data / "annotations" / "proteins.tsv"
    assert f"Annotations: {output}" in done.stdout
    assert "residue/s" in done.stderr
    accessions = {line.split("\t")[0] for line in output.read_text().splitlines()[1:]}
    assert len(accessions) == 41


@pytest.mark.parametrize("ending", ["gff3", "jsonl"])
def test_other_formats_by_their_ending(data, ending):
    run("annotate", *options(data, output=data / f"a.{ending}"), data=data)
    assert (data / f"a.{ending}").stat().st_size > 1000


def test_killed_and_run_again_it_gives_the_same_file(data):
    whole = data / "whole.tsv"
    run("annotate", *options(data, output=whole, n_together=1), data=data)
    growing = data / "killed.tsv.growing"
    wanted = options(data, output=data / "killed.tsv", n_together=1)
    kill_when(
        lambda: growing.exists() and growing.read_text().count("\n") > 20,
        "annotate", *wanted, data=data,
    )  # fmt: skip
    assert not (data / "killed.tsv").exists()
    run("annotate", *wanted, data=data)
    assert (data / "killed.tsv").read_text() == whole.read_text()


def test_a_finished_file_is_not_replaced_unasked(data):
    run("annotate", *options(data), data=data)
    assert "is there already: fresh=true" in refusal("annotate", *options(data), data=data)
    run("annotate", *options(data), "fresh=true", data=data)


def test_another_job_on_the_same_output_leaves_its_list_of_rejects_alone(data):
    (data / "bad.fasta").write_text(">bad\nMKV*LA\n>good\nMKVLA\n")
    output = data / "a.tsv"
    run("annotate", *options(data, output=output), f"proteins.path={data / 'bad.fasta'}", data=data)
    rejected = data / "a.tsv.rejected.csv"
    listed = rejected.read_text()
    assert "bad" in listed
    with locked(output.with_name("a.tsv.lock"), what=str(output)):
        wanted = [*options(data, output=output), "fresh=true"]
        assert "is being written by process" in refusal("annotate", *wanted, data=data)
    assert rejected.read_text() == listed


@pytest.mark.parametrize(("change", "said"), [
    ({"output": "a.xlsx"}, "must end in one of .tsv, .gff3, .jsonl"),
    ({"pack": "nowhere"}, "nowhere holds no feature pack"),
    ({"proteins.path": "none.fasta"}, "none.fasta does not exist"),
    ({"strengths": "[mark]"}, "strengths must be some of follows, marks, hints"),
    ({"strengths": "[]"}, "or null for all labels"),
])  # fmt: skip
def test_what_the_user_can_mend_is_one_sentence(data, change, said):
    assert said in refusal("annotate", *options(data, **change), data=data)
