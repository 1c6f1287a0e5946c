"""The models that come with indicia, as a creation names them."""

from __future__ import annotations

from dataclasses import replace

from .backends._models import describe, version_of
from .creation import Model


def picture_model() -> Model:
    """The built-in picture model: its name, and the revision and licence of its folder."""
    from .studio import pictures

    return replace(describe(str(pictures.MODEL), version_of("diffusers")), id="indicia-studio-image")


def video_model() -> Model:
    """The picture model again, as the one that draws the frames of the built-in video."""
    return replace(picture_model(), id="indicia-studio-video")
