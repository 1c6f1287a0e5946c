"""PDQ of the pictures in a document, in their order: finds a copy whose words were changed, translated or scanned."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from ..asset import Asset
from ..errors import BadContent, TooLarge
from ..evidence import Media
from . import Bank, Fingerprint, SequenceMethod
from ._canvas import canvas
from .pdq import QUALITY_GATE

if TYPE_CHECKING:
    from pikepdf import Object

ALGORITHM = "pictures@1"
MOST = 500  # pictures that are looked at
_BYTES = 64 << 20  # of one picture in the document
_LEAST = 2  # pictures with enough in them, below which a document is not found by them: one may be a logo
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|bmp|webp|tiff?)", re.IGNORECASE)


class Pictures:
    """PDQ ("pdq@1") of each different picture of a Word, PowerPoint, Excel or EPUB file, and of each JPEG in a PDF.

    Stored as a video's frames are, a picture a second. Fewer than two pictures give no fingerprint.
    """

    name = "pictures"
    version = 1
    media = frozenset({Media.DOCUMENT})
    bits = 256
    radius_copy = 31
    radius_near = 31

    def enrol(self, asset: Asset) -> tuple[Fingerprint, ...]:
        """The sequence of the document's pictures.

        Raises:
            BadContent: damaged, or no document.
            TooLarge: a limit was met.
            Unsupported: encrypted.
            MissingExtra: a PDF, and pikepdf is not installed.
        """
        from ._frames import packed

        values = list(dict.fromkeys(value for picture in _pictures(asset) if (value := _pdq(picture))))
        if len(values) < _LEAST:
            return ()
        return (Fingerprint(ALGORITHM, packed([(at, at + 1.0, value) for at, value in enumerate(values)])),)

    def query(self, asset: Asset) -> tuple[Fingerprint, ...]:
        """As `enrol`."""
        return self.enrol(asset)

    def bank(self) -> Bank:
        """An empty bank, in which a second is a picture."""
        from ._frames import FrameBank, Least

        return FrameBank(
            self.radius_near,
            copy=Least(seconds=3, share=0.8, distinct=3, bits=self.radius_copy),
            near=Least(seconds=2, share=0.5, distinct=2, bits=self.radius_near),
        )


def _pictures(asset: Asset) -> Iterator[bytes]:
    """The bytes of each picture, in the order of their numbers or names."""
    found = _in_pdf(asset) if asset.format == "pdf" else _in_archive(asset)
    for number, data in enumerate(found):
        if number == MOST:
            return
        yield data


def _in_archive(asset: Asset) -> Iterator[bytes]:
    from ..formats import _zip

    archive = _zip.parse(asset.data)
    names = [name for name in archive.members if _PICTURE.search(name[-5:])]
    # image10 comes after image9
    for name in sorted(names, key=lambda name: [int(p) if p.isdigit() else p for p in re.split(r"([0-9]+)", name)]):
        if archive.members[name].size <= _BYTES:
            yield archive.read(name, most=_BYTES)


def _in_pdf(asset: Asset) -> Iterator[bytes]:
    """Pictures that stand in a PDF as the JPEG file they were; others would have to be put together from raw values."""
    from ..formats import _pdf

    with _pdf.opened(asset.data, repair=True) as pdf:
        for thing in pdf.objects:
            if _is_jpeg(thing):
                data = thing.read_raw_bytes()
                if len(data) <= _BYTES:
                    yield data


def _is_jpeg(thing: Object) -> bool:
    from pikepdf import Stream

    return isinstance(thing, Stream) and thing.get("/Subtype") == "/Image" and thing.get("/Filter") == "/DCTDecode"


def _pdq(data: bytes) -> bytes | None:
    """256 bits; None when there is too little in the picture, or it cannot be shown: the others still count."""
    import pdqhash

    try:
        vector, quality = pdqhash.compute(np.asarray(canvas(Asset.of(data))))
    except (BadContent, TooLarge):
        return None
    return np.packbits(vector.astype(np.uint8)).tobytes() if quality >= QUALITY_GATE else None


fingerprint: SequenceMethod = Pictures()
