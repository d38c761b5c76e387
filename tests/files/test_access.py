import errno

import pytest

from interplm.errors import InaccessibleFile, MissingArtifact
from interplm.files.access import check_readable, telling_access


@pytest.mark.parametrize(
    ("number", "mend"),
    [
        (errno.EACCES, "no permission"),
        (errno.EAGAIN, "another program has locked it: wait for that program to end"),
        (errno.EMFILE, "too many files open: raise the limit with `ulimit -n 4096`"),
        (errno.ENOLCK, "no file locks: set HDF5_USE_FILE_LOCKING=FALSE"),
        (524, "no file locks: set HDF5_USE_FILE_LOCKING=FALSE"),
        (errno.EIO, "input/output error"),
    ],
)
def test_what_the_system_refuses_is_said_with_the_mend(tmp_path, number, mend):
    wanted = rf"/a can't be opened: .*{mend}"
    with pytest.raises(InaccessibleFile, match=wanted), telling_access(tmp_path / "a"):
        raise OSError(number, "no")


@pytest.mark.parametrize(
    ("error", "mend"),
    [
        (RuntimeError("unable to open file <a>: Too many open files (24)"), "too many files open"),
        (RuntimeError("Error while serializing: I/O error: (os error 13)"), "no permission"),
        (OSError("Unable to open file (errno = 11)"), "another program has locked it"),
    ],
)
def test_a_library_that_hides_the_number_is_understood(tmp_path, error, mend):
    with pytest.raises(InaccessibleFile, match=mend), telling_access(tmp_path / "a"):
        raise error


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError(errno.ENOMEM, "no"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"),
    ],
)
def test_too_little_memory_says_nothing_against_a_file(tmp_path, error):
    wanted = r"/a can't be opened: there is not enough memory"
    with pytest.raises(InaccessibleFile, match=wanted), telling_access(tmp_path / "a"):
        raise error


@pytest.mark.parametrize("error", [FileNotFoundError(2, "none"), OSError("not HDF5"), KeyError()])
def test_all_else_passes_through(tmp_path, error):
    with pytest.raises(type(error)), telling_access(tmp_path / "a"):
        raise error


def test_a_pointer_of_git_lfs_is_called_one(tmp_path):
    path = tmp_path / "sae.safetensors"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    with pytest.raises(MissingArtifact, match=r"only points to a file of Git LFS: fetch it"):
        check_readable(path)
