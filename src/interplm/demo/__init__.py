"""What the demo needs and no download: a generated proteome and a small trained ESM-2."""

from interplm.demo.planted import PlantedFeature, planted_concepts
from interplm.demo.plm import esm2_demo_weights
from interplm.demo.proteome import DemoProtein, generate_proteome, write_proteome
from interplm.demo.source import demo_source

__all__ = [
    "DemoProtein",
    "PlantedFeature",
    "demo_source",
    "esm2_demo_weights",
    "generate_proteome",
    "planted_concepts",
    "write_proteome",
]
