"""Every command of the documentation composes, every quick block runs, and the site builds."""

import re
import shlex
from pathlib import Path

import pytest
from tests.docs.pages import DOCS, blocks, run

from interplm.__main__ import JOBS
from interplm.runtime.configs import compose

PAGES = sorted(path.name for path in DOCS.glob("*.md"))
# What may only be composed here: it needs a network, or more than a minute.
COMPOSED = ("network", "long")
FAULTS = Path(__file__).parents[1] / "known_faults"


def commands(page):
    """The jobs of a page's blocks that are composed, with their words."""
    for block in blocks(page):
        if block.language == "sh" and block.note in COMPOSED:
            words = shlex.split(block.text)
            assert words[:2] == ["python", "-m"], block.text
            yield words[2].removeprefix("interplm."), words[3:]


COMMANDS = [(page, job, words) for page in PAGES for job, words in commands(page)]


@pytest.mark.parametrize(
    ("page", "job", "words"),
    COMMANDS,
    ids=[f"{page}:{' '.join(w)}"[:90] for page, _, w in COMMANDS],
)
def test_every_command_that_takes_long_composes(page, job, words):
    assert job in JOBS
    # Hydra's own settings and sweeps are no part of a job's config.
    own = [word for word in words if not word.startswith(("--", "hydra"))]
    if job == "score":  # what its `sae=` stands for
        own = [re.sub(r"^sae=", "source=", word) for word in own]
    if "--multirun" in words:
        own = [re.sub(r"=([^\[{'\"]*?),.*", r"=\1", word) for word in own]
    assert compose(job, *own)


# Of models, and of an explorer that must be served: pages with tests of their own.
TESTED_ELSEWHERE = ("bring_your_model.md", "explorer_api.md", "use_a_published_sae.md")


@pytest.mark.parametrize("page", [page for page in PAGES if page not in TESTED_ELSEWHERE])
def test_every_other_block_runs(page, tmp_path):
    for block in blocks(page):
        if block.note not in COMPOSED:
            run(block, tmp_path, INTERPLM_DATA="interplm_data")


def test_every_known_fault_is_on_the_page_and_nothing_else():
    text = (DOCS / "differences.md").read_text()
    named = set(re.findall(r"`tests/known_faults/(test_\w+\.py)`", text))
    assert named == {path.name for path in FAULTS.glob("test_*.py")}


@pytest.mark.parametrize("page", PAGES)
def test_every_file_and_page_that_is_linked_exists(page):
    text = re.sub(r"^```.*?^```$", "", (DOCS / page).read_text(), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert target == "configuration.md" or (DOCS / target).exists(), target


def test_the_site_builds_without_a_warning_and_asks_nobody_for_anything(tmp_path):
    config = pytest.importorskip("mkdocs.config")
    build = pytest.importorskip("mkdocs.commands.build")
    pytest.importorskip("material")
    pytest.importorskip("mkdocstrings")
    loaded = config.load_config(str(DOCS.parent / "mkdocs.yml"), site_dir=str(tmp_path))
    build.build(loaded)
    pages = list(tmp_path.glob("*.html"))
    assert len(pages) > len(PAGES)
    fetched = re.compile(r"<(?:script|link|img)[^>]*(?:src|href)=\"?https?://")
    assert [path.name for path in pages if fetched.search(path.read_text())] == []
