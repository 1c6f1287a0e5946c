"""Opens media files with PyAV so that nothing but the file itself is read, and only known errors come out."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from ..asset import Asset, Limits, printable_path
from ..errors import BadContent, MissingExtra, TooLarge, UnreadableFile, WriteFailed
from ..files import replacing
from ..sniff import HEAD, sniff

if TYPE_CHECKING:
    from types import ModuleType

    from av.container import InputContainer, OutputContainer
    from av.stream import Stream

Source = str | os.PathLike[str] | Asset
_Item = TypeVar("_Item")

USUAL = Limits()
PATIENCE = 900.0  # seconds of our own work on one file before it counts as one that never ends

# The demuxer is chosen by what the file is, never by FFmpeg: a play list or a concat script would make it open others.
_DEMUXERS = {
    "mp4": "mov", "mov": "mov", "m4a": "mov", "matroska": "matroska", "webm": "matroska", "mka": "matroska",
    "weba": "matroska", "avi": "avi", "flv": "flv", "wav": "wav", "mp3": "mp3", "flac": "flac", "ogg": "ogg",
    "opus": "ogg",
}  # fmt: skip
MUXERS = {
    "mp4": "mp4", "mov": "mov", "m4a": "ipod", "matroska": "matroska", "mkv": "matroska", "webm": "webm",
    "mka": "matroska", "weba": "webm", "avi": "avi", "flv": "flv", "wav": "wav", "mp3": "mp3", "flac": "flac",
    "ogg": "ogg", "opus": "ogg",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opened:
    """A file under examination: PyAV's container, the name for messages, the sniffed format, and the limits."""

    source: Source
    container: InputContainer
    name: str
    format: str
    limits: Limits

    def decoder(self, stream: Any) -> None:
        """Prepare the decoder of `stream`: threads, and no picture above the limit whatever its headers say."""
        stream.thread_type = "AUTO"
        stream.codec_context.options = {"max_pixels": str(self.limits.pixels)}


def library() -> ModuleType:
    """PyAV.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        import av
    except ModuleNotFoundError as error:
        raise MissingExtra("reading and writing video and sound", "video") from error
    return av


@contextmanager
def opened(source: Source, limits: Limits = USUAL) -> Iterator[Opened]:
    """The container of a path or an asset (whose own limits then hold).

    Raises:
        UnreadableFile: missing, forbidden, or not a regular file.
        BadContent: a format that is no video or sound known here, or damaged; also for what happens inside `with`.
    """
    av = library()
    with _stream(source) as (stream, name):
        found = source.format if isinstance(source, Asset) else sniff(stream.read(HEAD))
        stream.seek(0)
        if found not in _DEMUXERS:
            raise BadContent(f"{name}: {found} is no video or sound that can be decoded; convert it first")
        with decoding(name), av.open(stream, format=_DEMUXERS[found], metadata_errors="replace") as container:
            yield Opened(source, container, name, found, source.limits if isinstance(source, Asset) else limits)


@contextmanager
def decoding(name: str) -> Iterator[None]:
    """Whatever the codecs raise inside becomes `BadContent`."""
    av = library()
    try:
        yield
    except (av.FFmpegError, OSError, EOFError, ValueError, IndexError, TypeError, ArithmeticError) as error:
        raise BadContent(f"{name}: cannot be decoded ({_reason(error)})") from error
    except MemoryError as error:
        raise TooLarge(f"{name}: it asks for more memory than there is") from error


@contextmanager
def writing(target: Path, format: str, options: dict[str, str] | None = None) -> Iterator[OutputContainer]:
    """An output container of the muxer for `format`; the file takes the target's place when all went well.

    Raises:
        WriteFailed: the folder, the disk or the muxer refused; what stood there is as it was.
    """
    library()
    with replacing(target) as temporary, muxing(temporary, target, format, options) as container:
        yield container


@contextmanager
def muxing(path: Path, target: Path, format: str, options: dict[str, str] | None = None) -> Iterator[OutputContainer]:
    """An output container at `path`, in the name of `target`.

    Raises:
        WriteFailed: the disk or the muxer refused.
    """
    av = library()
    try:
        with av.open(str(path), "w", format=MUXERS[format], options=options or {}) as container:
            yield container
    except (av.FFmpegError, ValueError, TypeError) as error:
        raise WriteFailed(f"{target}: cannot be written as {format} ({_reason(error)})") from error


def decoded(media: Opened, stream: Stream) -> Iterator[Any]:
    """Every frame of one stream, in the order of showing. A damaged packet is passed over, as players do.

    Raises:
        BadContent: packets, but no frame that could be decoded.
        TooLarge: it took longer than `PATIENCE`.
    """
    av = library()
    media.decoder(stream)
    last, good = None, False
    for packet in patient(media.container.demux(stream), media.name):
        try:
            for frame in packet.decode():
                good = True
                yield frame
        except av.FFmpegError as error:
            last = error
    if last is not None and not good:
        raise BadContent(f"{media.name}: nothing in it can be decoded ({_reason(last)})") from last


def patient(items: Iterator[_Item], name: str, seconds: float = PATIENCE) -> Iterator[_Item]:
    """The items, until getting them has taken `seconds`; what the caller does between two of them is not counted.

    Raises:
        TooLarge: it took longer.
    """
    while True:
        began = time.monotonic()
        try:
            item = next(items)
        except StopIteration:
            return
        seconds -= time.monotonic() - began
        if seconds < 0:
            raise TooLarge(f"{name}: took longer to decode than any file should; cut it into parts")
        yield item


@contextmanager
def _stream(source: Source) -> Iterator[tuple[BinaryIO, str]]:
    if isinstance(source, Asset):
        with source.stream() as stream:
            yield stream, source.ref.name or "the data"
        return
    path = Path(source)
    try:
        if not path.is_file():
            raise UnreadableFile(f"{printable_path(path)}: no such file, or not a regular one")
        stream = path.open("rb")
    except (OSError, ValueError) as error:
        raise UnreadableFile(f"{printable_path(path)}: cannot be read ({error})") from error
    with stream:
        yield stream, printable_path(path)


def _reason(error: BaseException) -> str:
    """The first words of FFmpeg's message, without the path of a temporary file that it repeats."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(text).splitlines()[0][:200]
