"""The errors a user can cause; a job prints them as one sentence, without a traceback."""


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
