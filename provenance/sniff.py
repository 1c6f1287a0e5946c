"""Tells what a file is from its first bytes, never from its name."""

from __future__ import annotations

import codecs
import re

from .evidence import Media

HEAD = 1 << 20  # bytes to look at: an ID3 tag with a signed manifest may stand before the word that says FLAC
_BEGINNING = 8192  # bytes that are enough for everything else

# format -> (media, MIME type). "unknown" is what cannot be told.
FORMATS: dict[str, tuple[Media, str]] = {
    "jpeg": (Media.IMAGE, "image/jpeg"),
    "png": (Media.IMAGE, "image/png"),
    "webp": (Media.IMAGE, "image/webp"),
    "gif": (Media.IMAGE, "image/gif"),
    "tiff": (Media.IMAGE, "image/tiff"),
    "avif": (Media.IMAGE, "image/avif"),
    "heic": (Media.IMAGE, "image/heic"),
    "bmp": (Media.IMAGE, "image/bmp"),
    "jxl": (Media.IMAGE, "image/jxl"),
    "svg": (Media.IMAGE, "image/svg+xml"),
    "text": (Media.TEXT, "text/plain"),
    "markdown": (Media.TEXT, "text/markdown"),
    "html": (Media.TEXT, "text/html"),
    "json": (Media.TEXT, "application/json"),
    "mp4": (Media.VIDEO, "video/mp4"),
    "mov": (Media.VIDEO, "video/quicktime"),
    "avi": (Media.VIDEO, "video/x-msvideo"),
    "flv": (Media.VIDEO, "video/x-flv"),
    "matroska": (Media.VIDEO, "video/x-matroska"),
    "webm": (Media.VIDEO, "video/webm"),
    "mka": (Media.AUDIO, "audio/x-matroska"),
    "weba": (Media.AUDIO, "audio/webm"),
    "m4a": (Media.AUDIO, "audio/mp4"),
    "wav": (Media.AUDIO, "audio/wav"),
    "mp3": (Media.AUDIO, "audio/mpeg"),
    "flac": (Media.AUDIO, "audio/flac"),
    "ogg": (Media.AUDIO, "audio/ogg"),
    "opus": (Media.AUDIO, "audio/opus"),
    "pdf": (Media.DOCUMENT, "application/pdf"),
    "docx": (Media.DOCUMENT, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xlsx": (Media.DOCUMENT, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "pptx": (Media.DOCUMENT, "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    "epub": (Media.DOCUMENT, "application/epub+zip"),
    "c2pa": (Media.OTHER, "application/c2pa"),
    "zip": (Media.OTHER, "application/zip"),
    "unknown": (Media.OTHER, "application/octet-stream"),
}

_BRANDS = {
    b"avif": "avif", b"avis": "avif", b"heic": "heic", b"heix": "heic", b"hevc": "heic", b"heim": "heic",
    b"heis": "heic", b"mif1": "heic", b"msf1": "heic", b"qt  ": "mov", b"M4A ": "m4a", b"M4B ": "m4a",
}  # fmt: skip

_PREFIXES: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"%PDF-", "pdf"),
    (b"fLaC", "flac"),
    (b"FLV\x01", "flv"),
    (b"\xff\x0a", "jxl"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "jxl"),
)

_MEMBER = re.compile(rb"PK\x03\x04.{22}(..)..", re.DOTALL)
_PACKAGE = (b"[Content_Types].xml", b"_rels/", b"docProps/")  # what stands beside the content in an office document

# No pattern below may look further than its own line twice: a head is hostile until shown otherwise.
_MARKDOWN = re.compile(r"^(#{1,6} \S|```|[-*] \S|\d+\. \S|> \S|!?\[[^\]\n]+\]\([^)\n]+\))", re.MULTILINE)
_FRONT_MATTER = re.compile(r"---[ \t\r]*\n(?:.*\n)*?---[ \t\r]*(\n|$)")
_JSON = re.compile(r"""\{\s*["}]|\[\s*(["{\[\]]|(true|false|null|-?\d[\d.e+-]*)\s*(,|\]\s*$))""")


