"""The Hugging Face hub, by the package `huggingface_hub` of the extra `huggingface`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from interplm.errors import UserError
from interplm.files.offline import is_offline


def hub_package() -> ModuleType:
    """The package.

    Raises:
        UserError: where it is absent.
    """
    try:
        import huggingface_hub
    except ImportError as error:
        raise UserError(
            "The Hugging Face hub needs the package huggingface_hub: install the extra with "
            "`pip install interplm[huggingface]`, or give a local folder."
        ) from error
    return huggingface_hub


def snapshot(repo_id: str, *, revision: str | None, patterns: Sequence[str]) -> Path:
    """The files of a repository that match, from its cache or downloaded into it.

    Nothing is asked of the network where HF_HUB_OFFLINE=1 or INTERPLM_OFFLINE=1.

    Args:
        repo_id: owner/name.
        revision: branch, tag or commit; None for the main branch.
        patterns: of the wanted files.

    Returns:
        The local folder that holds them.

    Raises:
        UserError: if the hub has no such repository or cannot be reached and nothing is cached, or
            the package is absent.
    """
    hub = hub_package()
    with plain_hub_errors(f"{repo_id} is no folder here, and"):
        folder = hub.snapshot_download(
            repo_id,
            revision=revision,
            allow_patterns=list(patterns),
            library_name="interplm",
            local_files_only=is_offline(),
        )
    return Path(folder)


@contextmanager
def plain_hub_errors(subject: str) -> Iterator[None]:
    """What the hub or the network refuses, as one sentence that begins with `subject`."""
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    # FileNotFoundError: no connection, and nothing of it in the cache.
    expected: tuple[type[Exception], ...]
    expected = (HFValidationError, FileNotFoundError, *_http_errors(HfHubHTTPError))
    try:
        yield
    except expected as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise UserError(
            f"{subject} could not be used on the Hugging Face hub ({reason}): check the name and "
            "the connection, and log in with `hf auth login` for what is private or to be written."
        ) from error


def _http_errors(hub_error: type[Exception]) -> list[type[Exception]]:
    """The hub's own error and the one it extends, which also stands for a lost connection.

    That is one of requests, httpx or httpx2, by the version of huggingface_hub.
    """
    return [
        base
        for base in hub_error.__mro__
        if issubclass(base, Exception) and base not in (Exception, OSError)
    ]
