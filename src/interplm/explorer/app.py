"""The pages of the explorer put together."""

import gradio as gr

from interplm.explorer.api import add_api
from interplm.explorer.context import Explorer
from interplm.explorer.tabs.concepts import concepts_tab
from interplm.explorer.tabs.feature import feature_tab
from interplm.explorer.tabs.features import features_tab
from interplm.explorer.tabs.overview import overview_tab
from interplm.explorer.tabs.your_protein import your_protein_tab


def build_app(explorer: Explorer) -> gr.Blocks:
    """Pages `/`, `/features`, `/feature`, `/concepts`, `/your-protein`, and the API."""
    with gr.Blocks(title="InterPLM", analytics_enabled=False) as app:
        overview_tab(explorer)
        add_api(explorer)
    with app.route("Features", "features") as page:
        features_tab(explorer, page)
    with app.route("Feature", "feature", show_in_navbar=False) as page:
        feature_tab(explorer, page)
    with app.route("Concepts", "concepts") as page:
        concepts_tab(explorer, page)
    with app.route("Your protein", "your-protein"):
        your_protein_tab(explorer)
    return app
