"""The checklist for a GPU, on tiny shapes without one."""

import re
from pathlib import Path

import pytest
import torch
from experiments.gpu import benchmark, expected

from interplm.runtime.instantiation import instantiate

README = (Path(benchmark.__file__).parent / "README.md").read_text()


def test_every_row_is_printed_on_a_cpu(capsys):
    benchmark.main(["--device", "cpu", "--small"])
    printed = capsys.readouterr().out
    for architecture in benchmark.ARCHITECTURES:
        for d_in in benchmark.SMALL.widths:
            row = rf"^{architecture}, {d_in} to 64, activations/s +[\d,]+  a bare loop +[\d,]+"
            assert re.search(row, printed, re.M)
        for name in ("features", "loss"):
            row = rf"^{architecture}, {name}: relative difference to the CPU .*≤ 1  yes$"
            assert re.search(row, printed, re.M)
    assert printed.count("the FLOP bound") == 6
    for choice, n_rows in (("as captured graphs", 3), ("by the sparse kernel", 4)):
        row = rf"^  {choice}: [a-z_.]+=[a-z-]+ +[\d,]+  as shipped"
        assert len(re.findall(row, printed, re.M)) == n_rows
    for way in ("drawn by the CPU", "mixed there", "held there"):
        row = rf"stored activations, {way}, residues/s .*\n  difference of the first batch .*  yes$"
        assert re.search(row, printed, re.M)
    for layer in benchmark.SMALL.layers:
        for dtype in ("float32", "bfloat16"):
            assert re.search(rf"^8M, layer {layer}, {dtype}, residues/s .*fair-esm", printed, re.M)


def test_without_a_gpu_one_sentence_says_how_to_run_the_small_form(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SystemExit, match=r"^No GPU was found .*--device cpu --small"):
        benchmark.main([])


@pytest.mark.parametrize("architecture", benchmark.ARCHITECTURES)
def test_the_bare_loop_has_the_arithmetic_of_the_sae(architecture):
    torch.manual_seed(0)
    config = benchmark.training_config(architecture, 16, benchmark.SMALL, "cpu")
    sae, x = instantiate(config.sae), torch.randn(64, 16)
    gradients = []
    for loss in (
        sae.loss(x, sae(x), sparsity_scale=1.0, progress=0.0).total,
        benchmark.bare_loss(sae, x, dtype=None),
    ):
        gradients.append([loss, *torch.autograd.grad(loss, list(sae.parameters()))])
    torch.testing.assert_close(*gradients)


@pytest.mark.parametrize("scale", [1 + 1e-3, 1 + 1e-8])
def test_a_difference_beyond_the_tolerance_is_shown(scale, capsys, monkeypatch):
    there = iter([1.0, scale] * 3)
    of_both = benchmark.features_and_loss

    def elsewhere(sae, x):
        factor = next(there)
        return tuple(factor * value for value in of_both(sae, x))

    monkeypatch.setattr(benchmark, "features_and_loss", elsewhere)
    benchmark.check_results(benchmark.SMALL, "cpu")
    verdict = "NO" if scale > 1.0001 else "yes"
    assert capsys.readouterr().out.count(f"≤ 1  {verdict}\n") == 6


def test_the_readme_has_the_calculated_table():
    assert expected.table() in README
