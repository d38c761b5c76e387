import csv
import io

from interplm.explorer.annotation import annotate, as_csv, as_gff3

SEQUENCES = {
    "one": "MKAVAVVLAALAAFTAFALQMSSVLITPLGQRSRPLVKRKAGIF",
    "b;=c": "MKAVLWDERTYQQQAAGIVGLCAWW",
}
FASTA = "".join(f">{name}\n{sequence}\n" for name, sequence in SEQUENCES.items())


def runs_above(values, limit):
    """First residue and one past the last of each run, counted from 0."""
    runs, start = [], None
    for residue, value in enumerate([*values, -1.0]):
        if value > limit and start is None:
            start = residue
        if value <= limit and start is not None:
            runs.append((start, residue))
            start = None
    return runs


def test_every_stretch_with_a_peak_above_the_threshold_is_listed_as_far_as_its_extent(explorer):
    found = list(annotate(explorer, FASTA))
    assert {one.accession for one in found} == set(SEQUENCES)
    listed = {(one.accession, one.feature, one.start, one.stop) for one in found}
    for accession, sequence in SEQUENCES.items():
        features = explorer.encoder.encode(sequence)
        for number in explorer.features_shown("concepts"):
            pair, values = explorer.labelling(number), features.of(number)
            extent = min(pair.threshold, pair.threshold_residue)
            expected = {
                (start + 1, stop) for start, stop in runs_above(values, extent)
                if max(values[start:stop]) > pair.threshold
            }  # fmt: skip
            own = {one[2:] for one in listed if one[:2] == (accession, number)}
            assert own == expected
    assert any(stop > start for _, _, start, stop in listed)


def test_csv_has_every_value_in_full_precision(explorer):
    found = list(annotate(explorer, FASTA))
    rows = list(csv.DictReader(io.StringIO(as_csv(found))))
    assert len(rows) == len(found)
    assert float(rows[0]["maximum"]) == found[0].maximum
    assert rows[0]["label"] == found[0].label


def test_gff3_escapes_what_would_part_its_columns(explorer):
    lines = as_gff3(list(annotate(explorer, FASTA)), "InterPLM").splitlines()
    assert lines[0] == "##gff-version 3"
    names = {line.split("\t")[0] for line in lines[1:]}
    assert names == {"one", "b%3B%3Dc"}
    for line in lines[1:]:
        columns = line.split("\t")
        assert len(columns) == 9
        assert int(columns[3]) <= int(columns[4])
        assert all("=" in entry for entry in columns[8].split(";"))


def test_an_accession_is_annotated_too(explorer):
    assert {one.accession for one in annotate(explorer, "DEMO00003")} <= {"DEMO00003"}
