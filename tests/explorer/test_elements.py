"""Custom elements at their second, third and tenth input, and in many tabs."""

import re
from html import unescape
from itertools import pairwise

import numpy as np
import pytest
from tests.explorer.runs import pdb

from interplm.explorer.render.heatmap import heat_map
from interplm.explorer.render.ribbon import ribbon
from interplm.explorer.structures.backbone import read_chains
from interplm.explorer.structures.numbering import best_chain
from interplm.explorer.theme import (
    N_LEVELS,
    TOKENS,
    activation_level,
    difference_level,
    diverging,
    scale,
)

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


# Colour of the middle of each cell of a heat map of one row, and what is said of it.
CELLS = """async (attributes) => {
  const heat = document.createElement('ip-heat');
  heat.style.width = '700px';
  for (const [name, value] of Object.entries(attributes)) heat.setAttribute(name, value);
  document.querySelector('.ip-page').prepend(heat);
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const pen = heat.canvas.getContext('2d');
  const box = heat.canvas.getBoundingClientRect();
  const cells = [...heat.letters].map((_, column) => {
    const [x, y] = [heat.left + (column + 0.5) * heat.cell, heat.top + heat.row / 2];
    const place = { clientX: box.left + x, clientY: box.top + y };
    heat.canvas.dispatchEvent(new PointerEvent('pointermove', place));
    const said = document.querySelector('.ip-tip').lastChild.textContent;
    const pixel = [...pen.getImageData(x * devicePixelRatio, y * devicePixelRatio, 1, 1).data];
    return ['#' + pixel.slice(0, 3).map((v) => v.toString(16).padStart(2, '0')).join(''), said];
  });
  heat.canvas.dispatchEvent(new PointerEvent('pointerleave'));
  heat.remove();
  return cells;
}"""


@pytest.mark.parametrize("is_difference", [True, False], ids=["difference", "activation"])
def test_a_cell_has_the_colour_of_its_level_and_says_its_value(page, server, is_difference):
    page.goto(f"{server}/your-protein")
    page.wait_for_selector("form textarea")
    values = [0.0, 0.004, 0.024, 0.026, 0.07, 0.08, 0.5, 1.0]
    values += [-value for value in values if is_difference]
    level = difference_level if is_difference else activation_level
    palette = [*diverging("light", "less")[::-1], TOKENS["light"]["panel"],
               *diverging("light", "more")]  # fmt: skip
    if not is_difference:
        palette = [*[""] * N_LEVELS, TOKENS["light"]["panel"], *scale("light")]
    html = heat_map([("1", "")], "A" * len(values), np.array([values]), label="x",
                    is_difference=is_difference)  # fmt: skip
    cells = page.evaluate(CELLS, attributes_of(html))
    assert [colour for colour, _ in cells] == [palette[level(v) + N_LEVELS] for v in values]
    said = [float(re.search(r"[+−]?[\d.]+", text)[0].replace("−", "-")) for _, text in cells]
    assert said == pytest.approx(values, abs=0.0061)


# Texts of a heat map with their places, and how wide its marks are beneath them.
WRITTEN = """async (attributes) => {
  const written = [];
  const { fillText } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
    const half = this.textAlign === 'center' ? this.measureText(text).width / 2 : 0;
    written.push([String(text), x - half, x + half, y]);
    return fillText.call(this, text, x, y);
  };
  const heat = document.createElement('ip-heat');
  heat.style.width = '700px';
  for (const [name, value] of Object.entries(attributes)) heat.setAttribute(name, value);
  document.querySelector('.ip-page').prepend(heat);
  CanvasRenderingContext2D.prototype.fillText = fillText;
  const pen = heat.canvas.getContext('2d');
  const { data } = pen.getImageData(0, 13 * devicePixelRatio, heat.canvas.width, 1);
  const dark = [...data].filter((v, place) => place % 4 === 0 && v < 128);
  const marked = dark.length / devicePixelRatio;
  const width = heat.canvas.clientWidth;
  heat.remove();
  return [written, marked, width];
}"""


@pytest.mark.parametrize("place", [0, 200, 399])
def test_a_changed_residue_is_marked_and_named_on_a_long_protein(page, server, place):
    page.goto(f"{server}/your-protein")
    page.wait_for_selector("form textarea")
    names = [f"A{n + 1}" for n in range(400)]
    names[place] += "H"
    html = heat_map([("1", "")], "A" * 400, np.zeros((1, 400)), label="x", names=names,
                    is_difference=True)  # fmt: skip
    written, marked, width = page.evaluate(WRITTEN, attributes_of(html))
    ((left, right, y),) = {(*at,) for text, *at in written if text == names[place]}
    assert 0 <= left < right <= width
    assert all(above[-1] > y + 10 for text, *above in written if text != names[place])
    assert marked >= 5


def test_names_of_changed_residues_do_not_cover_one_another(page, server):
    page.goto(f"{server}/your-protein")
    page.wait_for_selector("form textarea")
    names = [f"A{n + 1}H" for n in range(400)]
    html = heat_map([("1", "")], "H" * 400, np.zeros((1, 400)), label="x", names=names,
                    is_difference=True)  # fmt: skip
    written, *_ = page.evaluate(WRITTEN, attributes_of(html))
    spans = sorted({(left, right) for text, left, right, _ in written if text in names})
    assert len(spans) > 3
    assert all(one[1] < other[0] for one, other in pairwise(spans))


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
