import pytest

from interplm.tracking.dashboard import L0, Panel, as_plain, from_plain, sections
from interplm.tracking.names import AXIS, artifact_name
from interplm.tracking.vega import pareto_plot

METRICS = ["train/loss", "train/l0", "validation/l0", "step", AXIS]
FIGURES = [L0, "result/explained_variance", "score/sae/mean_average_precision"]


def test_only_what_was_measured_is_shown_and_the_pareto_plots_come_first():
    first, *others = sections(METRICS, FIGURES)
    assert [panel.y for panel in first.panels] == FIGURES[1:]
    assert {(panel.kind, panel.x, panel.log_x) for panel in first.panels} == {("scatter", L0, True)}
    assert [section.title for section in others] == ["Training", "Validation"]
    assert others[0].panels == (Panel("lines", "train/loss"), Panel("lines", "train/l0"))
    assert sections([], ["result/explained_variance"]) == []


def test_a_definition_is_read_back_as_it_was():
    shown = sections(METRICS, FIGURES)
    assert from_plain(as_plain("mine", shown)) == shown


def test_a_workspace_has_every_panel():
    pytest.importorskip("wandb_workspaces")
    from interplm.tracking.workspace import workspace

    shown = sections(METRICS, [*FIGURES, "result/dead_percent"])
    made = workspace(shown, name="mine", entity="me", project="interplm")
    assert [section.name for section in made.sections] == [section.title for section in shown]
    scatter = made.sections[0].panels[0]
    assert (scatter.x.name, scatter.y.name, scatter.log_x) == (L0, FIGURES[1], True)
    line = made.sections[1].panels[0]
    assert (line.x, line.y) == (AXIS, ["train/loss"])
    assert made._to_model().spec  # what is sent


def test_an_axis_is_logarithmic_only_where_it_can_be():
    rows = [{"run": "a", "l0": 0.0, "ev": 0.1}, {"run": "b", "l0": 4.0, "ev": 0.5}]
    titles = {"l0": "L0", "ev": "Explained"}
    plot = pareto_plot(rows, [0, 1], x="l0", y="ev", titles=titles)
    front, points = plot["layer"]
    assert points["encoding"]["x"]["scale"]["type"] == "linear"
    assert [value["run"] for value in front["data"]["values"]] == ["a", "b"]
    above = pareto_plot(rows[1:], [0], x="l0", y="ev", titles=titles)["layer"][1]
    assert above["encoding"]["x"]["scale"]["type"] == "log"


def test_names_of_artifacts_are_what_wandb_allows():
    assert artifact_name("sae", "my run/1", 3) == "sae-my-run-1-3"
    assert len(artifact_name("sae", "x" * 200)) == 128
