from tests.explorer.html import gos

from interplm.explorer.address import Address
from interplm.explorer.pages.feature.effect import effect, effect_of
from interplm.features.encoding.output_effect import output_effect


def test_the_effect_is_the_mean_over_one_protein_a_family(explorer):
    plm, sae = explorer.encoder.models()
    found = effect_of(explorer, 1)
    places, seen = [], set()
    for example in explorer.reader.examples(1, "top"):
        protein = explorer.reader.proteins([example.accession])[example.accession]
        if protein.cluster in seen:
            continue
        seen.add(protein.cluster)
        start = max(0, example.peak - 250)
        places.append((protein.sequence[start : example.peak + 250], example.peak - start))
    expected = output_effect(plm, sae, layer=3, feature=1, places=places[:12])
    assert found.n_residues == len(places[:12])
    assert (abs(found.log_odds - expected.log_odds) < 1e-9).all()


def test_models_that_are_not_loaded_are_not_loaded_unasked(explorer, monkeypatch):
    monkeypatch.setattr(type(explorer.encoder), "is_loaded", property(lambda self: False))
    feature = explorer.reader.feature(1)
    assert {"effect": "1"} in gos(effect(explorer, feature, Address({})))
    assert "ip-plot" in effect(explorer, feature, Address({"effect": "1"}))


def test_a_silent_feature_has_no_effect(explorer):
    silent = explorer.reader.columns("n_active")["n_active"].index(0)
    assert effect(explorer, explorer.reader.feature(silent), Address({"effect": "1"})) == ""
