import numpy as np

from interplm.comparison import front, pareto_figures, with_front


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


def test_the_table_says_which_runs_are_on_the_front():
    rows = [
        {"l0": l0, "explained_variance": ev}
        for l0, ev in [(4.0, 0.5), (8.0, 0.4), (8.0, 0.6), (2.0, None)]
    ]
    assert [row["front"] for row in with_front(rows)] == ["yes", None, "yes", None]
