"""Which of the proteins given is shown, and which of its features.

Apart from the answer, so that what it refuses can be taken back.
"""

from collections.abc import Sequence

from interplm.errors import UserError
from interplm.explorer.address import Address
from interplm.explorer.context import Explorer
from interplm.explorer.pages.your_protein.asked import SHOWN
from interplm.explorer.pages.your_protein.given import given_proteins, given_text
from interplm.explorer.render.controls import choice, controls, field
from interplm.proteins.records import ProteinRecord


def conditions(explorer: Explorer, address: Address) -> str:
    """The controls; what they are set to stands in the address."""
    text = given_text(address, "protein")
    try:
        records = given_proteins(explorer, text) if text else []
    except UserError:
        return ""  # The answer says what is wrong.
    if not records:
        return ""
    parts = [*_records(records), choice("show", "Features", SHOWN)]
    if not (address.has("mutations") or address.has("other")):
        parts += [
            choice("rank", "Ordered by", {"maximum": "maximum", "mean": "mean",
                                          "extent": "extent: residues"}),
            field("region", "Region", kind="text", hint="120-140"),
        ]  # fmt: skip
    return controls(*parts)


def _records(records: Sequence[ProteinRecord]) -> list[str]:
    """Which of several proteins is shown; changes are those of one of them."""
    if len(records) < 2:
        return []
    names = {
        str(number): f"{number}. {record.accession[:60]}"
        for number, record in enumerate(records, start=1)
    }
    resets = "mutations region chosen saturate"
    return [choice("record", f"Protein, of {len(records):,}", names, resets=resets)]
