"""The page of one feature, `feature?feature=1503`."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import gradio as gr

from interplm.explorer.context import Explorer
from interplm.explorer.pages.feature.proteins import chosen_protein, example_of, protein_rows
from interplm.explorer.pages.feature.ribbon import coloured_structure, local_structure
from interplm.explorer.pages.feature.summary import (
    feature_below,
    feature_number,
    feature_top,
    no_feature,
)
from interplm.explorer.pages.frame import CLICKS, DIRECT, html, sentence
from interplm.features.database.records import BUCKETS, Feature

# Pages remembered; each takes about 150 kB.
_N_REMEMBERED = 256


def feature_page(explorer: Explorer, page: gr.Blocks) -> None:
    """Everything of one feature; which one is in the address."""
    top = html()
    with gr.Group(visible=True, elem_classes="ip-flat"):
        html('<h2 class="ip-alone">Proteins where it fires</h2>')
        with gr.Row(elem_classes="ip-controls"):
            bucket = gr.Radio(list(BUCKETS), value="top", label="Maximum in the protein", scale=3)
            align = gr.Radio(["peak", "start"], value="peak", label="Align at", scale=1)
        rows = html(js_on_load=CLICKS, elem_id="protein-rows")
        whole = html(elem_id="whole-protein")
        html('<h2 class="ip-alone">Structure</h2>')
        with gr.Row(elem_classes="ip-controls ip-buttons"):
            upload = gr.UploadButton(
                "Upload PDB or mmCIF", file_types=[".pdb", ".cif", ".ent", ".gz"], size="sm"
            )
            alphafold = gr.Button(
                "Ask AlphaFold DB", visible=explorer.structures.asks_alphafold, size="sm"
            )
        structure = html(elem_id="structure")
    below = html()
    chosen = gr.State(None)
    show = _Shown(explorer)

    def opened(request: gr.Request) -> list[str]:
        number = feature_number(request.query_params.get("feature"))
        return list(show.page(-1 if number is None else number))

    def refreshed(bucket: str, align: str, request: gr.Request) -> str:
        return show.rows(request, bucket, align)

    def picked(event: gr.EventData, request: gr.Request) -> tuple[str, str, str | None]:
        accession = str((event._data or {}).get("pick", ""))
        return show.whole(request, accession), show.structure(request, accession), accession

    page.load(opened, None, [top, rows, whole, structure, below], **DIRECT)
    for control in (bucket, align):
        control.change(refreshed, [bucket, align], rows, **DIRECT)
    rows.select(picked, None, [whole, structure, chosen], **DIRECT)
    upload.upload(show.uploaded, [upload, chosen], structure, **DIRECT)
    alphafold.click(show.fetched, chosen, structure, **DIRECT)


class _Shown:
    """The answers to the page's events, each a piece of HTML."""

    def __init__(self, explorer: Explorer) -> None:
        self._explorer = explorer
        self.page = lru_cache(_N_REMEMBERED)(self._page)

    def feature(self, request: gr.Request) -> Feature | None:
        number = feature_number(request.query_params.get("feature"))
        return None if number is None else self._explorer.reader.feature(number)

    def _page(self, number: int) -> tuple[str, ...]:
        explorer = self._explorer
        feature = explorer.reader.feature(number)
        if feature is None:
            return (no_feature(explorer), "", "", "", "")
        return (
            feature_top(explorer, feature),
            protein_rows(explorer, feature, bucket="top", align="peak"),
            chosen_protein(explorer, feature, None),
            sentence(local_structure)(explorer, feature, None),
            feature_below(explorer, feature),
        )

    @sentence
    def rows(self, request: gr.Request, bucket: str, align: Any) -> str:
        feature = self.feature(request)
        if feature is None or bucket not in BUCKETS or align not in ("peak", "start"):
            return no_feature(self._explorer)
        return protein_rows(self._explorer, feature, bucket=bucket, align=align)

    @sentence
    def whole(self, request: gr.Request, accession: str) -> str:
        feature = self.feature(request)
        if feature is None:
            return no_feature(self._explorer)
        return chosen_protein(self._explorer, feature, accession)

    @sentence
    def structure(self, request: gr.Request, accession: str) -> str:
        feature = self.feature(request)
        if feature is None:
            return no_feature(self._explorer)
        return local_structure(self._explorer, feature, accession)

    @sentence
    def uploaded(self, path: str, accession: str | None, request: gr.Request) -> str:
        feature = self.feature(request)
        if feature is None:
            return no_feature(self._explorer)
        return coloured_structure(self._explorer, feature, accession, Path(path))

    @sentence
    def fetched(self, accession: str | None, request: gr.Request) -> str:
        feature = self.feature(request)
        example = example_of(self._explorer, feature, accession) if feature else None
        if feature is None or example is None:
            return no_feature(self._explorer)
        path = self._explorer.structures.fetch(example.accession)
        return coloured_structure(self._explorer, feature, example.accession, path)
