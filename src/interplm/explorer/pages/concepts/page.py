"""The Concepts page."""

import gradio as gr

from interplm.explorer.context import Explorer
from interplm.explorer.pages.concepts.concept import concept_page
from interplm.explorer.pages.concepts.proteins import checked_verdicts, stored_verdicts
from interplm.explorer.pages.frame import DIRECT, html, sentence


def concepts_page(explorer: Explorer, page: gr.Blocks) -> None:
    """A concept is chosen above, or in the address: `concepts?concept=Signal%20peptide`."""
    names = [row.concept for row in explorer.reader.concepts]
    with gr.Row(elem_classes="ip-controls ip-narrow"):
        concept = gr.Dropdown(names, value=None, label="Concept", min_width=280)
    shown = html(elem_id="concept")
    with gr.Group(visible=False, elem_classes="ip-flat") as proteins:
        html('<h2 class="ip-alone">Proteins of the best feature</h2>')
        verdicts = html(elem_id="verdicts")
        check = gr.Button(
            "Read annotated proteins with the model",
            visible=explorer.encoder is not None,
            size="sm",
            elem_classes="ip-small",
        )
    page_of, stored = sentence(concept_page), sentence(stored_verdicts)

    def chosen(name: str | None) -> tuple[str, str, gr.Group]:
        verdicts = stored(explorer, name)
        return page_of(explorer, name), verdicts, gr.Group(visible=bool(verdicts))

    def opened(request: gr.Request) -> tuple[str | None, str, str, gr.Group]:
        wanted = request.query_params.get("concept")
        name = wanted if wanted in names else None
        return (name, *chosen(name))

    @sentence
    def checked(name: str | None, progress: gr.Progress = gr.Progress()) -> str:  # noqa: B008
        return checked_verdicts(explorer, name, progress)

    page.load(opened, None, [concept, shown, verdicts, proteins], **DIRECT)
    concept.input(chosen, concept, [shown, verdicts, proteins], **DIRECT)
    check.click(checked, concept, verdicts, api_visibility="private")
