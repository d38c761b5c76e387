"""The feature explorer: a Gradio app over the feature database."""

from interplm.explorer.app import build_app
from interplm.explorer.context import Explorer
from interplm.explorer.server import serve
from interplm.explorer.structures.library import StructureLibrary
from interplm.features.encoding.sequence import SequenceEncoder

__all__ = ["Explorer", "SequenceEncoder", "StructureLibrary", "build_app", "serve"]
