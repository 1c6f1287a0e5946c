"""One media object, named by its bytes: what it is, and its content on demand within limits."""

from __future__ import annotations

import functools
import hashlib
import io
import os
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from .errors import BadContent, TooLarge, UnreadableFile
from .evidence import Media
from .sniff import FORMATS, HEAD, sniff

if TYPE_CHECKING:
    from PIL import Image

_CHUNK = 1 << 20
_KEEP_BYTES = 64 << 20  # what one asset under examination may hold on to
_KEEP_PIXELS = 48_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of an asset may be taken in; what is beyond raises `TooLarge`."""

    file_bytes: int = 8 << 30  # hashed in a stream, never held
    memory_bytes: int = 512 << 20  # held at once by `Asset.data`
    pixels: int = 256_000_000  # width x height after decoding
    text_bytes: int = 32 << 20  # decoded as one string


@dataclass(frozen=True, slots=True)
class AssetRef:
    """The identity of an asset as it stands in a dossier: `sha256` is hex, empty when the bytes could not be read."""

    path: str
    name: str
    sha256: str
    media: Media
    format: str
    size: int  # bytes


class Asset:
    """A file, or bytes in memory. The type comes from the content, never from the extension.

    Make one with `Asset.open` or `Asset.of`. The content is read when asked for, and re-read from the path rather
    than held, so that a scan of many files stays small.
    """

    def __init__(self, ref: AssetRef, source: Path | bytes, limits: Limits) -> None:
        self.ref, self._source, self.limits = ref, source, limits
        self._kept: _Kept | None = None
        self._read: bytes | None = None  # what `open` was told to hold for the first `keeping`

    def __repr__(self) -> str:
        return f"Asset({self.ref.name!r}, {self.ref.format}, {self.ref.size} bytes)"

    @classmethod
    def open(cls, source: str | os.PathLike[str] | BinaryIO, *, limits: Limits = Limits(), hold: bool = False) -> Asset:
        """The asset at a path, or in a binary stream (which is read to its end).

        With `hold` the bytes of a file of up to `_KEEP_BYTES` stay in memory until the first `keeping` ends, so that
        it is read once, and all who look see what was hashed.

        Raises:
            UnreadableFile: missing, forbidden, not a regular file, or a loop of links.
            TooLarge: more bytes than `limits` allows.
        """
        if not isinstance(source, str | os.PathLike):
            return cls.of(_drain(source, limits.memory_bytes), name=str(getattr(source, "name", "")), limits=limits)
        path = Path(source)
        try:
            with _regular(path) as stream:
                digest, size, head, held = hashlib.sha256(), 0, b"", []
                while chunk := stream.read(_CHUNK):
                    head = head or chunk[:HEAD]
                    digest.update(chunk)
                    size += len(chunk)
                    if hold and size <= min(_KEEP_BYTES, limits.memory_bytes):
                        held.append(chunk)
                    else:
                        hold, held = False, []
                    if size > limits.file_bytes:
                        raise TooLarge(f"{path}: larger than {limits.file_bytes} bytes; raise the limit to read it")
        except OSError as error:
            raise UnreadableFile(f"{path}: cannot be read ({error.strerror or error})") from error
        except ValueError as error:  # a null character in the path
            raise UnreadableFile(f"{str(path)!r}: cannot be read ({error})") from error
        asset = cls(_ref(os.fspath(source), path.name, digest.hexdigest(), head, size), path, limits)
        asset._read = b"".join(held) if hold else None
        return asset

    @classmethod
    def of(cls, data: bytes, *, name: str = "", limits: Limits = Limits()) -> Asset:
        """The asset whose bytes are `data`.

        Raises:
            TooLarge: more bytes than `limits.memory_bytes`.
        """
        if len(data) > limits.memory_bytes:
            raise TooLarge(f"{name or 'data'}: larger than {limits.memory_bytes} bytes; write it to a file first")
        return cls(_ref(name, name, hashlib.sha256(data).hexdigest(), data[:HEAD], len(data)), data, limits)

    @property
    def media(self) -> Media:
        """Text, image, audio, video, document or other."""
        return self.ref.media

    @property
    def format(self) -> str:
        """The name of the container, a key of `sniff.FORMATS`."""
        return self.ref.format

    @property
    def mime(self) -> str:
        """The MIME type that goes with the format."""
        return FORMATS[self.ref.format][1]

    @property
    def path(self) -> Path | None:
        """The path it was opened from, or None for bytes in memory."""
        return self._source if isinstance(self._source, Path) else None

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """While this is open, `data` and `image()` are read and decoded once and shared by all who ask.

        Content above `_KEEP_BYTES` or `_KEEP_PIXELS` is not kept. Who asks must not change the picture in place.
        """
        if self._kept is not None:
            yield
            return
        self._kept, self._read = _Kept(self._read), None
        try:
            yield
        finally:
            self._kept = None

    @contextmanager
    def stream(self) -> Iterator[BinaryIO]:
        """A seekable binary stream of the whole content.

        Raises:
            UnreadableFile: the file has vanished or may no longer be read.
        """
        held = self._source if isinstance(self._source, bytes) else self._kept and self._kept.data
        if isinstance(held, bytes):
            yield io.BytesIO(held)
            return
        assert isinstance(self._source, Path)  # noqa: S101  bytes are held, asked above
        try:
            opened = _regular(self._source)
        except OSError as error:
            raise UnreadableFile(f"{self._source}: cannot be read ({error.strerror or error})") from error
        with opened as stream:
            yield stream

    @property
    def data(self) -> bytes:
        """All bytes; read again at each call when the asset is a file, unless `keeping` is open.

        Raises:
            TooLarge: more bytes than `limits.memory_bytes`.
            UnreadableFile: the file has vanished or may no longer be read.
        """
        if isinstance(self._source, bytes):
            return self._source
        if self.ref.size > self.limits.memory_bytes:
            raise TooLarge(f"{self.ref.name}: {self.ref.size} bytes are more than {self.limits.memory_bytes} in memory")
        if self._kept and self._kept.data is not None:
            return self._kept.data
        with self.stream() as stream:
            data = _drain(stream, self.limits.memory_bytes)
        if self._kept and len(data) <= _KEEP_BYTES:
            self._kept.data = data
        return data

    def image(self, *, fit: int | None = None) -> Image.Image:
        """The first frame as an upright RGB or RGBA picture (EXIF orientation applied).

        With `fit`, no larger than `fit` x `fit` pixels: a large JPEG is then decoded at a fraction of its size, in a
        fraction of the time.

        Raises:
            BadContent: not a picture, or damaged.
            TooLarge: more pixels than `limits.pixels`.
        """
        if fit is not None:
            return self._fitted(fit)
        if self._kept and self._kept.image is not None:
            return self._kept.image
        picture = self._decoded()
        if self._kept and picture.width * picture.height <= _KEEP_PIXELS:
            self._kept.image = picture
        return picture

    def _fitted(self, fit: int) -> Image.Image:
        if self._kept is None:
            return self._decoded(fit)
        if fit not in self._kept.fitted:
            self._kept.fitted[fit] = self._decoded(fit)
        return self._kept.fitted[fit]

    def _decoded(self, fit: int | None = None) -> Image.Image:
        from PIL import Image, ImageOps

        with self.stream() as stream, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns about large pictures and odd EXIF; the limit below decides
            try:
                with _pillow_limit(self.limits.pixels), Image.open(stream) as picture:
                    if picture.width * picture.height > self.limits.pixels:
                        raise TooLarge(f"{self.ref.name}: {picture.width} x {picture.height} pixels are too many")
                    if fit is not None:
                        picture.draft(None, (fit, fit))
                    upright = ImageOps.exif_transpose(picture)
                    mode = "RGBA" if "A" in upright.getbands() or "transparency" in upright.info else "RGB"
                    result = upright.convert(mode)
                    if fit is not None:
                        result.thumbnail((fit, fit), Image.Resampling.BICUBIC, reducing_gap=2.0)
                    return result
            except TooLarge:
                raise
            except Image.DecompressionBombError as error:
                raise TooLarge(f"{self.ref.name}: {error}") from error
            except Exception as error:
                raise BadContent(f"{self.ref.name}: not a picture that can be decoded ({error})") from error

    def text(self) -> str:
        """The content as text: UTF-8 (with or without mark), UTF-16 with mark, else GB 18030.

        Raises:
            BadContent: none of these.
            TooLarge: more than `limits.text_bytes`.
        """
        if self.ref.size > self.limits.text_bytes:
            raise TooLarge(f"{self.ref.name}: {self.ref.size} bytes of text are more than {self.limits.text_bytes}")
        data = self.data
        codecs = ["utf-16"] if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "gb18030"]
        for codec in codecs:
            try:
                return data.decode(codec)
            except UnicodeDecodeError:
                continue
        raise BadContent(f"{self.ref.name}: not text in UTF-8, UTF-16 or GB 18030; convert it first")


class _Kept:
    """What `Asset.keeping` holds on to."""

    __slots__ = ("data", "fitted", "image")

    def __init__(self, data: bytes | None) -> None:
        self.data = data
        self.image: Image.Image | None = None
        self.fitted: dict[int, Image.Image] = {}


def unreadable(path: str | os.PathLike[str]) -> AssetRef:
    """The reference of a file whose bytes could not be had."""
    return AssetRef(printable_path(path), printable_path(Path(path).name), "", Media.OTHER, "unknown", 0)


def printable_path(path: str | os.PathLike[str]) -> str:
    r"""The path as text that can be encoded: bytes that are not UTF-8 stand as `\xff`."""
    text = os.fspath(path)
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # a surrogate that stands for no byte
        return text.encode("utf-8", "backslashreplace").decode()


def _ref(path: str, name: str, digest: str, head: bytes, size: int) -> AssetRef:
    found = sniff(head)
    return AssetRef(printable_path(path), printable_path(name), digest, FORMATS[found][0], found, size)


def _regular(path: Path) -> BinaryIO:
    """The file opened for reading. A pipe or device would block or never end, so only regular files are opened."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise UnreadableFile(f"{path}: not a regular file")
    return os.fdopen(handle, "rb")


def _drain(stream: BinaryIO, most: int) -> bytes:
    data = stream.read(most + 1)
    if len(data) > most:
        raise TooLarge(f"more than {most} bytes; write them to a file first")
    return data


@contextmanager
def _pillow_limit(pixels: int) -> Iterator[None]:
    """Pillow's own bomb check, set to ours: it raises above twice its number, before anything is decoded."""
    from PIL import Image

    before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, pixels
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


@functools.cache
def formats_of(media: Media) -> frozenset[str]:
    """All format names of one kind of media."""
    return frozenset(name for name, (kind, _) in FORMATS.items() if kind is media)
