"""Steps from page to page of a list."""

from interplm.explorer.render.markup import data


def pager(page: int, last: int, *, name: str = "Pages of the list") -> str:
    """First, previous, next and last of pages counted from 0; the address counts from 1.

    Args:
        page: that is shown.
        last: there is.
        name: for screen readers, another one for each on a page.
    """
    if last == 0:
        return ""

    def step(target: int, text: str, said: str) -> str:
        is_off = not 0 <= target <= last or target == page
        goes = data({"page": str(target + 1) if target > 0 else None})
        return (
            f'<button type="button" data-go="{goes}" aria-label="{said}"'
            f"{' disabled' if is_off else ''}>{text}</button>"
        )

    return (
        f'<nav class="ip-pager" aria-label="{name}">{step(0, "«", "first page")}'
        f"{step(page - 1, '‹', 'previous page')}<span>page {page + 1:,} of {last + 1:,}</span>"
        f"{step(page + 1, '›', 'next page')}{step(last, '»', 'last page')}</nav>"
    )
