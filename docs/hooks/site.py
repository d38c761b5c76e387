"""What mkdocs does besides: notes of code blocks, notebooks, pages that follow from the package."""

import json
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

from interplm.__main__ import JOBS
from interplm.runtime.configs import config_folder
from interplm.runtime.help import help_text

# The fences of our pages, which tests/docs/pages.py reads: language and a note.
_FENCE = re.compile(r"^```(\w+) +(\S+)$", re.MULTILINE)
_NOTEBOOK = re.compile(r"\((notebooks/\w+)\.ipynb\)")
_TITLES = {
    "fails": "refused, in one sentence",
    "network": "needs the network",
    "long": "takes longer than a minute",
}


def on_page_markdown(markdown: str, **_: Any) -> str:  # Any: what mkdocs passes besides
    """Show the note of a code block as its title, and notebooks as pages."""
    markdown = _NOTEBOOK.sub(r"(\1.md)", markdown)
    return _FENCE.sub(
        lambda found: f'```{found[1]} title="{_TITLES.get(found[2], found[2])}"', markdown
    )


def on_files(files: Files, config: Any) -> Files:
    """Add the configuration reference, and a page for each notebook."""
    files.append(File.generated(config, "configuration.md", content=configuration_page()))
    for path in sorted(Path(config["docs_dir"]).glob("notebooks/*.ipynb")):
        page = f"notebooks/{path.stem}.md"
        files.append(File.generated(config, page, content=notebook_page(path)))
    return files


def notebook_page(path: Path) -> str:
    """The cells of a notebook, which has no outputs, and where to get it."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    title, *parts = [
        text if cell["cell_type"] == "markdown" else f"```python\n{text}\n```"
        for cell in cells
        if (text := "".join(cell["source"]))
    ]
    note = f'To be run in Jupyter: <a href="{path.name}" download>{path.name}</a>.'
    return "\n\n".join([title, note, *parts])


def configuration_page() -> str:
    """Every job with its settings, then every option of every group."""
    parts = [
        "# Configuration",
        "Generated from the yaml files in `configs/`. Every setting is given on the command line "
        "as `key=value`, and every group as `group=option`; `python -m interplm.<job> --help` "
        "prints the same.",
    ]
    for job, what in JOBS.items():
        parts += [f"## Job {job}", f"{what.capitalize()}.", f"```text\n{help_text(job)}```"]
    for folder in sorted(path for path in config_folder().iterdir() if path.is_dir()):
        parts.append(f"## Group {folder.name}")
        parts += [_option(path) for path in sorted(folder.glob("*.yaml"))]
    return "\n\n".join(parts)


def _option(path: Path) -> str:
    return f"### {path.parent.name}={path.stem}\n\n```yaml\n{path.read_text(encoding='utf-8')}```"
