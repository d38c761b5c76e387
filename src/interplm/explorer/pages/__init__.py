"""The pages of the explorer: one list, from which app and navigation are made."""

from interplm.explorer.pages.concepts.page import concepts_page
from interplm.explorer.pages.feature.page import feature_page
from interplm.explorer.pages.features.page import features_page
from interplm.explorer.pages.frame import Page
from interplm.explorer.pages.overview import overview_page
from interplm.explorer.pages.your_protein.page import your_protein_page

PAGES = (
    Page("Overview", "", overview_page),
    Page("Features", "features", features_page),
    Page("Feature", "feature", feature_page, in_navigation=False),
    Page("Concepts", "concepts", concepts_page),
    Page("Your protein", "your-protein", your_protein_page),
)
