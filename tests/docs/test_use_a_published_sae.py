"""The page runs as it stands, offline, with an SAE of a published layout in the hub's cache."""

import re
from importlib.resources import files

import pytest
import yaml
from tests.docs.hub_cache import hub_in, into_cache
from tests.docs.pages import DOCS, blocks, run
from tests.docs.published import write_sae, write_weights

PAGE = "use_a_published_sae.md"
SCORES = "interplm_data/scores/Elana-InterPLM-esm2-8m-layer_4/demo"


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """The folder where all blocks of the page were run, and what was said."""
    folder = tmp_path_factory.mktemp("page")
    weights = write_weights(folder / "torch")
    cache = folder / "hub"
    into_cache(cache, "Elana/InterPLM-esm2-8m", write_sae, weights=weights)
    variables = {
        "TORCH_HOME": str(folder / "torch"),
        "INTERPLM_OFFLINE": "1",
        "INTERPLM_DATA": "interplm_data",
    }
    with hub_in(cache):
        executed = [block for block in blocks(PAGE) if block.note not in ("network", "long")]
        return folder, "".join(run(block, folder, **variables) for block in executed)


def test_the_pairing_of_the_page_fits(done):
    said = done[1]
    assert re.search(r"Reads +layer 4 of esm2_8m", said)
    assert re.search(r"Fit +.*fits", said)


def test_the_scores_lie_where_the_page_says(done):
    for name in ("report.html", "features.duckdb", "pack/pack.yaml", "pack/labels.tsv"):
        assert (done[0] / SCORES / name).is_file()


def test_the_annotations_are_of_the_proteins_of_the_page(done):
    lines = (done[0] / "my_features.gff3").read_text().splitlines()
    assert lines[0] == "##gff-version 3"
    assert {line.split("\t")[0] for line in lines if line[0] != "#"} <= {"P1", "P2"}


def test_the_table_has_every_known_publication():
    text = files("interplm.interchange").joinpath("publications.yaml").read_text()
    known = {(p["name"], p["format"], p["plm"]) for p in yaml.safe_load(text)["publications"]}
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| `(\w+)` \|", (DOCS / PAGE).read_text(), re.M)
    assert set(rows) == known
    assert len(rows) == len(known)
