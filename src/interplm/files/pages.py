"""Answers that come in pages, each naming the next one in its header Link."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from interplm.files.arriving import arriving
from interplm.files.http_answers import is_web_page, next_page
from interplm.files.retrying import (
    DownloadFailed,
    TryAgain,
    check_worth_retrying,
    connection_faults,
    retrying,
    wait,
)

# What a server says about a refusal is quoted so far.
_LONGEST_QUOTE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page.

    Attributes:
        text: its body.
        headers: of the answer; names in any case.
        next_url: address of the page that follows; None of the last one.
    """

    text: str
    headers: Mapping[str, str]
    next_url: str | None


def get_page(
    url: str,
    parameters: Mapping[str, str],
    *,
    n_attempts: int,
    timeout_s: float,
    check: Callable[[Page], None] = lambda page: None,
    sleep: Callable[[float], None] = wait,
) -> Page:
    """Fetch a page, and again after passing faults.

    Args:
        url: http or https.
        parameters: of the query, added to the address.
        n_attempts: at most.
        timeout_s: longest silence of the server, in seconds.
        check: raises TryAgain for a page that is not whole.
        sleep: for tests.

    Raises:
        DownloadFailed: if it cannot be had; a server's own complaint is quoted.
    """

    def request() -> Page:
        page = _get(url, parameters, timeout_s)
        check(page)
        return page

    def failed(fault: TryAgain) -> DownloadFailed:
        return DownloadFailed(
            f"{url} could not be read ({fault}): run the same command again to go on from here."
        )

    return retrying(request, failed=failed, n_attempts=n_attempts, sleep=sleep)


def _get(url: str, parameters: Mapping[str, str], timeout_s: float) -> Page:
    import requests

    with (
        connection_faults(),
        requests.get(url, dict(parameters), stream=True, timeout=timeout_s) as response,
    ):
        check_worth_retrying(response)
        body = b"".join(arriving(response, timeout_s=timeout_s, decode=True))
        text = body.decode("utf-8", errors="replace")
        if response.status_code != 200:
            said = " ".join(text.split())[:_LONGEST_QUOTE]
            raise DownloadFailed(
                f"{url} refuses the request (the server answers {response.status_code}: {said}): "
                "correct the query, the fields or the address."
            )
        if is_web_page(response):
            raise TryAgain("a web page came in place of the answer")
        return Page(text=text, headers=response.headers, next_url=next_page(response))
