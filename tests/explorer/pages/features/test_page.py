from tests.explorer.html import gos, text_of

from interplm.explorer.address import Address
from interplm.explorer.pages.features.page import conditions


def test_a_frame_of_the_map_is_named_and_taken_away(explorer):
    away = {"area": None, "families": None, "page": None}
    html = conditions(explorer, Address({"area": "0,0.5,1,0.75", "families": "Sites|no concept"}))
    assert "in the frame on the map, of Sites, no concept" in text_of(html)
    assert gos(html) == [away]
    assert "in the frame" not in conditions(explorer, Address({"q": "zinc"}))
