"""The page of one feature, `feature?feature=1503`."""

import base64
import binascii
from collections.abc import Callable

from interplm.errors import MalformedInput
from interplm.explorer.address import Address
from interplm.explorer.context import Explorer
from interplm.explorer.pages.feature.proteins import chosen_protein, example_of, protein_rows
from interplm.explorer.pages.feature.ribbon import coloured_structure, local_structure
from interplm.explorer.pages.feature.summary import feature_below, feature_top, no_feature
from interplm.explorer.pages.page import Page, Part, Show
from interplm.explorer.render.controls import controls, radios
from interplm.features.database.records import BUCKETS, Feature

ALIGNMENTS = ("peak", "start")


def of_feature(show: Callable[[Explorer, Feature, Address], str]) -> Show:
    """A part for the feature that the address names, or a sentence where there is none."""

    def shown(explorer: Explorer, address: Address) -> str:
        number = address.number("feature")
        feature = None if number is None else explorer.reader.feature(number)
        return no_feature(explorer) if feature is None else show(explorer, feature, address)

    return shown


def top(explorer: Explorer, feature: Feature, address: Address) -> str:
    """Heading, histogram, motif and concepts."""
    return feature_top(explorer, feature)


def rows(explorer: Explorer, feature: Feature, address: Address) -> str:
    """Its proteins of one range of activation."""
    bucket, align = address.choice("bucket", BUCKETS), address.choice("align", ALIGNMENTS)
    return protein_rows(explorer, feature, bucket=bucket, align=align)


def whole(explorer: Explorer, feature: Feature, address: Address) -> str:
    """One protein in full, the strongest where none is chosen."""
    return chosen_protein(explorer, feature, address.text("accession") or None)


def structure(explorer: Explorer, feature: Feature, address: Address) -> str:
    """The structure of that protein: the one given, AlphaFold DB's, or that of the folder."""
    accession = address.text("accession") or None
    if address.has("structure"):
        name, content = _given(explorer, address)
        text = explorer.structures.text_of(content, name)
        return coloured_structure(explorer, feature, accession, text, name)
    example = example_of(explorer, feature, accession)
    if example is not None and address.has("alphafold"):
        protein = explorer.reader.proteins([example.accession])[example.accession]
        path = explorer.structures.fetch(example.accession, protein.sequence)
        text = explorer.structures.read(path)
        return coloured_structure(explorer, feature, accession, text, path.name)
    return local_structure(explorer, feature, accession)


def _given(explorer: Explorer, address: Address) -> tuple[str, bytes]:
    """Name and content of the structure file that came with the question.

    Raises:
        MalformedInput: if it is too large, or no file at all.
    """
    name = address.text("structure_name") or "the file"
    encoded = str(address.entries["structure"])
    most = explorer.max_upload_bytes
    if len(encoded) * 3 // 4 > most + 3:
        raise MalformedInput(
            f"{name} is larger than {most / 1e6:.0f} MB, the limit: give a smaller one."
        )
    try:
        return name, base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedInput(f"{name} did not arrive whole: choose it again.") from error


def below(explorer: Explorer, feature: Feature, address: Address) -> str:
    """Similar features, features that fire with it, and enriched whole-protein labels."""
    return feature_below(explorer, feature)


def structure_sources(explorer: Explorer, address: Address) -> str:
    """Where a structure may come from."""
    alphafold = (
        '<button type="button" class="ip-button" data-go="{&quot;alphafold&quot;:&quot;1&quot;}">'
        "Ask AlphaFold DB</button>"
        if explorer.structures.asks_alphafold
        else ""
    )
    return controls(
        '<label class="ip-button">Open PDB or mmCIF<input type="file" data-attach="structure" '
        f'data-most="{explorer.max_upload_bytes}" accept=".pdb,.cif,.ent,.gz"></label>',
        alphafold,
    )


FEATURE = Page(
    name="Feature",
    path="feature",
    in_navigation=False,
    layout=(
        '{top}<h2 class="ip-alone">Proteins where it fires</h2>'
        + controls(
            radios("bucket", "Maximum in the protein", BUCKETS),
            radios("align", "Align at", ALIGNMENTS),
        )
        + '{rows}{whole}<h2 class="ip-alone">Structure</h2>{sources}{structure}{below}'
    ),
    parts=(
        Part(name="top", needs=("feature",), show=of_feature(top)),
        Part(name="rows", needs=("feature", "bucket", "align"), show=of_feature(rows)),
        Part(name="whole", needs=("feature", "accession"), show=of_feature(whole)),
        Part(name="sources", show=structure_sources),
        Part(
            name="structure",
            needs=("feature", "accession", "alphafold", "structure", "structure_name"),
            show=of_feature(structure),
        ),
        Part(name="below", needs=("feature",), show=of_feature(below)),
    ),
)
