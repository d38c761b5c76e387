"""The arguments of a call of the API: in order or by name, with defaults for what is left out."""

import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any

from interplm.errors import UserError
from interplm.files.parsing import parsed_json

# Any: values are what JSON can hold.
Parameters = Mapping[str, inspect.Parameter]


def parameters_of(method: Callable[..., Any]) -> Parameters:
    """Of an endpoint, in order."""
    return inspect.signature(method).parameters


def completed(body: bytes, parameters: Parameters) -> bytes:
    """The body of a call with one value for each parameter, as Gradio wants it.

    Args:
        body: JSON, `{"data": [1503, "top"]}` or `{"data": {"feature": 1503}}`.
        parameters: of the endpoint.

    Raises:
        UserError: for a body that is no call of it.
    """
    try:
        call = parsed_json(body)
    except ValueError as error:
        raise UserError('The body is not JSON: send {"data": [...]}.') from error
    data = call.get("data") if isinstance(call, dict) else None
    if isinstance(data, list):
        if len(data) > len(parameters):
            raise UserError(
                f"{len(data)} values were given, the endpoint takes {len(parameters)}: "
                f"{', '.join(parameters)}."
            )
        data = dict(zip(parameters, data, strict=False))
    if not isinstance(data, dict):
        raise UserError('The body holds no arguments: send {"data": [...]}.')
    unknown = [name for name in data if name not in parameters]
    if unknown:
        raise UserError(f"{unknown[0][:40]} is not a parameter; there are {', '.join(parameters)}.")
    values = [_value(name, data, parameter) for name, parameter in parameters.items()]
    return json.dumps(call | {"data": values}).encode()


def _value(name: str, data: Mapping[str, Any], parameter: inspect.Parameter) -> Any:
    if name in data:
        return data[name]
    if parameter.default is inspect.Parameter.empty:
        raise UserError(f"{name} is missing.")
    return parameter.default
