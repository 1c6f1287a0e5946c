"""Small files of every format that can be made here, in memory."""

import io
import struct
import zipfile
import zlib

import numpy as np
from PIL import Image

from indicia.provenance.formats import for_format


def picture(format: str = "png", size: tuple[int, int] = (24, 16), seed: int = 0, **save: object) -> bytes:
    """A picture of noise in a format that Pillow writes."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format, **save)
    return buffer.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """A tiny PNG whose header names any size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 64)), (b"IEND", b""))
    )


def png_with(kind: bytes, body: bytes) -> bytes:
    """A sound PNG with one more chunk before its pixels."""
    data, at = picture("png"), 33
    return (
        data[:at] + struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) + data[at:]
    )


def zipped(names: dict[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip with these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in names.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def wav(frames: int = 64) -> bytes:
    """Silence."""
    body = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16) + b"data" + struct.pack("<I", frames * 2)
    body += b"\0" * (frames * 2)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WAVE" + body


def bmff(brand: bytes) -> bytes:
    """The boxes that a player needs to know what it is, and no media."""
    ftyp = struct.pack(">I", 24) + b"ftyp" + brand + b"\0\0\0\0" + brand + b"isom"
    return ftyp + struct.pack(">I", 16) + b"mdat" + b"\0" * 8 + struct.pack(">I", 8) + b"moov"


XMP = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" Iptc4xmpExt:DigitalSourceType='
    b'"http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/></rdf:RDF></x:xmpmeta>'
    b'<?xpacket end="w"?>'
)


def every_format() -> dict[str, bytes]:
    """One small file of each format, by its name in `sniff.FORMATS`."""
    texts = {
        "text": b"Plain words.\nMore of them.\n",
        "markdown": b'---\nAIGC: \'{"Label":"1"}\'\n---\n# Title\n\n- one\n- two\n',
        "html": b"<!doctype html><html><head><title>t</title></head><body><p>Words</p></body></html>",
        "json": b'{"AIGC": {"Label": "1"}, "text": "words"}',
        "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9"><rect width="9"/></svg>',
        "pdf": b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
        b"trailer<</Root 1 0 R>>\n%%EOF\n",
    }
    documents = {name: for_format(name).blank(name) for name in ("docx", "xlsx", "pptx", "epub")}
    pictures = {f: picture(f) for f in ("png", "gif", "tiff", "bmp", "webp", "avif")}
    return {
        "jpeg": picture("jpeg", xmp=XMP), **pictures, **texts, **documents,
        "zip": zipped({"a.txt": b"words"}), "wav": wav(), "mp4": bmff(b"isom"), "mov": bmff(b"qt  "),
        "m4a": bmff(b"M4A "), "heic": bmff(b"heic"), "avi": b"RIFF\x10\0\0\0AVI LIST\4\0\0\0hdrl",
        "mp3": b"ID3\4\0\0\0\0\0\0\xff\xfb\x90\0" + b"\0" * 64, "flac": b"fLaC\x80\0\0\x22" + b"\0" * 34,
        "ogg": b"OggS\0\2" + b"\0" * 20 + b"\1\x1e\1vorbis" + b"\0" * 23,
        "opus": b"OggS\0\2" + b"\0" * 20 + b"\1\x13OpusHead\1\1" + b"\0" * 9,
        "matroska": b"\x1aE\xdf\xa3\x8fB\x82\x88matroska", "webm": b"\x1aE\xdf\xa3\x8bB\x82\x84webm",
        "mka": b"\x1aE\xdf\xa3\x8bB\x82\x88matroska\x18\x53\x80\x67\x8a\x16\x54\xae\x6b\x85\xae\x83\x83\x81\2",
        "weba": b"\x1aE\xdf\xa3\x87B\x82\x84webm\x18\x53\x80\x67\x8a\x16\x54\xae\x6b\x85\xae\x83\x83\x81\2",
        "flv": b"FLV\1\5\0\0\0\t\0\0\0\0", "jxl": b"\xff\x0a" + b"\0" * 12,
        "c2pa": struct.pack(">I", 60) + b"jumb" + struct.pack(">I", 30)
        + b"jumdc2pa\0\x11\0\x10\x80\0\0\xaa\0\x38\x9b\x71\3c2pa\0",
    }  # fmt: skip
