"""Wrap any function that gives a picture or a text: a GAN, a hosted API, code of your own.

python examples/wrap_a_function.py stamp.png
"""

import sys

import numpy as np
from PIL import Image

from indicia.generators import Model, Settings, mark


def call_the_api(prompt: str, *, seed: int) -> Image.Image:
    """The place of your own call: here a pattern of waves, so that the example needs no model."""
    noise = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:512, 0:512] / 512
    waves = [np.sin(20 * noise.random() * rows + 20 * noise.random() * columns + shift) for shift in range(3)]
    return Image.fromarray((np.stack(waves, axis=-1) * 90 + 128 + noise.normal(0, 4, (512, 512, 1))).astype(np.uint8))


def main(target: str) -> None:
    """Call the wrapped function and save what came back."""
    # A function cannot tell which model stands behind it, so its name is given here.
    settings = Settings(provider="ExampleStudio", lang="zh")
    painter = mark(call_the_api, settings=settings, model=Model("example/waves", revision="2026-11", licence="CC0-1.0"))

    made = painter("waves on a grey morning", seed=3)
    made.save(target)

    print(target, "has", ", ".join(made.imprint.layers))
    print("the prompt is kept as a digest only:", made.creation.prompt_sha256[:16], "...")


if __name__ == "__main__":
    main(*sys.argv[1:2])
