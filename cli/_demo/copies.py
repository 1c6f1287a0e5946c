"""Copies as the world makes them: re-saved, re-encoded, shrunk, cropped, trimmed, retouched, retyped."""

from __future__ import annotations

import struct
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from .story import Stage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

_OPENING = 2.2  # seconds of a clip that are cut off: its label stands two, by GB 45438-2025, 5.4
_LABEL_SECONDS = 4.0  # of a sound that are cut off: its spoken label and a little more
_CROP = 0.70  # of each side, from the top left: the label at the bottom right is lost


def copy_all(stage: Stage) -> list[Path]:
    """The copies of everything that was made, and two things that never were."""
    stage.copies.mkdir()
    stage.others.mkdir()
    for path in sorted(stage.made.iterdir()):
        list(_WAYS[path.suffix](path, stage.copies))
    pictures = sorted(stage.made.glob("*.png"))
    _retouched(pictures[0], stage.copies / f"{pictures[0].stem}-retouched.png")
    _unmarked(stage.others)
    return sorted(stage.copies.iterdir())


def _pictures(path: Path, folder: Path) -> Iterator[Path]:
    from PIL import Image

    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    half = picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.LANCZOS)
    cropped = picture.crop((0, 0, round(picture.width * _CROP), round(picture.height * _CROP)))
    yield _saved(picture, folder / f"{path.stem}-stripped.png", "PNG")
    yield _saved(picture, folder / f"{path.stem}-jpeg60.jpg", "JPEG", 60)
    yield _saved(half, folder / f"{path.stem}-half.jpg", "JPEG", 80)
    yield _saved(cropped, folder / f"{path.stem}-cropped.jpg", "JPEG", 85)


def _videos(path: Path, folder: Path) -> Iterator[Path]:
    from ...provenance.media import Clip, video

    clip = video.decode(path)
    opening = round(_OPENING * clip.rate)
    for name, made, form in (
        ("small.mp4", Clip(_halved(clip.frames), clip.rate), "mp4"),
        ("trimmed.mp4", Clip(clip.frames[opening:], clip.rate), "mp4"),
        ("webm.webm", clip, "webm"),
    ):
        target = folder / f"{path.stem}-{name}"
        video.encode(made, target, format=form, quality=30)
        yield target


def _halved(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Every four pixels as one."""
    number, height, width, _ = frames.shape
    cells = frames[:, : height // 2 * 2, : width // 2 * 2].reshape(number, height // 2, 2, width // 2, 2, 3)
    smaller: NDArray[np.uint8] = cells.mean(axis=(2, 4)).astype("uint8")
    return smaller


def _sounds(path: Path, folder: Path) -> Iterator[Path]:
    from ...provenance.media import Sound, audio

    sound = audio.decode(path)
    start = round(_LABEL_SECONDS * sound.rate)
    for name, made, form in (
        ("mp3.mp3", sound, "mp3"),
        ("trimmed.flac", Sound(sound.samples[start:], sound.rate), "flac"),
    ):
        target = folder / f"{path.stem}-{name}"
        audio.encode(made, target, format=form)
        yield target


def _saved(picture: Image.Image, path: Path, format: str, quality: int | None = None) -> Path:
    clean = picture.copy()
    clean.info = {}  # Pillow would carry the XMP packet over
    clean.save(path, format, **({} if quality is None else {"quality": quality}))
    return path


def _retouched(path: Path, target: Path) -> None:
    """The picture with a patch painted over and all other chunks of its PNG, the manifest too, left as they were."""
    from PIL import Image, ImageDraw

    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    side = picture.width
    ImageDraw.Draw(picture).ellipse((side * 0.1, side * 0.1, side * 0.3, side * 0.3), fill=(230, 30, 60))
    bare = target.with_suffix(".bare")
    _saved(picture, bare, "PNG")
    new, old = list(_chunks(bare.read_bytes())), list(_chunks(path.read_bytes()))
    bare.unlink()
    pixels = [chunk for kind, chunk in new if kind == b"IDAT"]
    first = next(i for i, (kind, _) in enumerate(old) if kind == b"IDAT")
    kept = [chunk for kind, chunk in old if kind != b"IDAT"]
    target.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(kept[:first] + pixels + kept[first:]))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each chunk of a PNG: its type, and all its bytes."""
    at = 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        yield data[at + 4 : at + 8], data[at : at + 12 + length]
        at += 12 + length


def _texts(path: Path, folder: Path) -> Iterator[Path]:
    """A text without its manifest, label and front matter, as someone would type it from a screen."""
    signed = path.read_text("utf-8")
    words = _words_alone(signed, path.suffix)
    lines = "\n\n".join(textwrap.fill(part, 64) for part in words.split("\n\n"))
    yield _written(folder / f"{path.stem}-retyped.txt", lines + "\n")
    some = words.split(" ")
    shortened = " ".join(word for number, word in enumerate(some, 1) if number % 40)
    yield _written(folder / f"{path.stem}-shortened.txt", textwrap.fill(shortened, 64) + "\n")
    changed = signed.replace(" the ", " that ", 1) if " the " in signed else signed.replace(" ", " so ", 1)
    yield _written(folder / f"{path.stem}-one-word-changed{path.suffix}", changed)


def _words_alone(signed: str, suffix: str) -> str:
    from ...provenance.credentials.text import strip

    text = strip(signed)
    if suffix == ".md":
        text = text.split("\n---", 1)[1].lstrip("-").strip() if text.startswith("---") else text
    label, _, words = text.strip().partition("\n")
    return words.strip() if "AI" in label else text.strip()


def _written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


_WAYS: dict[str, Callable[[Path, Path], Iterator[Path]]] = {
    ".png": _pictures, ".txt": _texts, ".md": _texts, ".mp4": _videos, ".wav": _sounds,
}  # fmt: skip


def _unmarked(folder: Path) -> None:
    """A picture and a text that nobody marked."""
    import numpy as np
    from PIL import Image, ImageDraw

    rows, columns = np.mgrid[0:480, 0:640] / 640
    sky = np.stack([120 + 110 * rows, 160 + 60 * rows, 235 - 90 * rows], axis=-1)
    grain = np.random.default_rng(3).normal(0, 3, (480, 640, 1))
    picture = Image.fromarray(np.clip(sky + grain + 8 * np.sin(20 * columns)[..., None], 0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(picture)
    for number in range(9):
        pen.polygon([(60 * number, 480), (60 * number + 90, 260 + 17 * (number * 5 % 7)), (60 * number + 180, 480)],
                    fill=(40 + 12 * number, 70 + 9 * number, 60))  # fmt: skip
    picture.save(folder / "hills.png")
    _written(
        folder / "minutes.txt",
        "Minutes of the parish council, 4 May. Present: six members. The bridge by the mill will be painted in June, "
        "weather permitting; Mr Hale lends the ladders. The bench at the green needs two new slats.\n",
    )
