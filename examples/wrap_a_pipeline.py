"""Wrap a diffusers pipeline: what it draws leaves marked in every layer, or not at all.

python examples/wrap_a_pipeline.py FOLDER_OF_A_PIPELINE "a dog in a meadow" dog.png
"""

import sys

from diffusers import AutoPipelineForText2Image

from indicia.generators import Settings, mark


def main(folder: str, prompt: str, target: str) -> None:
    """Draw one picture with the pipeline in `folder`."""
    pipe = AutoPipelineForText2Image.from_pretrained(folder, local_files_only=True)

    painter = mark(pipe, settings=Settings(provider="ExampleStudio", lang="en"))
    made = painter.to(target, prompt, num_inference_steps=20, seed=7)  # otherwise called as the pipeline is

    print(target, "has", ", ".join(made.imprint.layers))
    print("record", made.record, "- seed", made.creation.seed, "- model", made.creation.model.id)


if __name__ == "__main__":
    main(*sys.argv[1:4])
