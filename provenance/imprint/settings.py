"""What is to be put on a work, and on whose behalf."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal

from .. import home
from ..errors import UsageError


class Layer(StrEnum):
    """The layers of a marked work. The order they stand in here is the order they are laid in, always.

    Each covers those before it: the watermark carries the visible label through a crop, the metadata goes into the
    file that will be signed, the fingerprints are of the finished content, and the signature covers all of it.
    """

    VISIBLE = "visible"
    WATERMARK = "watermark"
    METADATA = "metadata"
    FINGERPRINT = "fingerprint"
    SIGNATURE = "signature"
    RECORD = "record"


ALL_LAYERS = frozenset(Layer)


@dataclass(frozen=True, slots=True)
class Settings:
    """How works are marked. Folders and the registry that are not given are the user's own (`home`).

    `provider` is the name or the 27-character code of who answers for the content; it stands in the AIGC field and
    the IPTC credit. Without it $INDICIA_PROVIDER counts, then the signing certificate. `label` is the AIGC class:
    1 is generated, 2 possibly, 3 suspected.
    """

    provider: str = ""
    lang: Literal["zh", "en"] = "zh"  # of the visible and written labels
    wording: str = ""  # of the visible label, instead of the language's own
    place: str = "bottom_right"  # of the visible label in pictures
    text_place: Literal["start", "end", "corner"] = "start"  # of the written label in texts
    label: str = "1"
    layers: frozenset[Layer] = ALL_LAYERS
    image_mark: str = "tile"
    text_mark: str = "greenlist"
    image_format: str = "png"
    text_format: str = "text"
    video_format: str = "mp4"
    sound_format: str = "wav"
    sound_form: Literal["speech", "rhythm"] = "speech"  # of the label that is heard
    quality: int = 95  # of JPEG and WebP
    keep_prompt: bool = False
    training_mining: tuple[tuple[str, str], ...] = ()  # (entry, use): ("ai_generative_training", "notAllowed")
    registry: str = ""
    keys: Path | None = None
    creations: Path | None = None
    produce_id: Callable[[], str] | None = field(default=None, compare=False)

    @property
    def registry_url(self) -> str:
        """The registry that records go to."""
        return self.registry or home.registry_url()

    @property
    def keys_folder(self) -> Path:
        """The folder of the signing and watermark keys."""
        return self.keys or home.keys_folder()

    @property
    def creations_folder(self) -> Path:
        """The folder of the creation log."""
        return self.creations or home.data_folder() / "creations"

    def __contains__(self, layer: Layer) -> bool:
        return layer in self.layers


def check(settings: Settings) -> Settings:
    """The settings themselves, if they can be carried out.

    Raises:
        UsageError: a value that no layer knows, or a set of layers that holds nothing.
    """
    if not settings.layers:
        raise UsageError("every layer is switched off: there is nothing to do")
    for value, allowed, name in (
        (settings.lang, ("zh", "en"), "lang"),
        (settings.label, ("1", "2", "3"), "label"),
    ):
        if value not in allowed:
            raise UsageError(f"{name} {value!r} is not known; choose {' or '.join(allowed)}")
    if not 1 <= settings.quality <= 100:
        raise UsageError(f"quality {settings.quality} is not within 1..100")
    return settings
