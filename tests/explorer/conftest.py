"""An explorer over a synthetic run, in this process and as a server."""

import os
import shutil
from dataclasses import replace
from pathlib import Path
from urllib.parse import urljoin

import duckdb
import pytest
from tests.explorer.runs import LAYER, free_port, make_run, pdb

from interplm.explorer import Explorer, SequenceEncoder, StructureLibrary, build_app, serve
from interplm.explorer.context import Explorers
from interplm.features.database.reader import FeatureReader
from interplm.runtime.instantiation import instantiate
from interplm.runtime.plm_of import recorded_plm
from interplm.runtime.run_folder import RunFolder
from interplm.runtime.score_folder import ScoreFolder

MAX_BYTES = 2_000_000
SETTINGS = {
    "host": "127.0.0.1", "root_path": None, "share": False, "username": None, "password": None,
    "max_upload_bytes": MAX_BYTES, "names": [], "max_wrong_logins": 5,
}  # fmt: skip
CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory):
    folder = make_run(tmp_path_factory.mktemp("explorer") / "run", n_features=128, n_proteins=120)
    structures = folder / "structures"
    structures.mkdir()
    reader = FeatureReader(folder / "score" / "features.duckdb")
    accession = reader.examples(1, "top")[0].accession
    protein = reader.proteins([accession])[accession]
    (structures / f"{accession}.pdb").write_text(pdb(protein.sequence))
    reader.close()
    return folder


def explorer_of(folder, *, database=None, name="run"):
    run = RunFolder(folder)
    return explorer_with(
        FeatureReader(database or folder / "score" / "features.duckdb"), name=name, sae=run.sae,
        load_plm=lambda: instantiate(run.inputs["plm"]["model"]), layer=LAYER,
        structures=folder / "structures",
    )  # fmt: skip


def explorer_of_scores(folder):
    scores = ScoreFolder(folder)
    reader = FeatureReader(scores.database)
    return explorer_with(
        reader, name=folder.name, sae=scores.pack, load_plm=lambda: recorded_plm(scores),
        layer=reader.meta["layer"], structures=None,
    )  # fmt: skip


def explorer_with(reader, *, name, sae, load_plm, layer, structures):
    return Explorer(
        name=name,
        reader=reader,
        encoder=SequenceEncoder(
            load_plm=load_plm, sae=sae, layer=layer, scales=reader.scales,
            max_residues=500, window_overlap=20,
        ),
        structures=StructureLibrary(
            folder=structures, alphafold_url=None, cache=sae.parent / "cache",
            timeout_s=0.5, max_bytes=MAX_BYTES,
        ),
        n_rows=50,
        strip_reach=40,
        logo_reach=10,
        max_upload_bytes=MAX_BYTES,
    )  # fmt: skip


# Scores of one's own, as of real proteins, which the tests that fit any explore instead.
GIVEN_SCORES = os.environ.get("INTERPLM_TEST_SCORES")


@pytest.fixture(scope="session")
def explorer(request):
    if GIVEN_SCORES:
        made = explorer_of_scores(Path(GIVEN_SCORES))
    else:
        made = explorer_of(request.getfixturevalue("run_folder"))
    yield made
    made.reader.close()


@pytest.fixture(scope="session")
def explorers(explorer):
    return Explorers([explorer])


@pytest.fixture(scope="session")
def two(run_folder):
    """Two runs of one app."""
    runs = Explorers([explorer_of(run_folder, name="a"), explorer_of(run_folder, name="b")])
    yield runs
    for one in runs.values():
        one.reader.close()


def served(explorer, *, username=None, password=None, **settings):
    """App and address of a server of this process."""
    app = build_app(explorer if isinstance(explorer, list) else [explorer])
    given = SETTINGS | {"username": username, "password": password} | settings
    address = serve(app, port=free_port(), **given)
    return app, address.rstrip("/")


@pytest.fixture(scope="session")
def mirrored(explorer, tmp_path_factory):
    """The same scores with the features numbered from the last to the first, as another run.

    Its SAE is not beside it, so it reads no sequences.
    """
    database = tmp_path_factory.mktemp("mirrored") / "features.duckdb"
    shutil.copy(explorer.reader.path, database)
    last = explorer.reader.n_features - 1
    with duckdb.connect(str(database)) as connection:
        numbered = connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE column_name IN ('feature', 'other')"
        ).fetchall()
        for table, column in numbered:
            connection.execute(f"UPDATE {table} SET {column} = {last} - {column}")
    made = replace(explorer, name="mirrored", reader=FeatureReader(database), encoder=None)
    yield made
    made.reader.close()


@pytest.fixture(scope="session")
def server(explorer, mirrored):
    app, address = served([explorer, mirrored])
    yield address
    app.close(verbose=False)


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.exists():
        pytest.skip("there is no Chromium here")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu-sandbox"]
        )
        yield browser
        browser.close()


def visit(page, address):
    """Open an address of the explorer; in a tab that has it open, as a link does."""
    if not page.url.startswith(urljoin(address, "/")):
        page.goto(address)
    else:
        # By way of another page: what was typed and attached goes, as on a page just loaded.
        another = "/features" if "/compare" in address else "/compare"
        for url in (urljoin(address, another), address):
            page.evaluate("(url) => history.pushState({}, '', url)", url)
            page.evaluate("dispatchEvent(new PopStateEvent('popstate'))")
    settled(page)


def settled(page):
    """Wait until every part has come."""
    page.wait_for_function(
        "document.querySelector('[data-part]') && !document.querySelector('[aria-busy]')"
    )


SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
# A test that asks for a page twice, on a desk and in the hand, is marked with this.
on_both_sizes = pytest.mark.parametrize("size", SIZES.values(), ids=SIZES, indirect=True)


@pytest.fixture
def size(request):
    return getattr(request, "param", SIZES["desktop"])


@pytest.fixture(scope="session")
def contexts(browser):
    """A context of each size, whose pages share what they have loaded."""
    made = {}
    for width, height in SIZES.values():
        viewport = {"width": width, "height": height}
        made[width, height] = browser.new_context(viewport=viewport, accept_downloads=True)
        made[width, height].set_default_timeout(90_000)
    yield made
    for context in made.values():
        context.close()


@pytest.fixture(scope="session")
def tabs(contexts):
    """A tab of each size, which tests use one after another: Gradio takes a second to load."""
    return {}


@pytest.fixture
def page(contexts, tabs, server, size, request):
    """A page that fails the test for any request elsewhere and any complaint of the console."""
    page = tabs.pop(size, None) or contexts[size].new_page()
    outside, complaints = [], []
    listeners = {
        "request": lambda asked: (
            asked.url.startswith((server, "data:", "blob:")) or outside.append(asked.url)
        ),
        "console": lambda said: (
            said.type == "error" and complaints.append(f"{said.text} {said.location['url']}")
        ),
        "pageerror": lambda error: complaints.append(str(error)),
    }
    for event, listener in listeners.items():
        page.on(event, listener)
    n_failed = request.session.testsfailed
    yield page
    assert page.title() != "owned"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for event, listener in listeners.items():
        page.remove_listener(event, listener)
    if request.session.testsfailed == n_failed and not complaints:
        tabs[size] = page
    else:
        page.close()
    assert outside == []
    assert complaints == []
