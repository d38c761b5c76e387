"""What `--help` prints: the settings of a job as its yaml files state and explain them."""

import re
from collections.abc import Iterable, Iterator
from itertools import takewhile

import yaml

from interplm.plugins import plugin_config_folders
from interplm.runtime.configs import config_folder
from interplm.runtime.options import option_names

_INDENT = "  "
_FOOT = """\
Any of them is set on the command line: group=option, key=value or group.key=value.
--multirun key=1,2,3 runs the job for each value. HYDRA_FULL_ERROR=1 shows tracebacks.
"""


def help_text(job: str) -> str:
    """The job's own settings, then each of its groups with the settings of the default option.

    Args:
        job: name of its root yaml.
    """
    root = _read(job)
    (title, example), *others = _head(root)
    parts = [f"{title}\n\n{_INDENT}{example}\n"]
    parts += [f"{what}\n\n{_INDENT}{command}\n" for what, command in others]
    parts += ["Settings\n", _body(root, _INDENT)]
    parts += [_body(_read(name), _INDENT) for name in _taken_in(job)]
    parts += [_group(group, option) for group, option in _groups(job)]
    return "\n".join(part for part in [*parts, _FOOT] if part.strip())


def examples(job: str) -> list[str]:
    """The commands at the head of a job's yaml, which its help shows."""
    return [command for _, command in _head(_read(job))]


def _head(text: str) -> Iterator[tuple[str, str]]:
    """What the comments at the head of a yaml say, and the command that each ends with."""
    for line in takewhile(lambda line: line.startswith("# "), text.splitlines()):
        what, _, command = line.removeprefix("# ").partition("   ")
        yield what, command.strip()


def _group(group: str, option: str | None) -> str:
    others = ", ".join(name for name in option_names(group) if name != option)
    head = f"{group}={option or 'null'}" + (f"  ({others})" if others else "") + "\n"
    if option is None:
        return head
    return f"{head}\n{_INDENT}{group}:\n" + _merged(
        _body(text, _INDENT * 2) for text in _with_bases(group, option)
    )


def _groups(name: str) -> Iterator[tuple[str, str | None]]:
    """The groups of a root yaml and of those that it takes in, with their default options."""
    for entry in yaml.safe_load(_read(name)).get("defaults", []):
        if isinstance(entry, dict):
            [(group, option)] = entry.items()
            if group != "hydra":
                yield group.removeprefix("/"), option
        elif entry != "_self_":
            yield from _groups(entry)


def _taken_in(name: str) -> list[str]:
    """The yaml files that a root yaml takes in whole."""
    entries = yaml.safe_load(_read(name)).get("defaults", [])
    return [entry for entry in entries if isinstance(entry, str) and entry != "_self_"]


def _with_bases(group: str, option: str) -> Iterator[str]:
    """The yaml of an option, after those that it builds on."""
    text = _read(f"{group}/{option}")
    for base in yaml.safe_load(text).get("defaults", []):
        if isinstance(base, str) and base != "_self_":
            yield from _with_bases(group, base)
    yield text


def _merged(bodies: Iterable[str]) -> str:
    """Settings of an option and of what it builds on, each once: what stands later holds."""
    blocks: dict[str, str] = {}
    for body in bodies:
        for block in re.split(rf"(?m)^(?={_INDENT * 2}\w)", body):
            key, _, rest = block.partition(":")
            first, _, inner = block.partition("\n")
            if key in blocks and inner:
                blocks[key] += inner
            elif key in blocks and "  # " not in rest and "  # " in blocks[key]:
                blocks[key] = f"{first}   # {blocks[key].partition('  # ')[2].lstrip()}"
            else:
                blocks[key] = block
    return "".join(blocks.values())


def _read(name: str) -> str:
    folders = [config_folder(), *plugin_config_folders()]
    paths = (folder / f"{name}.yaml" for folder in folders)
    return next(path for path in paths if path.is_file()).read_text(encoding="utf-8")


def _body(text: str, indent: str) -> str:
    """The settings of a yaml file with their comments, but for those of Hydra itself."""
    kept: list[str] = []
    skipping = False
    for line in text.splitlines():
        if re.match(r"\S", line):
            skipping = bool(re.match(r"(defaults|hydra):|# ", line))
        if not skipping and line.strip() and not re.search(r"_(target|partial)_:", line):
            kept.append(f"{indent}{line}\n")
    return "".join(kept)
