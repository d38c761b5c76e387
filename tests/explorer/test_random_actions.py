"""Whatever is done in whatever order, what is shown is what the address asks for."""

import json
import os
from types import SimpleNamespace

import numpy as np
import pytest
from tests.explorer.conftest import visit
from tests.explorer.drawn import check

from interplm.explorer.context import Explorers
from interplm.explorer.pages.feature import effect
from interplm.features.database.records import BUCKETS

pytestmark = pytest.mark.slow
# More are worth a run by hand: INTERPLM_TEST_SEQUENCES=200, from INTERPLM_TEST_FIRST_SEQUENCE on.
N_SEQUENCES = int(os.environ.get("INTERPLM_TEST_SEQUENCES", "4"))
FIRST = int(os.environ.get("INTERPLM_TEST_FIRST_SEQUENCE", "0"))
N_ACTIONS = 5
SEQUENCES = (
    "MKAVAVVLAALAAFTAFALQMSSVLITPLGQRSRPLVKRKAGIF",
    "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQ",
    "MEEPQSDPSVEPPLSQETFSDLWKLLPENNVLSPLPSQAMD",
)
# What is there to be clicked, if the page has any.
CLICKABLE = (
    "[aria-label='next in the list']", "[data-part=rows] .ip-who button", ".ip-own button",
    ".ip-features .ip-sort", ".ip-features .ip-feature", ".ip-pager button:not(:disabled)",
    "[data-part=verdicts] a", "[data-part=verdicts] .ip-choice button", "[data-part=pairs] a",
    "[data-part=relatives] a", "[data-part=strongest] a", "[data-part=alike] a",
    "[data-part=proteins] a", "[data-part=answer] .ip-link", "[data-part=answer] .ip-feature",
    ".ip-radios label", ".ip-header nav a",
)  # fmt: skip
# Nothing is asked of the server and nothing on its way into the address.
WATCH = """() => { if (window.asking) return;
  window.asking = new Set();
  const plain = window.fetch;
  window.fetch = (...all) => {
    const one = plain(...all);
    asking.add(one);
    one.finally(() => setTimeout(() => asking.delete(one), 20)).catch(() => {});
    return one;
  };
}"""
QUIET = """asking.size === 0 && document.querySelector('[data-part]')
  && !document.querySelector('[aria-busy]')"""


def go(changes, page):
    return f"ip.go({json.dumps(changes)}, {{page: '{page}'}})"


def click(selector, index):
    return (
        f"(() => {{ const all = [...document.querySelectorAll({json.dumps(selector)})]"
        f".filter((one) => one.checkVisibility()); all[{index} % all.length]?.click(); }})()"
    )


def random_action(rng, explorer):
    """JavaScript that does what a control, a link or a key does."""
    feature, other = (int(n) for n in rng.integers(explorer.reader.n_features, size=2))
    examples = explorer.reader.examples(feature)
    accession = str(rng.choice([e.accession for e in examples])) if examples else None
    changed = str(rng.choice(["", "K2W", "F14W", "L8P"]))
    protein = {"protein": str(rng.choice(SEQUENCES[:1] if changed else SEQUENCES)),
               "mutations": changed, "other": None, "show": "all"}  # fmt: skip
    words = str(rng.choice(["zinc", "helix", "signal", "5"]))
    concept = str(rng.choice([row.concept for row in explorer.reader.concepts]))
    choices = [
        go({"feature": feature, "accession": None, "own": None, "list": None}, "feature"),
        go({"feature": feature, "accession": accession, "own": None}, "feature"),
        go({"feature": feature, "bucket": str(rng.choice(BUCKETS)), "accession": None}, "feature"),
        go({"feature": feature, "own": "1"}, "feature"),
        go({"align": "start"}, "feature") if rng.integers(2) else go({"effect": "1"}, "feature"),
        go({**protein, "region": None}, "your-protein"),
        go({**protein, "region": str(rng.choice(["5-20", "30-38"]))}, "your-protein"),
        go({"q": words, "concept": None, "page": None}, "features"),
        go({"sort": "density", "page": None}, "features"),
        go({"feature": feature, "with": other}, "compare"),
        go({"feature": feature, "with": other, "with_run": "mirrored"}, "compare"),
        go({"concept": concept, "verdict": "extra", "page": None}, "concepts"),
        "(() => { const runs = document.querySelector('[data-entry=run]'); "
        "runs.selectedIndex = 1 - runs.selectedIndex; "
        "runs.dispatchEvent(new Event('change', {bubbles: true})); })()",
        *[click(str(rng.choice(CLICKABLE)), int(rng.integers(40))) for _ in range(6)],
        "navigation.canGoBack && history.back()",
        "navigation.canGoBack && history.back()",
        "navigation.canGoForward && history.forward()",
        "location.reload()",
    ]
    return str(rng.choice(choices))


def act(page, rng, explorer):
    action = random_action(rng, explorer)
    if action == "location.reload()":
        page.reload()
        page.wait_for_selector("[data-part]")
    else:
        page.evaluate(f"{{ {action}; }}")
    return action


@pytest.mark.parametrize("seed", range(FIRST, FIRST + N_SEQUENCES))
def test_what_is_drawn_is_what_the_address_asks_for(
    page, server, explorer, mirrored, seed, monkeypatch
):
    # It takes longer than all else that is done here, and has tests of its own.
    monkeypatch.setattr(effect, "effect_of", lambda *_: SimpleNamespace(n_residues=0))
    rng = np.random.default_rng(seed)
    runs = Explorers([explorer, mirrored])
    visit(page, f"{server}/feature?feature={seed % explorer.reader.n_features}")
    done = []
    for _ in range(N_ACTIONS):
        page.evaluate(WATCH)
        done.append(act(page, rng, explorer))
        page.evaluate(WATCH)
        if rng.integers(2):  # the second before the first is answered
            done.append(act(page, rng, explorer))
        page.wait_for_timeout(50)
        page.evaluate(WATCH)
        page.wait_for_function(QUIET)
        try:
            check(page, runs)
        except AssertionError as error:
            error.add_note(f"at {page.url} after {done}")
            raise
