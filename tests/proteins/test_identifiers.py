import pytest
from hypothesis import given
from hypothesis import strategies as st

from interplm.proteins.identifiers import is_pir, name_in_cell, name_of, parse_header


@pytest.mark.parametrize(
    ("header", "accession", "description"),
    [
        ("sp|P33413|DUR3_YEAST Urea transporter", "P33413", "Urea transporter"),
        ("tr|A0A024|A0A024_HUMAN X", "A0A024", "X"),
        ("sp|P13970-2|SRNB_ECOLI Isoform", "P13970-2", "Isoform"),
        ("P0C1V6|organism=Other|motif_cluster=36", "P0C1V6", ""),
        ("P68871.2 RecName: Full=Hemoglobin", "P68871.2", "RecName: Full=Hemoglobin"),
        ("UniRef50_Q8WZ42 Titin n=1", "UniRef50_Q8WZ42", "Titin n=1"),
        ("O30642 2.1.1.248~~~mtmB1~~~", "O30642", "2.1.1.248~~~mtmB1~~~"),
        ("gi|123|ref|NP_1.1| protein", "NP_1.1", "protein"),
        ("gi|123", "123", ""),
        ("plain", "plain", ""),
        ("", "", ""),
        ("  spaced  out ", "spaced", "out"),
        ("P00001\tmade up\tOS=x", "P00001", "made up\tOS=x".replace("\t", " ")),
        ("P00002\u00a0made up", "P00002", "made up"),
        ("P00003\u2003em space", "P00003", "em space"),
        (
            "WP_1.1 a [Lactococcus]\x01NP_2.1 b [Lactococcus]",
            "WP_1.1",
            "a [Lactococcus] ; NP_2.1 b [Lactococcus]",
        ),
        ("P1 bell\x07 and escape \x1b[31m", "P1", "bell and escape [31m"),
    ],
)
def test_names_and_descriptions_are_found_in_headers_of_every_style(header, accession, description):
    assert parse_header(header) == (accession, description)


WORDS = [
    # NCBI
    ("gi|129295|sp|P01013|OVAX_CHICK", "P01013"),
    ("gi|6678177|ref|NP_033320.1|", "NP_033320.1"),
    ("ref|NP_033320.1|", "NP_033320.1"),
    ("gb|AAA12345.1|LOCUS", "AAA12345.1"),
    ("gb|AAA12345.1", "AAA12345.1"),
    ("emb|CAA12345.1|", "CAA12345.1"),
    ("dbj|BAA12345.1|", "BAA12345.1"),
    ("tpg|DAA00001.1|", "DAA00001.1"),
    ("prf||2208369A", "2208369A"),
    ("pir||S68598", "S68598"),
    ("pir||S68598|", "S68598"),
    ("lcl|my_protein-1", "my_protein-1"),
    ("gnl|CDD|238167", "CDD|238167"),
    ("pat|US|RE33188|1", "US|RE33188|1"),
    ("gi|1|pdb|1HHB|A", "1HHB_A"),
    # UniProt
    ("SP|P33413|DUR3_YEAST", "P33413"),
    ("P33413|DUR3_YEAST", "P33413"),
    ("UniRef100_P12345-2", "UniRef100_P12345-2"),
    ("UPI0000000001", "UPI0000000001"),
    # PDB
    ("pdb|1HHB|A", "1HHB_A"),
    ("pdb|1hhb|A", "1HHB_A"),
    ("pdb|1HHB|", "1HHB"),
    ("1hhb_A", "1HHB_A"),
    ("1hhb:A", "1HHB_A"),
    ("1HHB_a", "1HHB_a"),
    ("1HHB:A|PDBID|CHAIN|SEQUENCE", "1HHB_A"),
    ("1HHB_1|Chains", "1HHB_1"),
    ("pdb_00001hhb_A", "pdb_00001hhb_A"),
    ("1000_1", "1000_1"),
    # AlphaFold DB
    ("AF-P69905-F1", "P69905"),
    ("AF-P69905-F1-model_v4", "P69905"),
    ("AFDB:AF-P69905-F1", "P69905"),
    ("AF-Q8WZ42-F2", "AF-Q8WZ42-F2"),
    # others
    ("jgi|Aspxx1|1001|gw1.1", "Aspxx1|1001"),
    ("jgi|Phyra1_1|71587", "Phyra1_1|71587"),
    ("P1;CRAB_ANAPL", "CRAB_ANAPL"),
    ("CBM50|1547596|Aaa1_GeneCatalog", "CBM50|1547596|Aaa1_GeneCatalog"),
    ("AAK20881.1|GH13_1|3.2.1.1", "AAK20881.1|GH13_1|3.2.1.1"),
    ("generic|AHG1.1|made", "generic|AHG1.1|made"),
    ("ENSP00000269305.9", "ENSP00000269305.9"),
    ("contig_1_1", "contig_1_1"),
    ("TRINITY_DN1_c0_g1_i1.p1", "TRINITY_DN1_c0_g1_i1.p1"),
    # parts of a sequence are sequences of their own
    ("sp|P04637|P53_HUMAN/94-292", "P04637/94-292"),
    ("ref|NP_1.1|:5-90", "NP_1.1:5-90"),
    ("P04637/94-292", "P04637/94-292"),
    # what follows a known form could tell two records apart
    ("sp|P04637|P53_HUMAN|domain2", "sp|P04637|P53_HUMAN|domain2"),
    ("P04637|1-50", "P04637|1-50"),
]


