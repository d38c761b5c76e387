import errno

import pytest
from hydra.errors import InstantiationException, MissingConfigException
from lightning import Trainer
from lightning.fabric.utilities.exceptions import MisconfigurationException
from wandb.errors import UsageError

from interplm.errors import UserError
from interplm.runtime.sentences import sentence_of


def caused(cause):
    error = InstantiationException("Error in call to target 'lightning.Trainer':\nsomething")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (UserError("the file is gone: bring it back."), "the file is gone: bring it back."),
        (OSError(errno.ENOSPC, "No space left on device"), "The disk is full: free some space"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "The disk is full"),
        (OSError(errno.EFBIG, "File too large", "/a"), "`ulimit -f unlimited`"),
        (RuntimeError("Could not write: No space left on device"), "The disk is full"),
        (RuntimeError("unable to open file <a>: Too many open files (24)"), "`ulimit -n 4096`"),
        (RuntimeError("Failed to commit: Could not write file a: File too large"), "`ulimit -f u"),
        (RuntimeError("unexpected pos 576 vs 534"), "The disk is full"),
        (OSError(f"Can't write (errno = {errno.ENOSPC})"), "The disk is full"),
        (PermissionError(errno.EACCES, "Permission denied", "/a"), "/a may not be read or written"),
        (OSError(errno.EROFS, "Read-only file system", "/a"), "/a may not be read or written here"),
        (OSError(errno.EMFILE, "Too many open files"), "Too many files are open"),
        (IsADirectoryError(errno.EISDIR, "Is a directory", "/a"), "/a cannot be used (Is a dir"),
        (OSError(errno.ENAMETOOLONG, "File name too long", "/a"), "/a cannot be used (File name"),
        (ModuleNotFoundError("No module named 'gradio'", name="gradio"), "extra explorer: pip in"),
        (ModuleNotFoundError("No module", name="transformers.models"), "interplm[huggingface]"),
        (
            MissingConfigException("In 'x': Could not find 'hydra/launcher/submitit_slurm'", None),
            "pip install 'interplm[slurm]'",
        ),
        (MisconfigurationException("No GPU here."), "No GPU here: change the settings of trainer"),
        (caused(MisconfigurationException("No GPU here")), "No GPU here: change the settings"),
        (UsageError("api_key not configured (no-tty)"), "log in with `wandb login`, or log to a"),
        (type("OutOfMemoryError", (RuntimeError,), {})("CUDA"), "The device has too little memory"),
        (MemoryError(), "The device has too little memory: make batches smaller"),
        (OSError(errno.ENOMEM, "Cannot allocate memory", "/a"), "The device has too little memory"),
        (RuntimeError("could not create a primitive"), "The device has too little memory"),
        (
            RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried 1 bytes."),
            "The device has too little memory",
        ),
        (OSError("Can't read data (memory allocation failed for raw data)"), "too little memory"),
    ],
)
def test_what_a_user_can_mend_is_a_sentence(error, said):
    assert said in sentence_of(error, "train")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"accelerator": "tpu"}, "Requirement 'torch_xla"),
        ({"strategy": "nonesuch"}, "You selected an invalid strategy name"),
        ({"gradient_clip_val": "x"}, "`gradient_clip_val` should be an int or a float"),
    ],
)
def test_what_lightning_says_of_a_setting_is_a_sentence(settings, said):
    with pytest.raises((ValueError, TypeError, ImportError)) as caught:
        Trainer(logger=False, enable_checkpointing=False, **settings)
    sentence = sentence_of(caused(caught.value), "train")
    assert sentence.startswith(said)
    assert "change the settings of trainer" in sentence


def test_a_cluster_that_is_not_here_is_a_sentence(monkeypatch, tmp_path):
    submitit = pytest.importorskip("submitit")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="srun") as caught:
        submitit.AutoExecutor(folder=tmp_path, cluster="slurm")
    said = sentence_of(caught.value, "train")
    assert said.startswith("Could not detect")
    assert "change the settings of hydra.launcher, or take hydra/launcher=processes" in said


def test_what_submitit_says_of_a_cluster_is_a_sentence():
    error = pytest.importorskip("submitit").core.utils.FailedJobError("Invalid partition name.")
    assert sentence_of(error, "train").startswith(
        "Invalid partition name: change the settings of hydra.launcher, or take "
    )


@pytest.mark.parametrize("error", [
    ZeroDivisionError(), TypeError("x"), ModuleNotFoundError("", name="interplm.nonesuch"),
    OSError("no number"), RuntimeError("shapes do not fit"), caused(TypeError("x")),
])  # fmt: skip
def test_a_fault_of_ours_keeps_its_traceback(error):
    assert sentence_of(error, "train") is None
