"""What a scan costs against the sum of its bare parts: CPU time, in turns, the least of many.

    python -m benchmarks.scanning [ROUNDS]

The bare parts are the shortest programs that get the same facts: hashlib's SHA-256 of the file, c2pa-python's Reader
with the same trust lists, the XMP packet cut out and parsed with defusedxml, and, with marks, Pillow's decoding once
and the read function of every mark that is looked for. `inspect_path` does the same through all readers, tells gaps
and makes the dossier and its JSON line. No detectors run.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import c2pa
import defusedxml.ElementTree
import numpy as np
from PIL import Image

from indicia.provenance import keys
from indicia.provenance.credentials import Statement, default_store
from indicia.provenance.credentials.native import reading
from indicia.provenance.credentials.sign import sign
from indicia.provenance.evidence import Media
from indicia.provenance.inspect import inspect_path
from indicia.provenance.labels import iptc
from indicia.provenance.marks import MarkKey, pixel_marks

SIZES = {"1 MP": (1000, 1000), "12 MP": (4000, 3000)}
Parts = list[tuple[str, Callable[[], object]]]


def main(rounds: int = 20) -> None:
    """Print a table of milliseconds and ratios."""
    with tempfile.TemporaryDirectory() as folder:
        keys.init(Path(folder) / "keys")
        signer, secrets = keys.load_signer(Path(folder) / "keys"), keys.load_mark_keys(Path(folder) / "keys")
        print(f"{'':38}{'bare ms':>9}{'ours ms':>9}{'ratio':>8}")
        for size, pixels in SIZES.items():
            plain = _picture(*pixels)
            labelled = iptc.write(plain, "jpeg", iptc.Iptc(ai_system_used="a model"))
            signed = sign(labelled, "jpeg", Statement(model="a model"), signer)
            for name, data in (("plain", plain), ("labelled and signed", signed)):
                path = Path(folder) / "picture.jpg"
                path.write_bytes(data)
                for marks, turns in ((False, rounds), (True, max(2, rounds // 10))):
                    title = f"{size} JPEG, {name}{', marks' if marks else ''}"
                    _measure(title, _parts(path, secrets if marks else ()), path, secrets if marks else (), turns)


def _measure(title: str, parts: Parts, path: Path, secrets: tuple[MarkKey, ...], rounds: int) -> None:
    store = default_store()

    def ours() -> None:
        inspect_path(path, trust=store, keys=secrets, deep=bool(secrets)).to_line()

    costs = dict.fromkeys([*(name for name, _ in parts), "ours"], float("inf"))
    for _ in range(rounds):
        for name, call in (*parts, ("ours", ours)):
            started = time.process_time()
            call()
            costs[name] = min(costs[name], time.process_time() - started)
    mine = costs.pop("ours")
    bare = sum(costs.values())
    told = ", ".join(f"{name} {1000 * cost:.1f}" for name, cost in costs.items())
    print(f"{title:38}{1000 * bare:9.2f}{1000 * mine:9.2f}{mine / bare:8.2f}   ({told})")


def _parts(path: Path, secrets: tuple[MarkKey, ...]) -> Parts:
    context, pixels = reading(default_store().settings()), np.asarray(Image.open(path).convert("RGB"))

    def sha256() -> None:
        with open(path, "rb") as stream:
            hashlib.file_digest(stream, "sha256").hexdigest()

    def manifest() -> None:
        with open(path, "rb") as stream, contextlib.suppress(c2pa.C2paError):
            if reader := c2pa.Reader.try_create("image/jpeg", stream, context=context):
                reader.json()

    def xmp() -> None:
        data = path.read_bytes()
        start, end = data.find(b"<x:xmpmeta"), data.find(b"</x:xmpmeta>")
        if start >= 0:
            defusedxml.ElementTree.fromstring(data[start : end + 12])

    parts: Parts = [("sha256", sha256), ("c2pa", manifest), ("xmp", xmp)]
    if secrets:
        parts.append(("decode", lambda: np.asarray(Image.open(path).convert("RGB"))))
        for mark in pixel_marks():
            if mark.media is Media.IMAGE and mark.swift:  # the others are read only when asked for
                parts.append((mark.name, lambda mark=mark: mark.read(pixels, secrets)))  # type: ignore[misc]
    return parts


def _picture(width: int, height: int) -> bytes:
    """A JPEG with detail, about 0.4 bytes a pixel."""
    noise = np.random.default_rng(3).integers(0, 256, (height // 8, width // 8, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