def sniff(head: bytes) -> str:
    """The format name of a file that begins with `head` (a key of `FORMATS`); "unknown" when nothing fits."""
    for prefix, name in _PREFIXES:
        if head.startswith(prefix):
            return name
    if head[:3] == b"ID3":
        return _tagged(head)
    if head[:4] in (b"RF64", b"BW64") and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"RIFF" and len(head) >= 12:
        return {b"WEBP": "webp", b"WAVE": "wav", b"AVI ": "avi"}.get(head[8:12], "unknown")
    if head[:4] == b"OggS":
        return "opus" if b"OpusHead" in head[:128] else "ogg"
    if head[:4] == b"\x1aE\xdf\xa3":
        return _matroska(head)
    if head[4:8] == b"ftyp":
        return _bmff(head)
    if head[4:8] in (b"moov", b"mdat", b"wide", b"pnot") and head[:1] == b"\0":
        return "mov"  # QuickTime older than the ftyp box
    if head[4:8] == b"jumb" and b"c2pa" in head[:64]:
        return "c2pa"
    if head[:4] == b"PK\x03\x04":
        return _zip(head[:_BEGINNING])
    if head[:2] == b"BM" and len(head) > 18 and head[6:10] == b"\0\0\0\0":
        return "bmp"
    if len(head) > 3 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and head[2] & 0xF0 not in (0, 0xF0):
        return "mp3"  # an MPEG layer III frame without an ID3 tag
    return _text(head[:_BEGINNING])


def _tagged(head: bytes) -> str:
    """What follows an ID3v2 tag: MP3, unless it says that it is FLAC."""
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 127
    footer = 10 if head[5:6] > b"\x0f" and head[5] & 0x10 else 0
    return "flac" if head.startswith(b"fLaC", 10 + size + footer) else "mp3"


def _matroska(head: bytes) -> str:
    """Matroska or WebM, with pictures or (mka, weba) with sound alone; with pictures when the head does not tell."""
    from .formats._tracks import only_sound

    if b"webm" in head[:64]:
        return "weba" if only_sound(head) else "webm"
    return "mka" if only_sound(head) else "matroska"


def _bmff(head: bytes) -> str:
    size = int.from_bytes(head[:4], "big")
    brands = [head[8:12], *(head[i : i + 4] for i in range(16, min(size, len(head), _BEGINNING), 4))]
    # HEIF files name mif1 first and their codec among the compatible brands: the specific one wins.
    found = [_BRANDS[b] for b in brands if b in _BRANDS]
    if "avif" in found:
        return "avif"
    return found[0] if found else "mp4"


def _zip(head: bytes) -> str:
    """By the names of the members that begin in the head: compressed bytes may hold any word."""
    if b"application/epub+zip" in head[:256]:
        return "epub"
    names = [head[m.end() : m.end() + int.from_bytes(m[1], "little")] for m in _MEMBER.finditer(head)]
    if any(name.startswith(_PACKAGE) for name in names):
        for folder, kind in ((b"word/", "docx"), (b"xl/", "xlsx"), (b"ppt/", "pptx")):
            if any(name.startswith(folder) for name in names):
                return kind
    return "zip"


def _text(head: bytes) -> str:
    text = decode_head(head)
    if text is None or not text.strip():
        return "unknown"
    start = text.lstrip("\ufeff \t\r\n")[:1024].lower()
    if start.startswith(("<?xml", "<svg", "<!doctype svg", "<!--")) and "<svg" in text[:4096].lower():
        return "svg"
    if start.startswith(("<!doctype html", "<html", "<head", "<body")) or "<html" in start:
        return "html"
    if _JSON.match(start):
        return "json"
    if _FRONT_MATTER.match(text.lstrip("\ufeff")) or len(_MARKDOWN.findall(text)) >= 2:
        return "markdown"
    return "text"


def decode_head(head: bytes) -> str | None:
    """The head as text, or None when it is binary. A character cut at the end of the head is forgiven."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif b"\0" in head:
        return None
    else:
        candidates = ["utf-8", "gb18030"]
    for codec in candidates:
        try:
            text = codecs.getincrementaldecoder(codec)().decode(head, final=False)
        except UnicodeDecodeError:
            continue
        control = sum(1 for c in text if ord(c) < 32 and c not in "\t\r\n\f\x1b")
        return text if control * 50 <= len(text) else None
    return None
