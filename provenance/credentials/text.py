"""Manifests in plain text: the invisible wrapper of C2PA 2.4 Annex A.8, written and read."""

from __future__ import annotations

import hashlib
import io
import struct
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..asset import Asset
from ..errors import BadContent, SigningFailed, UsageError
from ..evidence import ClaimState

if TYPE_CHECKING:
    from .manifest import Statement
    from .signer import Signer

MAGIC = b"C2PATXT\0"
_VERSION = 1
_HEAD = len(MAGIC) + 5  # magic, version, u32 length
_MARK = "\ufeff"
_HASHES = {"sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
# The length of the wrapper in UTF-8 hangs on the bytes of the signature, and the signature signs that length. Two
# passes agree by chance about once in twelve (measured over 120 signings, the longest took 57).
_TRIES = 500

# A.8.2: bytes 0 to 15 are U+FE00 to U+FE0F, bytes 16 to 255 are U+E0100 to U+E01EF.
_SELECTORS = tuple(chr(0xFE00 + b) if b < 16 else chr(0xE0100 + b - 16) for b in range(256))
_BYTES = {ord(selector): byte for byte, selector in enumerate(_SELECTORS)}
_PREFIX = _MARK + "".join(_SELECTORS[b] for b in MAGIC)
PREFIX_UTF8 = _PREFIX.encode()


@dataclass(frozen=True, slots=True)
class Wrapper:
    """A wrapper found in NFC text: the JUMBF in it, and its place in bytes of UTF-8."""

    store: bytes
    start: int
    length: int


def wrap(store: bytes) -> str:
    """The wrapper that carries `store`, as invisible text."""
    framed = MAGIC + bytes([_VERSION]) + struct.pack(">I", len(store)) + store
    return _MARK + "".join(_SELECTORS[b] for b in framed)


def strip(text: str) -> str:
    """The text without any wrapper in it; `strip(text + wrap(store)) == text` for a text that has none."""
    while (at := text.find(_PREFIX)) >= 0:
        end = at + 1
        while end < len(text) and ord(text[end]) in _BYTES:
            end += 1
        text = text[:at] + text[end:]
    return text


def find(text: str) -> Wrapper | None:
    """The one wrapper in NFC text, or None.

    Raises:
        BadContent: `manifest.text.corruptedWrapper` or `manifest.text.multipleWrappers`, the codes of A.8.
    """
    at = text.find(_PREFIX)
    if at < 0:
        return None
    if text.find(_PREFIX, at + 1) >= 0:
        raise BadContent("manifest.text.multipleWrappers")
    framed = bytearray()
    for character in text[at + 1 :]:
        if (byte := _BYTES.get(ord(character))) is None:
            break
        framed.append(byte)
    if len(framed) < _HEAD or framed[len(MAGIC)] != _VERSION:
        raise BadContent("manifest.text.corruptedWrapper")
    (size,) = struct.unpack(">I", framed[len(MAGIC) + 1 : _HEAD])
    if len(framed) - _HEAD != size:
        raise BadContent("manifest.text.corruptedWrapper")
    start = len(text[:at].encode())
    return Wrapper(bytes(framed[_HEAD:]), start, len(text[at : at + 1 + len(framed)].encode()))


def sign(data: bytes, mime: str, statement: Statement, signer: Signer) -> bytes:
    """The text in UTF-8 and NFC with a signed wrapper at its end, in place of one that was there; read back.

    Raises:
        BadContent: not UTF-8, or its wrapper is damaged.
        UsageError: a "created" statement for a text that has a manifest already.
        SigningFailed: the signer refused, or no length came to fit.
    """
    from .build import built
    from .native import sign_hashed

    whole = normal(data)
    before = find(whole)
    if statement.kind == "created" and before is not None:
        raise UsageError("it has a manifest already, which 'created' would drop: say 'edited' or 'opened' to keep it")
    body = strip(whole).encode()
    digest, length = hashlib.sha256(body).digest(), 11_000
    with signer.opened() as native:
        for _ in range(_TRIES):
            hashed = _data_hash(len(body), length, digest)
            with built(statement, mime, io.BytesIO(data)) as builder:
                store = sign_hashed(builder, native, hashed)
            wrapper = wrap(store).encode()
            if len(wrapper) == length:
                return _intact(body + wrapper)
            length = len(wrapper)
    raise SigningFailed(f"no wrapper came to fit its own length in {_TRIES} signatures; use an ES256 or Ed25519 key")


def normal(data: bytes) -> str:
    """The text of UTF-8 `data` in NFC, over which A.8 hashes.

    Raises:
        BadContent: not UTF-8.
    """
    try:
        return unicodedata.normalize("NFC", data.decode())
    except UnicodeDecodeError as error:
        raise BadContent(f"not UTF-8 ({error.reason} at byte {error.start}): convert the text first") from error


def bound(found: Wrapper, text: str, assertion: dict[str, Any]) -> str:
    """What the c2pa.hash.data assertion says of the text: a validation code of C2PA.

    c2pa-rs cannot check it, because it knows no text and refuses every exclusion in a container it does not know.
    """
    if [found.start, found.length] != [assertion.get("start"), assertion.get("length")]:
        return "assertion.dataHash.mismatch"
    hasher = _HASHES.get(str(assertion.get("alg")))
    if hasher is None:
        return "algorithm.unsupported"
    data = text.encode()
    digest = hasher(data[: found.start] + data[found.start + found.length :]).digest()
    return "assertion.dataHash.match" if digest == assertion.get("hash") else "assertion.dataHash.mismatch"


def _data_hash(start: int, length: int, digest: bytes) -> dict[str, Any]:
    """A c2pa.hash.data assertion for c2pa-rs, which pads it to a length of its own."""
    return {
        "exclusions": [{"start": start, "length": length}],
        "name": "jumbf manifest",
        "alg": "sha256",
        "hash": list(digest),
        "pad": [],
    }


def _intact(data: bytes) -> bytes:
    """The signed text itself, when it reads back as intact; only the question who signed it may stay open."""
    from .trust import TrustStore
    from .verify import read

    claims = read(Asset.of(data), trust=TrustStore())
    if not claims or claims[0].state is not ClaimState.UNTRUSTED:
        codes = ", ".join(claims[0].codes) if claims else "it does not read as text"
        raise SigningFailed(f"what was signed does not validate: {codes}")
    return data