@pytest.mark.parametrize(("word", "name"), WORDS)
def test_a_word_gives_the_accession_of_its_database_and_else_itself(word, name):
    assert name_of(word) == name
    assert parse_header(f"{word} described") == (name, "described")
    assert name_in_cell(f" {word}\u00a0") == name


@pytest.mark.parametrize(("word", "name"), WORDS)
def test_a_name_that_was_read_gives_itself(word, name):
    assert name_of(name) == name


TAGS = st.sampled_from(
    ["sp", "tr", "gi", "ref", "gb", "pir", "prf", "pdb", "gnl", "lcl", "jgi", "pat", "P1;A", "AF-"]
)
PARTS = st.one_of(TAGS, st.text("AaPQ0129_.;:/=-", max_size=6), st.just("P33413"), st.just("1hhb"))


@given(st.lists(PARTS, min_size=1, max_size=6).map("|".join))
def test_whatever_the_word_its_name_is_stable_and_not_empty(word):
    name = name_of(word)
    assert name_of(name) == name
    assert name or not word.strip("|")


@given(
    st.sampled_from(["CBM50", "generic", "AAK20881.1", "x", "Aspxx1"]),
    st.lists(st.text("ABab012.-", min_size=1, max_size=4), min_size=2, max_size=2, unique=True),
)
def test_records_that_no_database_calls_one_keep_two_names(first, others):
    assert len({name_of(f"{first}|{other}") for other in others}) == 2


def test_the_fields_of_each_form_that_tell_records_apart_stay_in_the_name():
    families = [
        [f"gnl|{a}|{b}" for a in "XY" for b in "12"],
        [f"jgi|{a}|{b}|model" for a in ("Aa1", "Bb1") for b in (1, 2)],
        [f"pdb|{a}|{b}" for a in ("1ABC", "2ABC") for b in "Aa"],
        [f"pat|US|{a}|{b}" for a in "12" for b in "12"],
        [f"AF-P69905-F{n}" for n in range(1, 5)],
        [f"sp|P04637|P53_HUMAN/{n}-{n + 9}" for n in range(4)],
    ]
    for words in families:
        assert len({name_of(word) for word in words}) == len(words)


def test_cells_of_several_words_are_names_as_they_stand():
    assert name_in_cell("protein 1") == "protein 1"
    assert name_in_cell(" protein\u00a0 1\t") == "protein 1"
    assert name_in_cell("sp|P33413|DUR3_YEAST Urea") == "P33413"
    assert name_in_cell(" ") == ""


def test_pir_headers_are_told_by_their_first_characters():
    assert is_pir("P1;CRAB_ANAPL")
    assert is_pir(" F1;X")
    assert not is_pir("P1; X")
    assert not is_pir("P1")
