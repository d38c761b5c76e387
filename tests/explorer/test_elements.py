"""Custom elements at their second, third and tenth input, and in many tabs."""

import re
from html import unescape

import numpy as np
import pytest
from tests.explorer.runs import pdb

from interplm.explorer.render.heatmap import heat_map
from interplm.explorer.render.ribbon import ribbon
from interplm.explorer.structures.backbone import read_chains
from interplm.explorer.structures.numbering import best_chain

pytestmark = pytest.mark.slow
N_INPUTS = 10
LETTERS = "ACDEFGHIKLMNPQRSTVWY"
# Attributes are set one by one, as a browser's morphing does, then one more time as a whole.
DRAW = """async ([tag, attributes]) => {
  const settled = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const make = () => {
    const element = document.createElement(tag);
    element.style.width = '700px';
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };
  window.kept ??= document.querySelector('.ip-page').appendChild(make());
  for (const [name, value] of Object.entries(attributes)) kept.setAttribute(name, value);
  const fresh = document.querySelector('.ip-page').appendChild(make());
  await settled();
  const drawn = [kept, fresh].map((one) => one.querySelector('canvas').toDataURL());
  fresh.remove();
  return drawn;
}"""


def attributes_of(html):
    return {name: unescape(value) for name, value in re.findall(r'(data-\w+)="([^"]*)"', html)}


def heat(rng):
    shape = (int(rng.integers(1, 6)), int(rng.integers(5, 40)))
    rows = [(str(n), f"label {n}") for n in rng.integers(0, 999, shape[0])]
    letters = "".join(rng.choice(list(LETTERS), shape[1]))
    is_difference = bool(rng.integers(2))
    values = rng.uniform(-1 if is_difference else 0, 1, shape)
    first = int(rng.integers(1, 99))
    return attributes_of(heat_map(rows, letters, values, label="x", first=first,
                                  is_difference=is_difference))  # fmt: skip


def structure(rng):
    sequence = "".join(rng.choice(list(LETTERS), int(rng.integers(20, 60))))
    chain, numbering = best_chain(read_chains(pdb(sequence), "x.pdb"), sequence)
    return attributes_of(ribbon(chain, numbering, dict(enumerate(rng.uniform(0, 1, 60)))))


@pytest.mark.parametrize(("tag", "make"), [("ip-heat", heat), ("ip-structure", structure)])
def test_an_element_shows_its_tenth_input_as_a_fresh_one_does(page, server, tag, make):
    page.goto(f"{server}/your-protein")
    page.wait_for_selector("form textarea")
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(N_INPUTS):
        kept, fresh = page.evaluate(DRAW, [tag, make(rng)])
        assert kept == fresh
        seen.add(kept)
    assert len(seen) == N_INPUTS


def test_an_element_that_is_moved_draws_again(page, server):
    page.goto(f"{server}/your-protein")
    page.wait_for_selector("form textarea")
    for tag, make in (("ip-heat", heat), ("ip-structure", structure)):
        attributes = make(np.random.default_rng(1))
        before, _ = page.evaluate(DRAW, [tag, attributes])
        page.evaluate("document.querySelector('header').after(kept)")
        after, _ = page.evaluate(DRAW, [tag, attributes])
        page.evaluate("kept.remove(); window.kept = undefined")
        assert before == after


def test_many_tabs_show_each_its_own_feature_and_structure(contexts, size, server, explorer):
    (known, *_) = [
        n for n in range(128)
        if any(explorer.structures.local(e.accession) for e in explorer.reader.examples(n, "top"))
    ]  # fmt: skip
    numbers = [known if n % 2 else n for n in range(6)]
    tabs = [contexts[size].new_page() for _ in numbers]
    for tab, number in zip(tabs, numbers, strict=True):
        tab.goto(f"{server}/feature?feature={number}")
    for tab, number in zip(tabs, numbers, strict=True):
        tab.wait_for_selector(f".ip-id >> text=f/{number}")
        assert tab.title().startswith(f"f/{number} ")
        tab.close()
