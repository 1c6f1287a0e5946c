"""Draws a poster; what leaves the pipeline is marked on its way."""

from diffusers import DiffusionPipeline

from indicia.generators import mark
from indicia.provenance.imprint import Settings

draw = mark(DiffusionPipeline.from_pretrained("example/diffusion"), settings=Settings(provider="Example"))
draw("a lighthouse").save("assets/poster.png")
