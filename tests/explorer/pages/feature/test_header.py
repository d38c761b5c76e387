from tests.explorer.html import links, text_of

from interplm.explorer.address import Address
from interplm.explorer.pages.feature.header import header
from interplm.features.database.search import FeatureQuery


def show(explorer, **entries):
    return header(explorer, Address({name: str(value) for name, value in entries.items()}))


def labelled(explorer):
    """A feature with a label and the pair that gives it."""
    pair = next(p for p in explorer.reader.pairs(feature=0) if p.is_label)
    return explorer.reader.feature(0), pair


def test_no_such_feature_is_said(explorer):
    for feature in ("999", "x", "-1", ""):
        assert "numbers go from 0 to 127" in show(explorer, feature=feature)


def test_the_evidence_stands_beside_the_label(explorer):
    feature, pair = labelled(explorer)
    concept = explorer.concept(pair.concept)
    said = text_of(show(explorer, feature=0))
    assert feature.label in said
    assert f"finds {pair.n_found} of {concept.n_domains_test}" in said
    assert "of their residues" in said
    assert f"AP {pair.average_precision:.2f}, best baseline" in said
    assert f"F1 by residue {pair.f1_residue:.2f}" in said
    assert "A hypothesis: on test proteins the feature" in said


def test_the_histogram_chooses_the_proteins(explorer):
    html = show(explorer, feature=0)
    assert html.count('data-entry="bucket"') == 6
    assert 'data-default="top"' in html


def test_a_silent_feature_says_so(explorer):
    silent = explorer.reader.columns("n_active")["n_active"].index(0)
    assert "never fires on the scored proteins" in text_of(show(explorer, feature=silent))


def test_neighbours_are_those_of_the_list_from_which_one_comes(explorer):
    query = FeatureQuery(sort="density", pattern="motif", proteins=False)
    listed = [row.feature for row in explorer.reader.find(query, limit=200)[0]]
    html = show(explorer, feature=listed[3], list="pattern=motif&sort=density")
    assert f"4 of {len(listed)} in the list" in text_of(html)
    opened = [link for link in links(html) if link.startswith("feature?")]
    assert opened == [
        f"feature?feature={n}&list=pattern%3Dmotif%26sort%3Ddensity" for n in (listed[2], listed[4])
    ]
    assert "features?pattern=motif&sort=density" in links(html)


def test_a_feature_that_is_not_in_the_list_has_no_neighbours_there(explorer):
    point = explorer.reader.find(FeatureQuery(pattern="point"), limit=1)[0][0].feature
    assert "in the list" not in show(explorer, feature=point, list="pattern=motif")
