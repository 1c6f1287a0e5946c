"""Mutated files against every reader that has no model: python -m benchmarks.fuzz [COUNT] [SEED] [FORMAT ...]."""

from __future__ import annotations

import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

import documents
import movies
import streams
from containers import OWN_XMP, everything
from media import every_format

from indicia.provenance import traces
from indicia.provenance.asset import Asset
from indicia.provenance.errors import IndiciaError, Unsupported
from indicia.provenance.evidence import Media
from indicia.provenance.formats import _zip, for_format
from indicia.provenance.labels import aigc, iptc, readers, written
from indicia.provenance.labels import documents as shown
from indicia.provenance.sniff import FORMATS, HEAD, sniff

SLOW_SECONDS = 1.0  # CPU time of all readers on one small input; more is a weakness, and is reported
_BYTES = (b"\0", b"\x01", b"\x7f", b"\x80", b"\xff", b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"\xed\xa0\x80")
_WORDS = (b"<", b">", b'"', b"&", b"AIGC", b"{", b"}", b"[", b"---\n", b"<!--", b"]]>", b"\r\n")
_TELLING = _BYTES + _WORDS


def seeds() -> list[tuple[str, bytes]]:
    """Plain and labelled files of every container, packets of the user's own, and a file of every other format."""
    every = (everything(), movies.movies(), streams.everything(), documents.documents())
    plain = [sample for group in every for sample in group.values()]
    found = list(plain)
    for kind, data in plain:
        marked = aigc.write(data, kind, aigc.Aigc("1", "ACME", "n1", aigc.reserved_code(data, kind)))
        try:
            marked = iptc.write(for_format(kind).write_xmp(marked, OWN_XMP), kind, iptc.Iptc(ai_system_used="x"))
            marked = aigc.write(marked, kind, aigc.Aigc("1", "ACME", "n1"))
        except Unsupported:  # no place for XMP
            pass
        found.append((kind, marked))
    found += [("text", written.add("正文。\n" * 5).encode()), ("html", written.add("<p>x</p>", kind="html").encode())]
    return found + list(every_format().items())


def mutated(data: bytes, dice: random.Random) -> bytes:
    """One to eight edits: bytes and bits changed, cut, doubled, swapped, tokens put in, the end cut off."""
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 3, 8))):
        # Structure stands near the beginning of most containers.
        limit = len(changed) if dice.random() < 0.5 else min(len(changed), 400)
        at = dice.randrange(limit) if limit else 0
        match dice.randrange(7):
            case 0 if changed:
                changed[at] ^= 1 << dice.randrange(8)
            case 1 if changed:
                changed[at] = dice.randrange(256)
            case 2:
                changed[at:at] = dice.choice(_TELLING)
            case 3:
                token = dice.choice(_TELLING)
                changed[at : at + len(token)] = token
            case 4:
                del changed[at : at + dice.randrange(1, 40)]
            case 5:
                changed[at:at] = changed[at : at + dice.randrange(1, 40)]
            case _:
                del changed[dice.randrange(len(changed) + 1) :]
    return bytes(changed)


def mutated_within(data: bytes, dice: random.Random) -> bytes:
    """As `mutated`, and for every other archive one of its members instead, sizes and checksums made right again."""
    if data[:4] == b"PK\3\4" and dice.random() < 0.5:
        archive = _zip.parse(data)
        name = dice.choice(list(archive.members))
        return archive.changed({name: mutated(archive.read(name), dice)})
    return mutated(data, dice)


def acts(kind: str, data: bytes) -> Iterator[tuple[str, Callable[[], object]]]:
    """Everything that reads `data`, by what the content says it is and by what it was."""
    asset = Asset.of(data, name="fuzz")
    yield "sniff", lambda: sniff(data[:HEAD])
    for reader in readers():
        if asset.media in reader.media:
            yield f"label {reader.name}", lambda reader=reader: reader.read(asset)  # type: ignore[misc]
    yield "traces", lambda: traces.read(asset)
    for name in {kind, asset.format}:
        try:
            module = for_format(name)
        except IndiciaError:
            continue
        yield f"{name} read_xmp", lambda module=module: module.read_xmp(data)  # type: ignore[misc]
        yield f"{name} read_fields", lambda module=module: module.read_fields(data)  # type: ignore[misc]
        yield f"{name} essence", lambda module=module: module.essence(data)  # type: ignore[misc]
        yield f"{name} write_xmp", lambda module=module: module.write_xmp(data, OWN_XMP)  # type: ignore[misc]
        yield f"{name} write_field", lambda module=module: module.write_field(data, "k", "v")  # type: ignore[misc]
        yield f"{name} without", lambda module=module: module.without(data, lambda *_: True)  # type: ignore[misc]
        if FORMATS[name][0] is Media.DOCUMENT:
            yield f"{name} shown", lambda name=name: shown.put(data, name, "AI生成")  # type: ignore[misc]
        yield f"{name} label", lambda name=name: aigc.write(data, name, aigc.Aigc("1", "a", "b"))  # type: ignore[misc]


def main(count: int = 100_000, seed: int = 0, *, formats: frozenset[str] = frozenset()) -> int:
    """Runs `count` inputs, of these formats alone if any are named; returns the number of crashes.

    Prints how many reads, refusals and crashes there were.
    """
    dice, files = random.Random(seed), [f for f in seeds() if not formats or f[0] in formats]
    done: Counter[str] = Counter()
    crashes: Counter[str] = Counter()
    slowest = 0.0
    started = time.process_time()
    for number in range(count):
        kind, original = dice.choice(files)
        data, before = mutated_within(original, dice), time.process_time()
        for name, act in acts(kind, data):
            try:
                act()
                done["read"] += 1
            except IndiciaError:
                done["refused"] += 1
            except Exception as error:  # noqa: BLE001  this is what is counted
                where = traceback.extract_tb(error.__traceback__)[-1]
                crashes[
                    f"{name}: {type(error).__name__} at {Path(where.filename).name}:{where.lineno}: {error}"[:160]
                ] += 1
        slowest = max(slowest, took := time.process_time() - before)
        if took > SLOW_SECONDS:
            print(f"slow: input {number} of seed {seed} ({kind}, {len(data)} bytes) took {took:.1f} s")
    for text, times in crashes.most_common(30):
        print(f"crash x{times}: {text}")
    print(
        f"{count} inputs from {len(files)} files, {sum(done.values())} reads and writes: {done['read']} answered, "
        f"{done['refused']} refused, {crashes.total()} crashes; slowest {slowest * 1000:.0f} ms, "
        f"{time.process_time() - started:.0f} s CPU"
    )
    return crashes.total()


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdecimal()]
    sys.exit(bool(main(*numbers[:2], formats=frozenset(w for w in sys.argv[1:] if not w.isdecimal()))))
