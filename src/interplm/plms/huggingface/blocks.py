"""The layers of any network of transformers: read on the way, replaced, or passed over."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from torch import Tensor, nn

from interplm.errors import UserError


class _Reached(Exception):
    """The deepest layer that was asked for has been read; nothing above it is needed."""


def layer_blocks(base: nn.Module, n_layers: int) -> nn.ModuleList:
    """The list of a network's layers.

    Args:
        base: the network without its head.
        n_layers: how many the config states.

    Raises:
        UserError: if there is no such list, as where layers share their weights.
    """
    for module in base.modules():
        if isinstance(module, nn.ModuleList) and len(module) == n_layers:
            return module
    raise UserError(
        f"A {type(base).__name__} keeps its {n_layers} layers in no list of that length, so their "
        "states cannot be told apart: this architecture is not supported."
    )


def read_states(
    base: nn.Module, blocks: nn.ModuleList, layers: Sequence[int], inputs: dict[str, Tensor]
) -> dict[int, Tensor]:
    """States at `layers`, without computing a block above the deepest.

    State l is what block l reads, counted from 0; the last one is what the network gives, after its
    final norm. So `hidden_states` of transformers has them.

    Args:
        base: the network without its head.
        blocks: its layers.
        layers: any of 0..len(blocks).
        inputs: keyword arguments of the forward pass.
    """
    states: dict[int, Tensor] = {}
    deepest = max(layers)

    def keep(layer: int, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        states[layer] = args[0] if args else kwargs["hidden_states"]
        if layer == deepest:
            raise _Reached

    with ExitStack() as hooks:
        for layer in set(layers) - {len(blocks)}:
            hook = blocks[layer].register_forward_pre_hook(partial(keep, layer), with_kwargs=True)
            hooks.callback(hook.remove)
        try:
            output = base(**inputs)
        except _Reached:
            return states
    states[len(blocks)] = output.last_hidden_state
    return states


@contextmanager
def entered_at(
    blocks: nn.ModuleList, layer: int, hidden: Tensor, *, n_outputs: int | None
) -> Iterator[None]:
    """In this context the network goes on from `hidden` at `layer`; blocks below do nothing.

    Args:
        blocks: of the network.
        layer: 0..len(blocks) - 1.
        hidden: [n_sequences, n_positions, d_model].
        n_outputs: of a block, see `count_outputs`.
    """

    def enter(
        _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return ((hidden, *args[1:]), kwargs) if args else (args, kwargs | {"hidden_states": hidden})

    def pass_over(*_: Any, **__: Any) -> Any:  # Any: blocks differ in what they give
        return hidden if n_outputs is None else (hidden, *[None] * (n_outputs - 1))

    with ExitStack() as undo:
        for block in blocks[:layer]:
            undo.enter_context(replaced_forward(block, pass_over))
        hook = blocks[layer].register_forward_pre_hook(enter, with_kwargs=True)
        undo.callback(hook.remove)
        yield


def count_outputs(base: nn.Module, blocks: nn.ModuleList, inputs: dict[str, Tensor]) -> int | None:
    """How long the tuple is that a block gives, states first; None if it gives states alone."""
    seen: list[int | None] = []

    def count(_: nn.Module, __: Any, output: Any) -> None:  # Any: blocks differ in both
        seen.append(len(output) if isinstance(output, tuple) else None)

    hook = blocks[0].register_forward_hook(count)
    try:
        base(**inputs)
    finally:
        hook.remove()
    return seen[0]


@contextmanager
def replaced_forward(module: nn.Module, forward: Any) -> Iterator[None]:  # Any: as above
    """In this context the module computes something else."""
    module.forward = forward
    try:
        yield
    finally:
        del module.forward
