import pytest

from interplm.errors import UserError
from interplm.runtime.objective import directions_of, objective


def test_a_job_returns_what_was_asked_for():
    figures = {"l0": 3.0, "explained_variance": 0.5}
    assert objective(figures, "l0") == 3.0
    assert objective(figures, ["explained_variance", "mean", "l0"]) == [0.5, None, 3.0]
    assert objective(figures, "mean") is None
    assert objective(None, "l0") is None


def test_every_figure_has_a_direction():
    assert directions_of("a", "maximize", is_pruning=True) == {"a": "maximize"}
    both = directions_of(["a", "b"], ["maximize", "minimize"], is_pruning=False)
    assert both == {"a": "maximize", "b": "minimize"}
    with pytest.raises(UserError, match=r"has 1 figures and .* 2 directions"):
        directions_of("a", ["maximize", "minimize"], is_pruning=False)
    with pytest.raises(UserError, match=r"by one figure only.*callbacks.pruning=null"):
        directions_of(["a", "b"], ["maximize", "minimize"], is_pruning=True)
