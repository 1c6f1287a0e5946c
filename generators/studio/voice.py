"""The embedded English voice: `hibari-tts`, 8 MB of weights in a wheel, spoken a hundred times faster than real time.

It is a small network distilled from Kokoro's voice "heart" (Apache-2.0). It takes no recording of anybody. It speaks
English only; docs/generating.md says why no Chinese voice is offered.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...provenance.errors import BadContent, MissingExtra, Unsupported
from ...provenance.media import Sound
from ..creation import Model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PACKAGE, VERSION, LICENCE = "hibari-tts", "0.2.1", "Apache-2.0"
NAME = "hibari-heart"
LONGEST = 20_000  # characters of one call, about 20 minutes of speech

# The weights that speak, and those that guess how an unknown word is said.
WEIGHTS = {
    "hibari.onnx": "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8",
    "oov.onnx": "d3cfd8122c5f172a98c8de38268bf1213ee09f2c2ae4df6e055fc6532590fe76",
}


class Heart:
    """The voice. Loading it takes a second, speaking next to none. The same text and seed give the same samples."""

    languages = ("en",)

    @property
    def model(self) -> Model:
        """Its name, its version and its licence."""
        return Model(NAME, VERSION, LICENCE, f"{PACKAGE} {VERSION}")

    def say(self, text: str, lang: str = "en", *, seed: int = 0, speed: float = 1.0) -> Sound:
        """The text, spoken: one channel at 24 kHz. `speed` is 1 as the voice was trained, 2 twice as fast.

        Raises:
            Unsupported: another language, nothing that can be spoken, or a speed outside 0.5..2.
            MissingExtra, BadContent: the engine is not installed, or not the one that is pinned.
        """
        if lang not in self.languages:
            raise Unsupported(f"the built-in voice speaks English, not {lang!r}; give a voice of your own")
        if not 0.5 <= speed <= 2:
            raise Unsupported(f"speed {speed} is outside 0.5..2")
        if len(text) > LONGEST:
            raise Unsupported(f"{len(text)} characters in one call are too many; give at most {LONGEST}")
        if any("\u3400" <= letter <= "\u9fff" for letter in text):
            raise Unsupported("the built-in voice speaks English and cannot read Chinese; give a voice of your own")
        if not any(letter.isalnum() for letter in text):
            raise Unsupported("the text has no word in it that can be spoken")
        samples: NDArray[np.float32] = _engine()(text, speed=speed, seed=seed)
        if not len(samples):
            raise Unsupported("the text has nothing in it that the built-in voice can speak")
        return Sound(samples[:, None], 24_000)


def folder() -> Path | None:
    """Where the package's weights lie; None when it is not installed. Nothing of it is run."""
    found = importlib.util.find_spec("hibari")
    return Path(found.origin).parent / "assets" if found is not None and found.origin else None


@functools.lru_cache(maxsize=1)
def _engine() -> Any:
    where = folder()
    if where is None or importlib.util.find_spec("onnxruntime") is None:
        raise MissingExtra("the built-in voice", "speech")
    if importlib.metadata.version(PACKAGE) != VERSION:
        raise BadContent(
            f"{PACKAGE} {importlib.metadata.version(PACKAGE)} is not the pinned {VERSION}; it was not used"
        )
    for name, expected in WEIGHTS.items():
        with open(where / name, "rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != expected:
            raise BadContent(f"{PACKAGE}: {name} has SHA-256 {found}, not the pinned {expected}; it was not used")
    import hibari

    return hibari.Hibari()  # "heart", whose weights are in the package; other voices would be downloaded


voice = Heart()
