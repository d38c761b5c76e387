import gzip

import pytest
from tests.concepts.tables import parted

from interplm.concepts import ConceptSpan, PlainTableSource
from interplm.errors import MalformedInput

SETTINGS = {"kind": "domain", "category": "Mine", "family": "Lab", "evidence": "any"}


def source(tmp_path, text):
    path = tmp_path / "a.tsv"
    path.write_bytes(text)
    return PlainTableSource(path=path, **SETTINGS)


def test_residues_are_numbered_from_one_and_the_end_is_the_last(tmp_path):
    text = b"# mine\naccession\tstart\tend\tconcept\nP1\t2\t4\tA site\n\n# more\n"
    (protein,), _ = parted(source(tmp_path, text))
    assert protein.spans == (ConceptSpan(accession="P1", concept="A site", start=1, stop=4),)


def test_columns_come_in_any_order_with_others_between(tmp_path):
    text = b"Note\tEnd\tcolour\tConcept\tAccession\tStart\nx; y\t4\tred\tA\tP1\t4\n"
    (protein,), _ = parted(source(tmp_path, gzip.compress(text)))
    (span,) = protein.spans
    assert (span.accession, span.start, span.stop, span.note) == ("P1", 3, 4, "x; y")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"accession\tstart\tstop\n", r"a.tsv, line 1: the header lacks end, concept; it must"),
        (b"P1\t1\t5\tA\n", r"line 1: the header lacks accession, start, end, concept"),
        (
            b"accession\tstart\tend\tconcept\n\t1\t5\tA\n",
            r"line 2: accession and concept must not be empty",
        ),
    ],
)
def test_another_format_is_refused(tmp_path, text, message):
    with pytest.raises(MalformedInput, match=message):
        parted(source(tmp_path, text))
