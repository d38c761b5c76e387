"""SAEs as this package exports them: `sae.yaml` and `sae.safetensors`, alone or in a run."""

from interplm.interchange.imported import Imported, export_in
from interplm.interchange.layout import Layout
from interplm.interchange.source import Source
from interplm.sae import load_normalized_sae, load_sae
from interplm.sae.export import DESCRIPTION_FILE, WEIGHTS_FILE, read_description

NAME = "InterPLM"


def _recognises(source: Source) -> bool:
    if source.is_file:
        return source.path.name == WEIGHTS_FILE and source.holds(DESCRIPTION_FILE)
    return export_in(source.folder) is not None


def _read(source: Source) -> Imported:
    folder = export_in(source.folder)
    assert folder is not None
    trained_on = read_description(folder)["trained_on"]
    load = load_normalized_sae if source.options.scale == "normalized" else load_sae
    return Imported(sae=load(folder), format=NAME, trained_on=trained_on)


LAYOUT = Layout(
    name=NAME,
    looked_for=f"{DESCRIPTION_FILE} or sae/{DESCRIPTION_FILE}",
    recognises=_recognises,
    read=_read,
)
