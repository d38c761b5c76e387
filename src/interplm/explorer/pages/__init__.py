"""The pages of the explorer: one list, from which app and navigation are made."""

from interplm.explorer.pages.compare import COMPARE
from interplm.explorer.pages.concepts.page import CONCEPTS
from interplm.explorer.pages.feature.page import FEATURE
from interplm.explorer.pages.features.page import FEATURES
from interplm.explorer.pages.overview import OVERVIEW
from interplm.explorer.pages.your_protein.page import YOUR_PROTEIN

PAGES = (OVERVIEW, FEATURES, FEATURE, CONCEPTS, YOUR_PROTEIN, COMPARE)
