"""The page on the API runs as it stands, against a server."""

import pytest
from tests.docs.pages import blocks

pytestmark = pytest.mark.slow


def test_every_block_of_the_page_runs_in_order(server, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    scope = {}
    found = [block for block in blocks("explorer_api.md") if block.language == "python"]
    assert len(found) > 5
    for block in found:
        exec(block.text.replace("http://127.0.0.1:7860", server), scope)
    assert (tmp_path / "logo.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "features.gff3").read_text().startswith("##gff-version 3")
    assert len((tmp_path / "concepts.csv").read_text().splitlines()) > 10
    assert "Did you mean Signal peptide?" in capsys.readouterr().out
