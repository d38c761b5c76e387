import duckdb
import pytest

from interplm.features.database.records import RareConcept
from interplm.features.database.words import bare, bare_sql, has_words, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Zinc finger zinc", ["zinc", "finger"]),
        ("ATP-binding", ["atp", "binding"]),
        ("Ca(2+)-binding", ["ca2", "binding"]),
        ("IGHV1-2", ["ighv1-2"]),
        ("zinc - finger", ["zinc", "finger"]),
        (" ", []),
        ("(+)", ["(+)"]),
    ],
)
def test_words_are_parted_by_hyphens_that_no_digit_follows(text, words):
    assert words_of(text) == words


@pytest.mark.parametrize("text", ["Binding site: Ca(2+)", "[NiFe] (4Fe-4S)", "N-linked"])
def test_sql_and_python_leave_out_the_same_signs(text):
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT {bare_sql('?')}", [text]).fetchall()
    assert found == [(bare(text),)]


def test_a_rare_concept_has_the_words_of_its_name_and_family():
    rare = RareConcept(concept="Motif: DEAD box", category="Motif", family="Targeting",
                       n_domains=3, n_proteins=3, reason="few")  # fmt: skip
    assert has_words(rare, words_of("DEAD-box targeting"))
    assert not has_words(rare, words_of("DEAD-box helicase"))
