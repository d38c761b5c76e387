from interplm.evaluation import Fidelity, InputFidelity, Losses, fidelity_figures


def fidelity():
    def losses(value):
        return Losses(cross_entropy=value, cross_entropy_per_sequence=value, kl=value)

    made = InputFidelity(sae=losses(2.5), original=losses(2.0), zero=losses(4.0), mean=losses(3.0))
    return Fidelity(plain=made, masked=made)


def test_every_figure_is_a_row_with_its_own_name_and_says_which_residues_count():
    rows = fidelity_figures(fidelity())
    assert {row.metric: row.value for row in rows} == fidelity().figures()
    assert len({row.metric for row in rows}) == len(rows) == 16
    for row in rows:
        assert ("(masked residues)" in row.description) == row.metric.endswith("_masked")


def test_zero_and_mean_ablation_are_told_apart():
    figures = fidelity().figures()
    assert figures["loss_recovered"] == 0.75
    assert figures["loss_recovered_vs_mean"] == 0.5
