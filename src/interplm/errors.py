"""The errors a user can cause; a job prints them as one sentence, without a traceback."""

import errno
import re

# What a file of a stranger's makes of code that expects what its format says.
UNEXPECTED = (
    TypeError, ValueError, LookupError, AttributeError, ArithmeticError, AssertionError,
    RuntimeError,
)  # fmt: skip
# How PyTorch, oneDNN, CUDA, DuckDB, HDF5 and the system's loader say so, each in its own way.
_NO_MEMORY = re.compile(
    r"^OutOfMemory|allocate memory|unable to allocate|not enough memory|out of memory|bad_alloc"
    r"|could not create a (primitive|memory)|memory allocation failed",
    re.IGNORECASE,
)


class UserError(Exception):
    """Something outside the code is wrong; the message says what, where, and the mend."""


class MalformedInput(UserError):
    """An input file breaks its format; the message names file and line."""


class MissingArtifact(UserError):
    """A file that an earlier job should have made is not there; the message names the command."""


class FingerprintMismatch(UserError):
    """Two artifacts were made from different models, layers or data and must not be combined."""


class BrokenArtifact(UserError):
    """A file exists but is truncated or damaged; the message says how to make it again."""


class InaccessibleFile(UserError):
    """A file is there but can't be opened now; nothing is known to be wrong with its contents."""


def tells_of_memory(error: BaseException) -> bool:
    """Whether there was too little memory, whichever library says it."""
    text = f"{type(error).__name__}: {' '.join(str(error).split())}"
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return True
    return isinstance(error, MemoryError) or _NO_MEMORY.search(text) is not None
