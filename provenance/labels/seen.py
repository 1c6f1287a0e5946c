"""Reads the labels that people see in a picture or a video: their words, place, height, contrast and time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..evidence import Label, Media
from . import LabelReader
from ._ink import Ink, measure
from ._ocr import Box, Line, lines, wider
from ._statement import Statement, statement
from ._wording import elements, gb_problems
from .visible import SHARE

if TYPE_CHECKING:
    from PIL import Image

    from ..asset import Asset

CONTRAST = 3.0  # WCAG 2.2, 1.4.3, for large text; the standard says only that type and colour are clear
SMALLEST = 24  # pixels of the shorter side below which a picture has no room for words

_COARSE = 384  # pixels that the shorter side is scaled to: there a lawful label is 19 or more high
_FINE = 900  # the same for strips at top and bottom, where smaller letters are looked for
_STRIP = 0.18  # height of these strips
_GROW = 3.0  # small pictures are enlarged by no more
_SURE = 0.9  # what is read beyond the ends of a line counts from here on; textures are read with less
_LONG = 2.5  # a picture that is longer than this is looked at near its two ends


@dataclass(frozen=True, slots=True)
class Seen:
    """A label in a picture. `ink` is None where the letters could not be told from their ground."""

    statement: Statement
    sure: float
    box: Box
    ink: Ink | None
    size: tuple[int, int]

    @property
    def position(self) -> str:
        """In a corner, at an edge, or elsewhere: the standard wants one of the first two (5.2 c)."""
        across, down = _third(self.box, self.size)
        return ("elsewhere", "edge", "corner")[(across != "") + (down != "")]

    @property
    def place(self) -> str:
        """Such as "bottom right", "top" or "centre"."""
        across, down = _third(self.box, self.size)
        return " ".join(part for part in (down, across) if part) or "centre"

    @property
    def ink_height(self) -> int | None:
        """The height in pixels of the lower of the two elements, or of all letters when there is but one."""
        return min(self.ink.heights) if self.ink else None


def find(picture: Image.Image) -> tuple[Seen, ...]:
    """The labels in a picture.

    The whole is looked at in a size at which a lawful label is well legible; if there is none, strips at the top and
    bottom follow in a finer one. (A detector that is shown a large picture as it is misses labels in its corners.)

    Raises:
        MissingExtra: rapidocr is not installed.
    """
    flat = _flattened(picture)
    shortest = min(flat.size)
    if shortest < SMALLEST:
        return ()
    for fine in (False, True):
        scale = min(_GROW, (_FINE if fine else _COARSE) / shortest, 1.0 if fine else _GROW)
        parts = _strips(flat.size) if fine else _ends(flat.size)
        if fine and shortest * scale <= _COARSE * 1.2:
            return ()  # the first look was as fine
        read = [line for part in parts for line in lines(flat, part, scale)]
        if found := tuple(_labels(flat, read)):
            return found
    return ()


def _flattened(picture: Image.Image) -> Image.Image:
    """See-through pictures are looked at on white."""
    if picture.mode != "RGBA":
        return picture.convert("RGB")
    from PIL import Image

    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture).convert("RGB")


def _ends(size: tuple[int, int]) -> tuple[Box, ...]:
    """The whole picture, or both ends of a very long one."""
    width, height = size
    reach = round(_LONG / 2 * min(size))
    if max(size) <= _LONG * min(size):
        return ((0, 0, width, height),)
    if width > height:
        return ((0, 0, reach, height), (width - reach, 0, width, height))
    return ((0, 0, width, reach), (0, height - reach, width, height))


def _strips(size: tuple[int, int]) -> tuple[Box, ...]:
    """The top and the bottom of each part."""
    strips = []
    deep = round(_STRIP * min(size))
    for left, top, right, bottom in _ends(size):
        strips += [(left, top, right, top + deep), (left, bottom - deep, right, bottom)]
    return tuple(dict.fromkeys(strips))


def _labels(picture: Image.Image, read: Sequence[Line]) -> Iterator[Seen]:
    pixels = np.asarray(picture)
    said = [(line, found) for line in read if (found := statement(line.text))]
    taken: list[Box] = []
    for line, found in said:
        if any(_same(line.box, box) for box in taken) or not _alone(line, read, [other for other, _ in said]):
            continue
        if _cut(picture, line):
            continue
        taken.append(line.box)
        yield Seen(found, line.sure, line.box, measure(pixels, line.box, *_marked(line)), picture.size)


def _cut(picture: Image.Image, line: Line) -> bool:
    """Whether more words belong to the line, which say something else: 使用AI生成 of 未使用AI生成."""
    whole = wider(picture, line)
    return whole is not None and whole.sure >= _SURE and line.text in whole.text and statement(whole.text) is None


def _marked(line: Line) -> tuple[tuple[float, ...], list[tuple[int, int]]]:
    """The columns of the characters, and which of them are the two elements."""
    text = "".join(line.text.split()).replace("Al", "AI").replace("A1", "AI")
    return line.columns, [(at := text.find(element), at + len(element)) for element in elements(text)]


def _same(one: Box, other: Box) -> bool:
    """Whether two boxes are about the same words, found in two parts of the picture."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return across > 0 and down > 0 and across * down > smaller / 2


