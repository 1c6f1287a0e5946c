"""Lines of text in a picture, with where each stands and where its characters are (PP-OCR through rapidocr)."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import MissingExtra

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    Bytes = NDArray[np.uint8]

Box = tuple[int, int, int, int]  # left, top, right, bottom in pixels of the whole picture

MOST_LINES = (
    40  # of one part that are recognised, nearest to the edges of the picture first: a page of text has hundreds
)
_TALLEST = 64  # pixels: the recogniser works at 48, so that more height brings nothing
_LEAST_SURE = 0.5


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text. `columns` are the middles of its characters without spaces, in pixels from the left."""

    text: str
    sure: float  # 0..1, by the recogniser's own account
    box: Box
    columns: tuple[float, ...]


def lines(picture: Image.Image, part: Box, scale: float) -> tuple[Line, ...]:
    """The lines in one part of an RGB picture, which is looked at in `scale` times its size.

    The detector finds text of about 10 to 80 pixels of height, whence the scale; what is found is then recognised
    from the picture itself.

    Raises:
        MissingExtra: rapidocr is not installed.
    """
    from PIL import Image

    width, height = (max(32, round(side * scale)) for side in (part[2] - part[0], part[3] - part[1]))
    seen = picture.resize((width, height), Image.Resampling.BICUBIC, box=part, reducing_gap=2.0)
    across, down = (part[2] - part[0]) / width, (part[3] - part[1]) / height
    found = [
        (part[0] + left * across, part[1] + top * down, part[0] + right * across, part[1] + bottom * down)
        for left, top, right, bottom in _detected(seen)
    ]
    found = [box for box in found if 0.7 <= (box[2] - box[0]) / max(1.0, box[3] - box[1]) <= 60]
    found.sort(key=lambda box: _inward(box, picture.size))
    return _recognised(picture, [_whole(box, picture.size) for box in found[:MOST_LINES]])


def wider(picture: Image.Image, line: Line) -> Line | None:
    """The line read again with twice its height more at either end: a detector may cut the first character off."""
    more = 2 * (line.box[3] - line.box[1])
    left, right = max(0, line.box[0] - more), min(picture.width, line.box[2] + more)
    return next(iter(_recognised(picture, [(left, line.box[1], right, line.box[3])])), None)


def _inward(box: Sequence[float], size: tuple[int, int]) -> float:
    """How far the box stands from the nearest edge, as a share of the shorter side."""
    return min(box[0], box[1], size[0] - box[2], size[1] - box[3]) / min(size)


def _whole(box: Sequence[float], size: tuple[int, int]) -> Box:
    left, top, right, bottom = box
    return max(0, int(left)), max(0, int(top)), min(size[0], -int(-right // 1)), min(size[1], -int(-bottom // 1))


def _detected(picture: Image.Image) -> Iterable[tuple[float, float, float, float]]:
    """Upright boxes around the lines, in pixels of `picture`."""
    found = _engine()(_as_bgr(picture), use_det=True, use_rec=False)
    boxes = getattr(found, "boxes", None)
    for corners in () if boxes is None else boxes:
        (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
        if right > left and bottom > top:
            yield float(left), float(top), float(right), float(bottom)


def _recognised(picture: Image.Image, boxes: Sequence[Box]) -> tuple[Line, ...]:
    read = []
    for box in boxes:
        crop = picture.crop(box)
        if crop.height > _TALLEST:
            crop = crop.resize((max(1, crop.width * _TALLEST // crop.height), _TALLEST))
        found = _engine()(_as_bgr(crop), use_det=False, use_rec=True, return_word_box=True)
        text, sure = found.txts[0], float(found.scores[0])
        if text.strip() and sure >= _LEAST_SURE:
            read.append(Line(text, sure, box, _columns(found.word_results[0], box)))
    return tuple(read)


def _columns(info: Any, box: Box) -> tuple[float, ...]:
    """The recogniser gives a step of its output for each character; steps are spread evenly over the line."""
    steps = [step + 0.5 for word in info.word_cols for step in word]
    width = (box[2] - box[0]) / max(info.line_txt_len, 1e-6)
    return tuple(min(float(box[2]), box[0] + step * width) for step in steps)


def _as_bgr(picture: Image.Image) -> Bytes:
    import numpy as np

    return np.ascontiguousarray(np.asarray(picture.convert("RGB"))[:, :, ::-1])


@functools.cache
def _engine() -> Callable[..., Any]:
    """The two models that come with the package; nothing is downloaded."""
    try:
        from rapidocr import RapidOCR
    except ModuleNotFoundError as error:
        raise MissingExtra("reading labels in pictures", "ocr") from error
    one_thread = {f"EngineConfig.onnxruntime.{name}_op_num_threads": 1 for name in ("intra", "inter")}
    settings = {"Global.log_level": "critical", "Global.use_cls": False, "Det.limit_side_len": 32}
    engine: Callable[..., Any] = RapidOCR(params={**one_thread, **settings, "Global.use_vertical_padding": False})
    return engine
