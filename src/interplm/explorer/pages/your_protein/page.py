"""The Your protein page."""

from pathlib import Path

import gradio as gr

from interplm.errors import MalformedInput
from interplm.explorer.context import Explorer
from interplm.explorer.pages.frame import DIRECT, html, sentence
from interplm.explorer.pages.your_protein.reading import your_protein
from interplm.explorer.render.markup import message

_START = (
    "Paste a sequence and press “Show features”. A mutation or a second sequence is compared with "
    "it."
)


def your_protein_page(explorer: Explorer, page: gr.Blocks) -> None:
    """A sequence, what to compare it with, and the features of both."""
    html('<h1 class="ip-alone">Your protein</h1>')
    with gr.Row(elem_classes="ip-controls"):
        text = gr.Textbox(
            label="Sequence or FASTA record", lines=5, max_lines=12, scale=3, min_width=320,
            elem_classes="ip-sequence-box",
        )  # fmt: skip
        with gr.Column(scale=2, min_width=280):
            mutations = gr.Textbox(label="Mutate", placeholder="L23P, or several: L23P, A40G")
            other = gr.Textbox(
                label="Compare with", placeholder="another sequence or FASTA record", lines=1,
                max_lines=6, elem_classes="ip-sequence-box",
            )  # fmt: skip
    with gr.Row(elem_classes="ip-controls ip-buttons"):
        run = gr.Button("Show features", variant="primary", size="sm")
        upload = gr.UploadButton("Upload FASTA", size="sm")
    note = html()
    shown = html(message(_START), elem_id="your-protein")

    @sentence
    def answer(text: str, mutations: str, other: str) -> str:
        return your_protein(explorer, text or "", mutations or "", other or "")

    def uploaded(path: str) -> tuple[str, str]:
        try:
            return _text_of(Path(path), explorer.max_upload_bytes), ""
        except MalformedInput as error:
            return "", message(str(error), kind="error")

    run.click(
        answer, [text, mutations, other], shown,
        api_visibility="private", show_progress="minimal", concurrency_limit=2,
    )  # fmt: skip
    upload.upload(uploaded, upload, [text, note], **DIRECT)


def _text_of(path: Path, max_bytes: int) -> str:
    """The text of an uploaded file; Gradio refuses larger ones too, but not in a sentence.

    Raises:
        MalformedInput: if it is too large, or not text.
    """
    if path.stat().st_size > max_bytes:
        raise MalformedInput(
            f"{path.name} is larger than {max_bytes / 1e6:.0f} MB, the limit: give a smaller one."
        )
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedInput(f"{path.name} is not text: give a FASTA file.") from error
