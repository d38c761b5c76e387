"""What a page shows, held against the database and the models."""

import base64
from urllib.parse import parse_qsl, urlsplit

import numpy as np

from interplm.explorer.address import Address
from interplm.explorer.pages.concepts.verdicts import VERDICTS
from interplm.explorer.pages.features.query import feature_query
from interplm.explorer.pages.your_protein.asked import region
from interplm.explorer.theme import activation_level
from interplm.features.database.records import BUCKETS

# Accession, first residue, and letter and class of each residue, of every strip in a part.
STRIPS = """(part) => [...document.querySelectorAll(`${part} .ip-strip`)].map((strip) => [
  strip.dataset.accession, +strip.dataset.start,
  [...strip.querySelectorAll('i')].map((one) => [one.textContent, one.className])])"""


def check(page, runs):
    """Hold what is drawn against what the address asks for."""
    parts = urlsplit(page.url)
    entries = dict(parse_qsl(parts.query) + parse_qsl(parts.fragment))
    explorer, address = runs.named(entries.get("run", "")), Address(entries)
    alerts = page.locator("[role=alert]").all_text_contents()
    faults = [said for said in alerts if not said.startswith("A baseline is ahead")]
    if explorer.encoder is None and faults:
        assert all(said.startswith("No sequence can be read here") for said in faults)
        return
    assert faults == []
    kind = parts.path.strip("/")
    if kind == "feature" and address.has("feature"):
        check_feature(page, explorer, address)
    elif kind == "features":
        check_list(page, explorer, address)
    elif kind == "compare" and address.has("feature") and address.has("with"):
        check_comparison(page, explorer, runs.named(entries.get("with_run") or explorer.name),
                         address)  # fmt: skip
    elif kind == "concepts" and address.has("concept"):
        check_verdicts(page, explorer, address)
    elif kind == "your-protein" and address.has("protein"):
        check_protein(page, explorer, address)


def check_feature(page, explorer, address):
    number = address.number("feature")
    assert page.locator(".ip-id").inner_text() == f"f/{number}"
    examples = explorer.reader.examples(number, address.choice("bucket", BUCKETS))
    shown = page.evaluate(STRIPS, "[data-part=rows]")
    assert {name for name, *_ in shown} == {e.accession for e in examples}
    for strip in shown:
        # The synthetic database keeps some proteins twice.
        known = [activations(e) for e in examples if e.accession == strip[0]]
        check_strip(strip, sequence_of(explorer, strip[0]), known)
    own = page.evaluate(STRIPS, "[data-part=own]")
    for strip, sequence in zip(own, own_sequences(address), strict=True):
        check_strip(strip, sequence, [read(explorer, sequence, number)])
    check_whole(page, explorer, address, number)


def check_whole(page, explorer, address, number):
    every = explorer.reader.examples(number)
    accession = address.text("accession") or (every[0].accession if every else "")
    if address.has("own"):
        sequences = own_sequences(address) or [""]
        sequence = sequences[min(address.number("own"), len(sequences)) - 1]
        known = [read(explorer, sequence, number)] if sequence else []
    else:
        sequence = sequence_of(explorer, accession) if accession else ""
        known = [activations(e) for e in every if e.accession == accession]
        if sequence and not known:
            known = [dict(enumerate(explorer.encoder.encode(sequence).of(number)))]
    lines = page.evaluate(STRIPS, "[data-part=whole]")
    assert "".join(letter for *_, letters in lines for letter, _ in letters) == sequence
    whole = [level_of(classes) for *_, letters in lines for _, classes in letters]
    assert not sequence or whole in [levels(one, 0, len(sequence)) for one in known]
    chain = page.evaluate("document.querySelector('ip-structure')?.chain?.letters")
    assert chain in (None, sequence)


def check_list(page, explorer, address):
    found, total = explorer.reader.find(
        feature_query(address), limit=explorer.n_rows,
        offset=((address.number("page") or 1) - 1) * explorer.n_rows,
    )  # fmt: skip
    shown = page.locator(".ip-features tbody .ip-feature").all_text_contents()
    assert shown == [f"f/{row.feature}" for row in found]
    assert f"{total:,} features" in page.locator("[role=status]").first.inner_text()


def check_comparison(page, one, other, address):
    sides = [(one, address.number("feature")), (other, address.number("with"))]
    heads = page.locator("[data-part=heads] h2 .ip-feature").all_text_contents()
    assert heads == [f"f/{number}" for _, number in sides]
    for index, strip in enumerate(page.evaluate(STRIPS, "[data-part=proteins]")):
        explorer, number = sides[index % 2]
        examples = explorer.reader.examples(number)
        known = [activations(e) for e in examples if e.accession == strip[0]]
        check_strip(strip, sequence_of(one, strip[0]), known)


def check_verdicts(page, explorer, address):
    concept = address.text("concept")
    assert page.locator("h1").inner_text() == concept
    listed = explorer.reader.verdicts(
        concept, address.choice("verdict", VERDICTS), limit=explorer.n_rows
    )
    shown = page.locator("[data-part=verdicts] td:first-child").all_text_contents()
    assert shown == [row.accession for row in listed]


def check_protein(page, explorer, address):
    sequence = address.text("protein")
    before = explorer.encoder.encode(sequence).values
    heat = page.evaluate("""(() => {
      const heat = document.querySelector('[data-part=answer] ip-heat');
      return heat && [heat.rows.map((row) => +row[0]), heat.letters, heat.dataset.values];
    })()""")
    assert heat is not None
    numbers, letters, shown = heat
    values = before[:, numbers].toarray().T
    if address.has("mutations"):
        sequence = own_sequences(address)[-1]
        values = explorer.encoder.encode(sequence).values[:, numbers].toarray().T - values
    else:
        start, stop = region(address.text("region"), len(sequence))
        sequence, values = sequence[start:stop], values[:, start:stop]
    assert letters == sequence
    drawn = np.frombuffer(base64.b64decode(shown), np.int8).reshape(values.shape)
    # Hundredths, of which an activation has one at least.
    assert np.abs(drawn / 100 - np.clip(values, -1, 1)).max() <= (
        0.00501 if address.has("mutations") else 0.01
    )


def check_strip(strip, sequence, known):
    """Letters of the protein, and colours of one of what is known of it."""
    _, start, letters = strip
    stop = start + len(letters)
    assert "".join(letter for letter, _ in letters) == sequence[start:stop]
    shown = [level_of(classes) for _, classes in letters]
    assert shown in [levels(values, start, stop) for values in known]


def sequence_of(explorer, accession):
    return explorer.reader.proteins([accession])[accession].sequence


def activations(example):
    return dict(zip(example.positions, example.activations, strict=True))


def own_sequences(address):
    """The visitor's own protein, and the mutant of it."""
    sequence, changed = address.text("protein"), address.text("mutations")
    if not changed:
        return [sequence] if sequence else []
    place = int(changed[1:-1]) - 1
    return [sequence, sequence[:place] + changed[-1] + sequence[place + 1 :]]


def read(explorer, sequence, number):
    """What the model reads on a sequence of the visitor's own."""
    return dict(enumerate(explorer.encoder.encode(sequence).of(number)))


def level_of(classes):
    """The level of a residue's colour, by its class."""
    return next((int(one[1:]) for one in classes.split() if one[1:].isdecimal()), 0)


def levels(values, start, stop):
    return [activation_level(values.get(place, 0.0)) for place in range(start, stop)]
