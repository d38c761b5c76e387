"""JSON and YAML as plain values, with one error for whatever is neither."""

import json
from typing import Any


def parsed_json(text: str | bytes) -> Any:  # Any: what JSON can hold
    """The value of a JSON text.

    Raises:
        ValueError: if it is none, holds a number of thousands of digits, or is nested too deeply.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def parsed_yaml(text: str, loader: Any = None) -> Any:  # Any: what YAML can hold, PyYAML's types
    """The value of a YAML text.

    Args:
        text: one document.
        loader: a kind of yaml.SafeLoader; that itself if it is not given.

    Raises:
        ValueError: if it is none, holds an impossible date or number, or is nested too deeply.
    """
    import yaml

    try:
        return yaml.load(text, Loader=loader or yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(str(error)) from error
