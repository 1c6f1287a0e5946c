"""The label font as PDF needs it: the number and width of each character's glyph, and its outlines (CFF)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from ..errors import Unsupported

_CHARSET = 15  # CFF, table 9: where the table from glyphs to character identifiers stands
_CMAP_FULL, _CMAP_BASIC = 12, 4


@dataclass(frozen=True, slots=True)
class CidFont:
    """`cids` gives the identifier of a character's glyph, `widths` its advance in thousandths of the size."""

    name: str
    cff: bytes
    cids: dict[str, int]
    widths: dict[int, int]

    def require(self, text: str) -> None:
        """Refuse a text with characters that the font has not.

        Raises:
            Unsupported: some are missing; the text names them.
        """
        if missing := [c for c in dict.fromkeys(text) if c not in self.cids]:
            raise Unsupported(f"the label font has no {' '.join(missing)}; choose a wording without")

    def width(self, text: str) -> float:
        """The width of a line at size 1."""
        return sum(self.widths[self.cids[c]] for c in text) / 1000

    def codes(self, text: str) -> str:
        """The text as a PDF string of two-byte identifiers, in hexadecimal."""
        return "".join(f"{self.cids[c]:04X}" for c in text)


@cache
def load(path: Path) -> CidFont:
    """The font in an OpenType file with CID-keyed outlines, such as the one shipped here."""
    data = path.read_bytes()
    tables = {}
    for i in range(int.from_bytes(data[4:6], "big")):
        tag, _, offset, length = struct.unpack_from(">4sIII", data, 12 + 16 * i)
        tables[tag] = data[offset : offset + length]
    units = int.from_bytes(tables[b"head"][18:20], "big")
    glyphs = int.from_bytes(tables[b"maxp"][4:6], "big")
    full = int.from_bytes(tables[b"hhea"][34:36], "big")
    advances = struct.unpack_from(">" + "HH" * full, tables[b"hmtx"])[::2]
    numbers = _numbers(tables[b"CFF "], glyphs)
    characters = {chr(c): g for c, g in _characters(tables[b"cmap"]) if 0 < g < glyphs}
    widths = {numbers[g]: advances[min(g, full - 1)] * 1000 // units for g in characters.values()}
    return CidFont(path.stem, tables[b"CFF "], {c: numbers[g] for c, g in characters.items()}, widths)


def _characters(cmap: bytes) -> Iterator[tuple[int, int]]:
    """Code point and glyph of every character, from the fullest table of Unicode there is."""
    found = {}
    for i in range(int.from_bytes(cmap[2:4], "big")):
        _, _, offset = struct.unpack_from(">HHI", cmap, 4 + 8 * i)
        found[int.from_bytes(cmap[offset : offset + 2], "big")] = offset
    if _CMAP_FULL in found:
        at = found[_CMAP_FULL]
        for i in range(int.from_bytes(cmap[at + 12 : at + 16], "big")):
            first, last, glyph = struct.unpack_from(">III", cmap, at + 16 + 12 * i)
            yield from ((first + k, glyph + k) for k in range(last - first + 1))
        return
    at = found[_CMAP_BASIC]
    count = int.from_bytes(cmap[at + 6 : at + 8], "big") // 2
    rows = [
        struct.unpack_from(f">{count}H", cmap, at + 14 + skip)
        for skip in (0, 2 * count + 2, 4 * count + 2, 6 * count + 2)
    ]
    for i, (last, first, delta, offset) in enumerate(zip(*rows, strict=True)):
        for code in range(first, min(last, 0xFFFE) + 1):
            place = at + 16 + 6 * count + 2 * i + offset + 2 * (code - first)
            glyph = int.from_bytes(cmap[place : place + 2], "big") if offset else code
            yield code, (glyph + delta) & 0xFFFF if glyph or not offset else 0


def _numbers(cff: bytes, glyphs: int) -> list[int]:
    """The character identifier of each glyph (CFF, section 13)."""
    _, after_names = _index(cff, cff[2])
    (top, *_), _ = _index(cff, after_names)
    at = dict(_operands(top))[_CHARSET][0]
    form, at = cff[at], at + 1
    found = [0]
    while len(found) < glyphs:
        first = int.from_bytes(cff[at : at + 2], "big")
        left = 0 if form == 0 else int.from_bytes(cff[at + 2 : at + 2 + form], "big")
        found += range(first, first + left + 1)
        at += 2 + form
    return found[:glyphs]


def _index(cff: bytes, at: int) -> tuple[list[bytes], int]:
    """The items of an INDEX and where it ends (CFF, section 5)."""
    count, size = int.from_bytes(cff[at : at + 2], "big"), cff[at + 2]
    if count == 0:
        return [], at + 2
    table = at + 3
    offsets = [int.from_bytes(cff[table + size * i : table + size * (i + 1)], "big") for i in range(count + 1)]
    data = table + size * (count + 1) - 1
    return [cff[data + a : data + b] for a, b in pairwise(offsets)], data + offsets[-1]


def _operands(dictionary: bytes) -> Iterator[tuple[int, list[int]]]:
    """Operator and whole operands of a DICT (CFF, section 4); real numbers are passed over."""
    at, values = 0, list[int]()
    while at < len(dictionary):
        byte = dictionary[at]
        if byte <= 21:
            wide = byte == 12
            yield (1200 + dictionary[at + 1] if wide else byte), values
            at, values = at + 1 + wide, []
        elif byte == 30:
            at += 1
            while dictionary[at] & 15 != 15:
                at += 1
            at += 1
        elif byte in (28, 29):
            size = 2 if byte == 28 else 4
            values.append(int.from_bytes(dictionary[at + 1 : at + 1 + size], "big", signed=True))
            at += 1 + size
        elif byte <= 246:
            values.append(byte - 139)
            at += 1
        else:
            high = (byte - 247) * 256 + 108 if byte <= 250 else -(byte - 251) * 256 - 108
            values.append(high + dictionary[at + 1] * (1 if byte <= 250 else -1))
            at += 2
