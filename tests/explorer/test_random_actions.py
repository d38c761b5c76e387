"""Whatever is done in whatever order, what is shown is what the address asks for."""

import base64
import os
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from tests.explorer.conftest import settled, visit

from interplm.explorer.address import Address
from interplm.explorer.pages.features.query import feature_query
from interplm.explorer.theme import activation_level
from interplm.features.database.records import BUCKETS

pytestmark = pytest.mark.slow
# More are worth a run by hand: INTERPLM_TEST_SEQUENCES=200.
N_SEQUENCES = int(os.environ.get("INTERPLM_TEST_SEQUENCES", "4"))
N_ACTIONS = 5
SEQUENCES = (
    "MKAVAVVLAALAAFTAFALQMSSVLITPLGQRSRPLVKRKAGIF",
    "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQ",
    "MEEPQSDPSVEPPLSQETFSDLWKLLPENNVLSPLPSQAMD",
)


def random_action(rng, explorer):
    """JavaScript that does what a control, a link or a key does."""
    feature = int(rng.integers(explorer.reader.n_features))
    examples = explorer.reader.examples(feature)
    accession = str(rng.choice([e.accession for e in examples])) if examples else ""
    mutation = str(rng.choice(["", "K2W", "F14W", "L8P"]))
    sequence = str(rng.choice(SEQUENCES[:1] if mutation else SEQUENCES))
    choices = [
        f"ip.go({{feature: {feature}, accession: null}}, {{page: 'feature'}})",
        f"ip.go({{feature: {feature}, accession: '{accession}'}}, {{page: 'feature'}})",
        f"ip.go({{feature: {feature}, bucket: '{rng.choice(BUCKETS)}'}}, {{page: 'feature'}})",
        "ip.go({align: 'start'})",
        f"ip.go({{protein: '{sequence}', mutations: '{mutation}', show: 'all'}}, "
        "{page: 'your-protein'})",
        f"ip.go({{q: '{rng.choice(['zinc', 'helix', 'signal', '5'])}'}}, {{page: 'features'}})",
        "ip.go({sort: 'density', page: null}, {page: 'features'})",
        "history.back()",
    ]
    return str(rng.choice(choices))


def check(page, explorer):
    """Hold what is drawn against the database."""
    parts = urlsplit(page.url)
    entries = dict(parse_qsl(parts.query) + parse_qsl(parts.fragment))
    kind = parts.path.strip("/")
    if kind == "feature":
        check_feature(page, explorer, Address(entries))
    elif kind == "features":
        check_list(page, explorer, Address(entries))
    elif kind == "your-protein" and "protein" in entries:
        check_protein(page, explorer, entries)


def check_feature(page, explorer, address):
    number = address.number("feature")
    assert page.locator(".ip-id").inner_text() == f"f/{number}"
    examples = explorer.reader.examples(number, address.choice("bucket", BUCKETS))
    drawn = page.evaluate("""[...document.querySelectorAll('[data-part=rows] .ip-strip')].map(
      (strip) => [strip.dataset.accession, +strip.dataset.start,
        [...strip.querySelectorAll('i')].map((one) => [one.textContent, one.className])])""")
    assert {name for name, *_ in drawn} == {e.accession for e in examples}
    proteins = explorer.reader.proteins([e.accession for e in examples])
    for name, start, residues in drawn:
        stop = start + len(residues)
        assert "".join(letter for letter, _ in residues) == proteins[name].sequence[start:stop]
        shown = [level_of(classes) for _, classes in residues]
        # The synthetic database keeps some proteins twice.
        assert shown in [levels(e, start, stop) for e in examples if e.accession == name]
    shown = "".join(page.locator("[data-part=whole] .ip-residues").all_text_contents())
    every = explorer.reader.examples(number)
    accession = address.text("accession") or (every[0].accession if every else "")
    if accession:
        assert shown == explorer.reader.proteins([accession])[accession].sequence


def level_of(classes):
    """The level of a residue's colour, by its class."""
    return next((int(one[1:]) for one in classes.split() if one[1:].isdecimal()), 0)


def levels(example, start, stop):
    values = dict(zip(example.positions, example.activations, strict=True))
    return [activation_level(values.get(place, 0.0)) for place in range(start, stop)]


def check_list(page, explorer, address):
    query = feature_query(address)
    found, total = explorer.reader.find(query, limit=explorer.n_rows)
    shown = page.locator(".ip-features tbody .ip-feature").all_text_contents()
    assert shown == [f"f/{row.feature}" for row in found]
    assert f"{total:,} features" in page.locator("[role=status]").first.inner_text()


def check_protein(page, explorer, entries):
    sequence = entries["protein"]
    before = explorer.encoder.encode(sequence).values
    heat = page.evaluate("""(() => { const heat = document.querySelector('ip-heat');
      return heat && [heat.rows.map((row) => +row[0]), heat.letters, heat.dataset.levels]; })()""")
    assert heat is not None
    numbers, letters, levels = heat
    values = before[:, numbers].toarray().T
    changed = entries.get("mutations", "")
    if changed:
        place = int(changed[1:-1]) - 1
        sequence = sequence[:place] + changed[-1] + sequence[place + 1 :]
        values = explorer.encoder.encode(sequence).values[:, numbers].toarray().T - values
    assert letters == sequence
    drawn = np.frombuffer(base64.b64decode(levels), np.int8).reshape(values.shape)
    assert np.abs(drawn / 20 - np.clip(values, -1, 1)).max() < 0.051


@pytest.mark.parametrize("seed", range(N_SEQUENCES))
def test_what_is_drawn_is_what_the_address_asks_for(page, server, explorer, seed):
    rng = np.random.default_rng(seed)
    visit(page, f"{server}/feature?feature={seed}")
    for _ in range(N_ACTIONS):
        page.evaluate(f"{{ {random_action(rng, explorer)}; }}")
        if rng.integers(2):  # the second before the first is answered
            page.evaluate(f"{{ {random_action(rng, explorer)}; }}")
        page.wait_for_timeout(50)
        settled(page)
        check(page, explorer)
