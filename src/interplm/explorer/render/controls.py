"""Form controls that write into the address; assets/page.js reads their `data-entry`."""

from collections.abc import Mapping, Sequence

from interplm.explorer.render.markup import escape


def choice(
    entry: str, label: str, choices: Mapping[str, str] | Sequence[str], *, resets: str = ""
) -> str:
    """A drop-down list; the first choice is the default, which the address leaves out.

    Args:
        entry: of the address.
        label: beside it.
        choices: values with their texts, or values that are their own texts.
        resets: other entries, parted by spaces, that a change takes away.
    """
    texts = choices if isinstance(choices, Mapping) else {value: value for value in choices}
    options = "".join(
        f'<option value="{escape(value)}">{escape(text)}</option>' for value, text in texts.items()
    )
    return _labelled(
        label, f"<select {_entry(entry, next(iter(texts)), resets)}>{options}</select>"
    )


def radios(
    entry: str, label: str, choices: Mapping[str, str] | Sequence[str], *, default: str = "",
    quiet: bool = False,
) -> str:  # fmt: skip
    """The choices side by side, one of them chosen.

    Args:
        entry: of the address.
        label: before them.
        choices: values with their texts, or values that are their own texts.
        default: which the address leaves out; the first without.
        quiet: whether the label is for screen readers alone.
    """
    texts = choices if isinstance(choices, Mapping) else {value: value for value in choices}
    default = default or next(iter(texts))
    buttons = "".join(
        f'<label><input type="radio" name="{entry}" value="{escape(value)}" '
        f"{_entry(entry, default, '')}><span>{escape(text)}</span></label>"
        for value, text in texts.items()
    )
    unseen = ' class="ip-unseen"' if quiet else ""
    return (
        f'<fieldset class="ip-radios"><legend{unseen}>{escape(label)}</legend>{buttons}</fieldset>'
    )


def field(
    entry: str, label: str, *, kind: str = "search", hint: str = "", resets: str = "",
    limits: str = "",
) -> str:  # fmt: skip
    """A line to type into, or a number; `limits` are further attributes."""
    return _labelled(
        label,
        f'<input type="{kind}" placeholder="{escape(hint)}" maxlength="200" autocomplete="off" '
        f'spellcheck="false" {limits} {_entry(entry, "", resets)}>',
    )


def tick(entry: str, label: str, *, resets: str = "") -> str:
    """A box to tick; ticked it stands as 1 in the address."""
    return (
        f'<label class="ip-tick"><input type="checkbox" {_entry(entry, "", resets)}>'
        f"<span>{escape(label)}</span></label>"
    )


def controls(*parts: str) -> str:
    """Controls in a row that wraps."""
    return f'<div class="ip-controls">{"".join(parts)}</div>'


def _labelled(label: str, control: str) -> str:
    return f'<label class="ip-field"><span>{escape(label)}</span>{control}</label>'


def _entry(entry: str, default: str, resets: str) -> str:
    resetting = f' data-resets="{resets}"' if resets else ""
    return f'data-entry="{entry}" data-default="{escape(default)}"{resetting}'
