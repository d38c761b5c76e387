import numpy as np

from interplm.comparison import as_svg, front, fronts, pareto_figures, with_front

# Of two layers, of which the second is harder to explain.
LAYERS = [
    {"sae": "topk", "d_sae": 32, "plm": "small", "layer": layer, "dataset": "proteins", "l0": l0,
     "explained_variance": ev}
    for layer, l0, ev in [(1, 4.0, 0.8), (2, 4.0, 0.5), (1, 8.0, 0.9), (2, 8.0, 0.4), (2, 9.0, 0.6)]
]  # fmt: skip


def test_only_points_that_none_surpasses_are_on_the_front():
    assert front([(1, 0.5), (2, 0.4), (3, 0.8), (3, 0.7), (2, 0.9)]) == [0, 4]
    assert front([(1, 0.5), (1, 0.5)]) == [0, 1]
    assert front([]) == []


def test_the_front_is_that_of_comparing_all_pairs():
    generator = np.random.default_rng(0)
    points = [tuple(point) for point in generator.integers(0, 6, size=(40, 2)).tolist()]
    expected = {
        n for n, (cost, quality) in enumerate(points)
        if not any(c <= cost and q >= quality and (c, q) != (cost, quality) for c, q in points)
    }  # fmt: skip
    assert set(front(points)) == expected


def test_a_quality_is_drawn_if_two_runs_have_it():
    rows = [
        {"sae": "topk", "d_sae": 32, "layer": 1, "l0": l0, "explained_variance": ev,
         "mean_average_precision": ap}
        for l0, ev, ap in [(4.0, 0.5, 0.1), (8.0, 0.7, None), (8.0, 0.6, None)]
    ]  # fmt: skip
    figures = pareto_figures(rows)
    assert list(figures) == ["explained_variance"]
    line, *_ = figures["explained_variance"].axes[0].lines
    assert list(line.get_ydata()) == [0.5, 0.7]
    # Drawn again it is the same file.
    assert len({as_svg(pareto_figures(rows)["explained_variance"]) for _ in range(2)}) == 1


def test_the_table_says_which_runs_are_on_the_front():
    rows = [
        {"l0": l0, "explained_variance": ev}
        for l0, ev in [(4.0, 0.5), (8.0, 0.4), (8.0, 0.6), (2.0, None)]
    ]
    assert [row["front"] for row in with_front(rows)] == ["yes", None, "yes", None]


def test_each_set_of_activations_has_a_front_of_its_own():
    assert fronts(LAYERS, "explained_variance") == [[0, 2], [1, 4]]
    assert [row["front"] for row in with_front(LAYERS)] == ["yes", "yes", "yes", None, "yes"]
    for name in ("plm", "dataset"):
        assert len(fronts([*LAYERS, LAYERS[0] | {name: "other"}], "explained_variance")) == 3


def test_each_front_is_a_line_and_one_of_them_is_in_the_legend():
    axes = pareto_figures(LAYERS)["explained_variance"].axes[0]
    assert [list(line.get_ydata()) for line in axes.lines] == [[0.8, 0.9], [0.5, 0.6]]
    named = [text.get_text() for text in axes.get_legend().get_texts()]
    assert named == ["front", "topk, 32, layer 1", "topk, 32, layer 2"]


def test_the_legend_tells_plms_apart():
    rows = [*LAYERS, LAYERS[0] | {"plm": "other"}]
    legend = pareto_figures(rows)["explained_variance"].axes[0].get_legend()
    named = {text.get_text() for text in legend.get_texts()}
    assert {"topk, 32, small, layer 1", "topk, 32, other, layer 1"} < named


def test_a_count_has_whole_numbers_on_its_axis():
    rows = [row | {"concepts_covered": 5 + n % 2} for n, row in enumerate(LAYERS)]
    figures = pareto_figures(rows)
    assert all(tick == int(tick) for tick in figures["concepts_covered"].axes[0].get_yticks())
    assert any(tick != int(tick) for tick in figures["explained_variance"].axes[0].get_yticks())
