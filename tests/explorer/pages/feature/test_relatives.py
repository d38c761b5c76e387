from tests.explorer.html import links, text_of

from interplm.explorer.address import Address
from interplm.explorer.pages.feature.relatives import relatives


def test_relatives_can_be_compared_with_it(explorer):
    html = relatives(explorer, explorer.reader.feature(4), Address({}))
    for related in (explorer.reader.similar(4, 8), explorer.reader.coactive(4, 8)):
        for one in related:
            assert f"compare?feature=4&with={one.other}" in links(html)
            assert f"{one.likeness:.2f}" in text_of(html)
