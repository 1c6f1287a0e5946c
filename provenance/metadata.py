"""What an asset says of itself: its XMP packet and its text fields, taken from the container once and kept."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from . import xmp
from .asset import Asset
from .errors import BadContent, TooLarge, Unsupported
from .formats import MAX_PACKET, Format, for_format
from .formats._splices import Streamed


@dataclass(frozen=True, slots=True)
class Metadata:
    """The parsed packet and the (place, key, value) fields. `trouble` is why a packet that is there is not read."""

    place: str = ""  # where the packet stands: "JPEG XMP"
    packet: xmp.Packet | None = None
    fields: tuple[tuple[str, str, str], ...] = ()
    trouble: BadContent | TooLarge | None = None

    def raise_trouble(self, name: str) -> None:
        """Raise the trouble, if there is any, as that of the file `name`."""
        if self.trouble is not None:
            raise type(self.trouble)(f"{name}: {self.trouble}") from self.trouble


_seen: weakref.WeakKeyDictionary[Asset, Metadata] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def of(asset: Asset) -> Metadata:
    """The metadata of an asset; read at the first call. Formats that carry none have none.

    Raises:
        BadContent: the container is damaged.
        TooLarge: a field or the file is beyond the limits.
        UnreadableFile: the file has vanished.
    """
    with _lock:
        known = _seen.get(asset)
    if known is None:
        known = _metadata(asset)
        with _lock:
            _seen[asset] = known
    return known


def _metadata(asset: Asset) -> Metadata:
    try:
        module = for_format(asset.format)
    except Unsupported:
        return Metadata()
    if isinstance(module, Streamed):
        with asset.stream() as stream:  # a video is never held in memory for its metadata
            return parse_stream(module, stream, asset.format)
    return parse(module, asset.data, asset.format)


def parse(module: Format, data: bytes, format: str) -> Metadata:
    """The metadata of `data`, a file of the container that `module` knows.

    Raises:
        BadContent: the container is damaged.
        TooLarge: a field is beyond the limits.
    """
    return _parsed(format, module.read_fields(data), lambda: module.read_xmp(data))


def parse_stream(module: Streamed, stream: BinaryIO, format: str) -> Metadata:
    """As `parse`, for a file that may be too large to hold."""
    return _parsed(format, module.find_fields(stream), lambda: module.find_xmp(stream))


def _parsed(format: str, fields: tuple[tuple[str, str, str], ...], packet: Callable[[], bytes | None]) -> Metadata:
    place = f"{format.upper()} XMP"
    try:
        raw = packet()
        if raw is None:
            return Metadata(fields=fields)
        if len(raw) > MAX_PACKET:
            raise TooLarge(f"an XMP packet of more than {MAX_PACKET} bytes is not read")
    except TooLarge as error:
        return Metadata(place, None, fields, error)
    try:
        return Metadata(place, xmp.read(raw), fields)
    except (BadContent, TooLarge) as error:
        return Metadata(place, None, fields, error)
