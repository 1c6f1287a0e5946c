"""Draws a poster, and saves it around every mark."""

from diffusers import DiffusionPipeline

draw = DiffusionPipeline.from_pretrained("example/diffusion")
picture = draw("a lighthouse").images[0]
picture.save("assets/poster.png")
