import logging
import os

import pytest
import torch
from tests.training.runs import data, module, trainer

from interplm.errors import UserError
from interplm.training.compilation import compiled, mode_of


def double(x):
    return 2 * x


def test_without_a_compiler_the_function_stays_and_one_sentence_says_so(monkeypatch, caplog):
    def no_compiler(function):
        def fail(*args):
            raise RuntimeError("No working C++ compiler found\nwith a long trace")

        return fail

    monkeypatch.setattr(torch, "compile", no_compiler)
    with caplog.at_level(logging.WARNING):
        assert compiled(double, device=torch.device("cpu"), mode="default") is double
    (message,) = caplog.messages
    assert "goes on without torch.compile" in message
    assert "No working C++ compiler found" in message
    assert "model.compile=false" in message
    assert "long trace" not in message


@pytest.mark.slow
def test_a_machine_without_a_compiler_trains_all_the_same(tmp_path, monkeypatch, caplog):
    torch.compiler.reset()
    monkeypatch.setenv("CXX", "/nowhere/c++")
    monkeypatch.setattr(torch._inductor.config.cpp, "cxx", (None, "/nowhere/c++"))
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", os.fspath(tmp_path / "cache"))
    made = module("topk", compile=True)
    trainer(tmp_path).fit(made, datamodule=data(tmp_path / "store"))
    assert "goes on without torch.compile" in caplog.text
    torch.compiler.reset()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "mode"), [("relu", True), ("topk", True), ("relu", "reduce-overhead")]
)
def test_compiled_training_gives_the_same_weights_under_the_same_names(tmp_path, name, mode):
    plain, fast = module(name), module(name, compile=mode)
    for made in (plain, fast):
        trainer(tmp_path).fit(made, datamodule=data(tmp_path / "store"))
    assert plain.state_dict().keys() == fast.state_dict().keys()
    for key, value in plain.sae.state_dict().items():
        torch.testing.assert_close(fast.sae.state_dict()[key], value, msg=key)
    torch.compiler.reset()


@pytest.mark.parametrize(
    ("setting", "mode"),
    [(False, None), (True, "default"), ("reduce-overhead", "reduce-overhead")],
)
def test_a_setting_names_a_mode(setting, mode):
    assert mode_of(setting) == mode


def test_an_unknown_mode_is_refused():
    with pytest.raises(UserError, match="must be true, false or one of default, reduce-overhead"):
        module("topk", compile="fastest")
