"""Invisible watermarks, one file a method; this is the contract they keep.

A pixel mark's file ends in `mark: PixelMark = Name()`, a token mark's in `mark: TokenMark = Name()`. A method's
version never changes meaning: a better idea is a new version, and the old one stays readable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ..catalog import load, names
from ..errors import MissingExtra, UnreadableFile
from ..evidence import Media, Reading

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]  # height x width x 3, RGB

PACKAGE = __name__


@dataclass(frozen=True, slots=True)
class MarkKey:
    """A secret of the user's, at least 16 bytes, with the short public id that readings name."""

    id: str
    secret: bytes


@runtime_checkable
class PixelMark(Protocol):
    """A watermark in pixels that carries a payload."""

    name: str
    version: int
    media: Media
    payload_bits: int  # capacity that is checked, without framing
    false_positive_rate: float  # chance per read and key that an unmarked picture yields a Reading
    extra: str  # the optional extra it needs, or ""
    can_embed: bool  # False for readers of other tools' fixed marks
    swift: bool  # reads a megapixel in under a second of CPU; a general look leaves out the others

    def embed(self, pixels: Pixels, payload: int, key: MarkKey) -> Pixels:
        """The marked picture, same shape; `payload` has at most `payload_bits` bits.

        Raises:
            Unsupported: too small or too flat to carry the mark, with the limit in the text.
            MissingExtra: an optional package is not installed.
        """
        ...

    def read(self, pixels: Pixels, keys: Sequence[MarkKey]) -> Reading | None:
        """The mark found under the best of `keys`, or None. Fixed marks of other tools need no key."""
        ...


@runtime_checkable
class TokenMark(Protocol):
    """A watermark in a language model's choice of tokens; presence with a p-value, no payload."""

    name: str
    version: int
    media: Media
    extra: str

    def processor(self, tokenizer: Any, key: MarkKey, *, device: str = "cpu") -> Any:
        """A transformers logits processor that embeds the mark while generating."""
        ...

    def read(self, text: str, tokenizer: Any, keys: Sequence[MarkKey]) -> Reading | None:
        """The mark found under the best of `keys`, or None when the text is too short or unmarked."""
        ...


def pixel_marks() -> tuple[PixelMark, ...]:
    """Every pixel mark of the folder and of plugins."""
    return tuple(m for m in map(get, names(PACKAGE)) if m.media is Media.IMAGE)


def token_marks() -> tuple[TokenMark, ...]:
    """Every token mark of the folder and of plugins."""
    return tuple(m for m in map(get, names(PACKAGE)) if m.media is Media.TEXT)


def get(name: str) -> Any:
    """The mark of that name.

    Raises:
        UsageError: no such mark; the text lists those there are.
    """
    return load(PACKAGE, name, "mark")


def tokenizer(folder: Path) -> Any:
    """The tokenizer of a model's folder, for token marks to read with; neither torch nor the model is needed.

    Raises:
        UnreadableFile: the folder holds no `tokenizer.json` that can be read.
        MissingExtra: the `tokenizers` package is not installed.
    """
    try:
        from tokenizers import Tokenizer
    except ModuleNotFoundError as error:
        raise MissingExtra("reading text marks", "generate") from error
    try:
        return Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # the library raises nothing narrower
        raise UnreadableFile(f"{folder}: holds no tokenizer.json that can be read ({error})") from error


def soft_binding_alg(name: str, version: int) -> str:
    """The name of a mark as a C2PA soft-binding algorithm, in our own reverse-domain space.

    None of ours is in the C2PA list of soft-binding algorithms, so other validators will not know it.
    """
    return f"io.github.indicia.{name}.{version}"
