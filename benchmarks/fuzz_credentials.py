"""Feeds mutated signed files to the reader of manifests: python -m benchmarks.fuzz_credentials [COUNT] [SEED].

Every format that carries a manifest, signed, with a parent in its chain; one to eight edits each, half of them inside
the manifest. Printed are the states that came out, and every exception that is not a documented error of indicia.
"""

from __future__ import annotations

import io
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

from indicia.provenance import Asset, keys
from indicia.provenance.credentials import Statement, TrustStore, examine
from indicia.provenance.credentials.sign import sign
from indicia.provenance.errors import IndiciaError

SLOW_SECONDS = 1.0
_PICTURES = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF", "PDF")


def seeds() -> dict[str, bytes]:
    """By format, a small signed file with a parent."""
    with tempfile.TemporaryDirectory() as folder:
        keys.init(Path(folder))
        signer = keys.load_signer(Path(folder))
    plain = {
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><g></g></svg>',
        "text": "Some text. 一些文字。\n".encode(),
    }
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (24, 32, 3), dtype=np.uint8))
    for name in _PICTURES:
        buffer = io.BytesIO()
        noise.save(buffer, name)
        plain[name.lower()] = buffer.getvalue()
    first = Statement(model="m", prompt="p", soft_bindings=(("io.iscc.v0", "ISCC:X"),))
    signed = {name: sign(data, name, first, signer) for name, data in plain.items()}
    return {name: sign(data, name, Statement(kind="opened"), signer) for name, data in signed.items()}


def mutated(data: bytes, dice: random.Random) -> bytes:
    """One to eight edits: bits, bytes, cuts, doublings, lengths."""
    changed = bytearray(data)
    inside = max(0, data.find(b"jumd"))
    for _ in range(dice.choice((1, 1, 2, 4, 8))):
        if not changed:
            break
        at = dice.randrange(len(changed))
        if dice.random() < 0.5:
            at = min(len(changed) - 1, inside + dice.randrange(4000))
        match dice.randrange(6):
            case 0 | 1:
                changed[at] ^= 1 << dice.randrange(8)
            case 2:
                changed[at] = dice.randrange(256)
            case 3:
                changed[at : at + 4] = dice.choice((b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\1"))
            case 4:
                del changed[at : at + dice.randrange(64)]
            case 5:
                changed[at:at] = changed[at : at + dice.randrange(64)]
    return bytes(changed)


def main(count: int = 100_000, seed: int = 1) -> int:
    """Read `count` mutated files; how many crashed."""
    dice, files = random.Random(seed), list(seeds().items())
    states: Counter[str] = Counter()
    crashes, slowest, trust = 0, 0.0, TrustStore()
    for number in range(count):
        name, data = files[number % len(files)]
        changed, started = mutated(data, dice), time.process_time()
        try:
            claims, gaps = examine(Asset.of(changed), trust=trust)
            states.update([claims[0].state.value if claims else "gap" if gaps else "nothing"])
        except IndiciaError as error:
            states[type(error).__name__] += 1
        except Exception:  # noqa: BLE001  what is counted here is exactly what should not happen
            crashes += 1
            print(f"{name}, file {number}:\n{traceback.format_exc()}")
        slowest = max(slowest, time.process_time() - started)
    print(f"{count:,} mutated files of {len(files)} formats, {crashes} crashes, slowest {slowest:.2f} s CPU")
    print(", ".join(f"{state} {found:,}" for state, found in states.most_common()))
    return crashes


if __name__ == "__main__":
    sys.exit(bool(main(*map(int, sys.argv[1:]))))
