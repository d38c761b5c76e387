"""A dashboard as a workspace of wandb, by its package wandb-workspaces."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from interplm.errors import UserError
from interplm.tracking.dashboard import Panel, Section

if TYPE_CHECKING:
    from wandb_workspaces.workspaces import Workspace


def workspace(shown: Iterable[Section], *, name: str, entity: str, project: str) -> Workspace:
    """Not saved yet; nothing is asked of the server.

    Args:
        shown: sections, the first of which is open.
        name: of the workspace.
        entity: that the project belongs to.
        project: whose runs are shown.
    """
    import wandb_workspaces.workspaces as ws

    parts = [
        ws.Section(
            name=section.title, panels=[_panel(panel) for panel in section.panels], is_open=True
        )
        for section in shown
    ]
    return ws.Workspace(name=name, entity=entity, project=project, sections=parts)


def default_entity() -> str:
    """The user or team that wandb logs to where none is given; asks the server.

    Raises:
        UserError: if it has none.
    """
    import wandb

    found = wandb.Api().default_entity
    if not found:
        raise UserError("Say whose project it is: entity=<your wandb user or team>.")
    return str(found)


def _panel(panel: Panel) -> Any:  # of one of several classes without a common public one
    import wandb_workspaces.reports.v2 as wr

    if panel.kind == "scatter":
        return wr.ScatterPlot(
            title=f"{panel.y} against {panel.x}",
            x=wr.SummaryMetric(panel.x),
            y=wr.SummaryMetric(panel.y),
            log_x=panel.log_x,
        )
    if panel.kind == "bars":
        return wr.BarPlot(title=panel.y, metrics=[panel.y])
    return wr.LinePlot(title=panel.y, x=panel.x, y=[panel.y])
