"""What mkdocs does besides: code blocks with a note, and the pages that follow from the package."""

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

from interplm.__main__ import JOBS
from interplm.runtime.configs import config_folder
from interplm.runtime.help import help_text

# The fences of our pages, which tests/docs/pages.py reads: language and a note.
_FENCE = re.compile(r"^```(\w+) +(\S+)$", re.MULTILINE)
_TITLES = {
    "fails": "refused, in one sentence",
    "network": "needs the network",
    "long": "takes longer than a minute",
}


def on_page_markdown(markdown: str, **_: Any) -> str:  # Any: what mkdocs passes besides
    """Show the note of a code block as its title."""
    return _FENCE.sub(
        lambda found: f'```{found[1]} title="{_TITLES.get(found[2], found[2])}"', markdown
    )


def on_files(files: Files, config: Any) -> Files:
    """Add the configuration reference."""
    files.append(File.generated(config, "configuration.md", content=configuration_page()))
    return files


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
