"""H.264 parameter sets and NAL units (ITU-T H.264, 7.3 and Annex B; ISO/IEC 14496-15, 5.3): what splicing needs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

IDR, SPS, PPS = 5, 7, 8
_START = re.compile(b"\0\0\1")
_MOST_SPS, _MOST_PPS = 31, 255  # of one configuration record

# What libx264 calls the profiles. A head in another profile than the rest could fail where the rest plays.
PROFILES = {
    "Baseline": "baseline", "Constrained Baseline": "baseline", "Main": "main", "High": "high", "High 10": "high10",
    "High 4:2:2": "high422", "High 4:4:4 Predictive": "high444",
}  # fmt: skip


class NotSpliceable(Exception):
    """Why the parameter sets of a stream cannot be joined with those of another; it never leaves this package."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """An AVC decoder configuration record: what stands before and behind its parameter sets, and they."""

    head: bytes  # version, profile, compatibility, level, length size
    sps: tuple[bytes, ...]
    pps: tuple[bytes, ...]
    tail: bytes

    @property
    def length_size(self) -> int:
        """Bytes of the length before each NAL unit."""
        return (self.head[4] & 3) + 1

    @property
    def free_id(self) -> int:
        """The lowest number that none of its parameter sets bears.

        Raises:
            NotSpliceable: all are taken.
        """
        taken = {number_of(s) for s in self.sps} | {number_of(p) for p in self.pps}
        free = next((n for n in range(32) if n not in taken), None)
        if free is None:
            raise NotSpliceable("all numbers of parameter sets are taken")
        return free

    def joined(self, annex_b: bytes) -> bytes:
        """The record with the parameter sets of an encoder's header as well.

        Raises:
            NotSpliceable: too many.
        """
        units = units_of(annex_b)
        sps = (*self.sps, *(u for u in units if u[0] & 31 == SPS))
        pps = (*self.pps, *(u for u in units if u[0] & 31 == PPS))
        if len(sps) > _MOST_SPS or len(pps) > _MOST_PPS:
            raise NotSpliceable("too many parameter sets")
        first, second = _counted(sps), _counted(pps)
        return self.head + bytes([0xE0 | len(sps)]) + first + bytes([len(pps)]) + second + self.tail


def parse(record: bytes | None) -> Configuration:
    """The configuration record of a stream.

    Raises:
        NotSpliceable: it is none, such as the Annex B form of AVI, or damaged.
    """
    if not record or len(record) < 7 or record[0] != 1:
        raise NotSpliceable("its parameter sets stand in the stream")
    sps, at = _sets(record, 6, record[5] & 31)
    if at >= len(record):
        raise NotSpliceable("its configuration record is damaged")
    pps, at = _sets(record, at + 1, record[at])
    if not sps or not pps:
        raise NotSpliceable("its configuration record holds no parameter sets")
    return Configuration(record[:5], sps, pps, record[at:])


def units_of(annex_b: bytes) -> list[bytes]:
    """The NAL units between start codes."""
    found = [m.end() for m in _START.finditer(annex_b)]
    ends = [start - 3 for start in found[1:]] + [len(annex_b)]
    return [unit for start, end in zip(found, ends, strict=True) if (unit := annex_b[start:end].rstrip(b"\0"))]


def lengthed(units: Iterable[bytes], length_size: int) -> bytes:
    """The units, each behind its length.

    Raises:
        NotSpliceable: a unit is too long for that size of length.
    """
    try:
        return b"".join(len(u).to_bytes(length_size, "big") + u for u in units)
    except OverflowError as error:
        raise NotSpliceable("its lengths are too short for a picture") from error


def kinds(sample: bytes, length_size: int) -> list[int]:
    """The types of the NAL units of a sample in the form with lengths; broken ones end the list."""
    found, at = [], 0
    while at + length_size < len(sample):
        length = int.from_bytes(sample[at : at + length_size], "big")
        found.append(sample[at + length_size] & 31)
        at += length_size + length
    return found


def number_of(unit: bytes) -> int:
    """The id of a sequence or picture parameter set.

    Raises:
        NotSpliceable: damaged.
    """
    start = 4 if unit and unit[0] & 31 == SPS else 1  # behind the profile, its constraints and the level
    # Emulation prevention (7.4.1) cannot stand this early: ids are small, and what is before them is not zero thrice.
    bits = "".join(f"{byte:08b}" for byte in unit[start : start + 5])
    zeros = len(bits) - len(bits.lstrip("0"))  # Exp-Golomb, 9.1
    if zeros > 8 or len(bits) < 2 * zeros + 1:
        raise NotSpliceable("a parameter set is damaged")
    return int(bits[zeros : 2 * zeros + 1], 2) - 1


def _counted(sets: tuple[bytes, ...]) -> bytes:
    return b"".join(len(s).to_bytes(2, "big") + s for s in sets)


def _sets(record: bytes, at: int, count: int) -> tuple[tuple[bytes, ...], int]:
    found = []
    for _ in range(count):
        length = int.from_bytes(record[at : at + 2], "big")
        if not length or at + 2 + length > len(record):
            raise NotSpliceable("its configuration record is damaged")
        found.append(record[at + 2 : at + 2 + length])
        at += 2 + length
    return tuple(found), at
