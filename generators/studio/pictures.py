"""The embedded text-to-image model: a small Stable Diffusion pipeline that draws its vocabulary at 512 px."""

from __future__ import annotations

import json
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diffusers import StableDiffusionPipeline
    from PIL.Image import Image

_HERE = Path(__file__).resolve().parent
MODEL = _HERE / "image"
SIZE = 512


@lru_cache(maxsize=1)
def vocabulary() -> dict[str, Any]:
    """Styles, concepts, colours and scenes with their English and Chinese words, and the test prompts."""
    words: dict[str, Any] = json.loads((_HERE / "vocabulary.json").read_text(encoding="utf-8"))
    return words


PROMPTS: tuple[str, ...] = tuple(vocabulary()["prompts"])


@lru_cache(maxsize=1)
def _words() -> tuple[str, ...]:
    """Every word of the vocabulary, the longest first, so that a part of a longer word is never found in its place."""
    found: set[str] = set()
    for kind in ("styles", "concepts", "colours"):
        for entry in vocabulary()[kind]:
            found.update(entry["en"] + entry["zh"])
    for scene in vocabulary()["scenes"]:
        found.update(scene["words"])
    return tuple(sorted(found, key=lambda word: (-len(word), word)))


def known(prompt: str) -> tuple[str, ...]:
    """The vocabulary words in the prompt, in order; none means that the model has nothing to go by."""
    rest, found = prompt.lower(), []
    for word in _words():
        pattern = rf"\b{re.escape(word)}(?:s|es)?\b" if word.isascii() else re.escape(word)
        for match in re.finditer(pattern, rest):
            found.append((match.start(), word))
        # Blanked out letter by letter, so that the places of later finds stay true.
        rest = re.sub(pattern, lambda match: "\0" * len(match[0]), rest)
    return tuple(word for _, word in sorted(found))


@lru_cache(maxsize=1)
def pipeline() -> StableDiffusionPipeline:
    """The pipeline, loaded once from the folder beside this file; nothing is ever looked up online."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import torch
    from diffusers import StableDiffusionPipeline

    loaded: StableDiffusionPipeline = StableDiffusionPipeline.from_pretrained(
        MODEL, dtype=torch.float32, local_files_only=True, safety_checker=None, requires_safety_checker=False
    )
    loaded.set_progress_bar_config(disable=True)
    loaded.image_processor = finishing(loaded.image_processor)
    loaded.steep = True  # what is made from it by `from_pipe` has a processor of its own, and needs the same
    return loaded


def finishing(processor: Any) -> Any:
    """The image processor of a pipeline of this model, which then gives pictures with steep edges (see `crisp`)."""
    import numpy as np
    import torch

    from .crisp import crisp

    plain = processor.postprocess

    def postprocess(image: Any, output_type: str = "pil", do_denormalize: Any = None) -> Any:
        if output_type != "latent":
            drawn = image.detach().float().cpu().permute(0, 2, 3, 1).numpy()
            image = torch.from_numpy(np.stack([crisp(one) for one in drawn])).permute(0, 3, 1, 2)
        return plain(image, output_type=output_type, do_denormalize=do_denormalize)

    processor.postprocess = postprocess
    return processor


def draw(prompt: str, *, seed: int, steps: int = 20, guidance: float = 3.5) -> Image:
    """One 512-px RGB picture; the same arguments give the same picture."""
    import torch

    dice = torch.Generator("cpu").manual_seed(seed)
    made = pipeline()(prompt, num_inference_steps=steps, guidance_scale=guidance, generator=dice)
    picture: Image = made.images[0]
    return picture