def _alone(line: Line, read: Sequence[Line], said: Sequence[Line]) -> bool:
    """No other words of like size stand against the line, of which it could be a part: a headline, a paragraph."""
    tall = line.box[3] - line.box[1]
    for other in read:
        if other in said or _same(other.box, line.box):
            continue
        ratio = (other.box[3] - other.box[1]) / tall
        apart_down = max(other.box[1] - line.box[3], line.box[1] - other.box[3])
        apart_across = max(other.box[0] - line.box[2], line.box[0] - other.box[2])
        if 0.6 <= ratio <= 1.7 and apart_down < 0.7 * tall and apart_across < 0.7 * tall:
            return False
    return True


def _third(box: Box, size: tuple[int, int]) -> tuple[str, str]:
    """At which side of the picture the box stands, across and down; empty in the middle.

    The box must reach into the outer quarter with its outer side, and its middle lie in the outer third.
    """
    found = []
    for low, high, side, names in (
        (box[0], box[2], size[0], ("left", "right")),
        (box[1], box[3], size[1], ("top", "bottom")),
    ):
        if low <= side / 4 and low <= side - high:
            found.append(names[0] if high < 0.75 * side else "")
        elif side - high <= side / 4:
            found.append(names[1] if low > side / 4 else "")
        else:
            found.append("")
    return found[0], found[1]


def findings(seen: Seen) -> Iterator[str]:
    """In what a label departs from GB 45438-2025, in words."""
    yield from gb_problems(seen.statement.wording)
    height, shortest = seen.ink_height, min(seen.size)
    # The height is measured to a pixel; one less is within the error, and no departure.
    if height is not None and SHARE * (height + 1) < shortest:
        share = f"{100 * height / shortest:.1f} %"
        yield f"its letters are {height} px high, {share} of the shortest side, less than 5 % (GB 45438-2025, 5.2)"
    if seen.ink and seen.ink.contrast < CONTRAST:
        yield f"its contrast is {seen.ink.contrast:.1f} to 1, less than {CONTRAST:.0f} (GB 45438-2025, 5.2 d)"
    if seen.position == "elsewhere":
        yield "it stands neither at an edge nor in a corner (GB 45438-2025, 5.2 c)"


def as_label(seen: Seen, time: Sequence[tuple[str, str]] = (), more: Sequence[str] = ()) -> Label:
    """The label as evidence."""
    fields = [("form", "text"), ("position", seen.position), ("language", seen.statement.language)]
    if seen.ink and seen.ink_height is not None:
        fields += [("ink_height", str(seen.ink_height)), ("contrast", f"{seen.ink.contrast:.2f}")]
    fields += [("width", str(seen.size[0])), ("height", str(seen.size[1])), ("sure", f"{seen.sure:.2f}"), *time]
    return Label(
        "seen",
        "seen",
        True,
        seen.statement.origin,
        tuple(field for field in fields if field[1]),
        seen.statement.wording,
        (*findings(seen), *more),
        seen.place,
    )


class _SeenReader:
    """Reads labels in pixels; a second of work a picture, so it runs only when asked for."""

    name = "seen"
    media = frozenset({Media.IMAGE, Media.VIDEO})
    asked = True

    def read(self, asset: Asset) -> tuple[Label, ...]:
        if asset.media is Media.VIDEO:
            from ._watched import watch

            return watch(asset)
        return tuple(as_label(found) for found in find(asset.image()))


label: LabelReader = _SeenReader()
