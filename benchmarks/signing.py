"""What signing and verifying cost against bare c2pa-python: CPU time, interleaved, the least of many.

    python -m benchmarks.signing [ROUNDS]

"Bare" is the shortest correct program on c2pa-python: the same manifest, no thumbnail, one Context and one Signer for
all calls. Ours signs, reads what it wrote back and validates it, and replaces the file by rename; bare c2pa-python
writes over the target and does not look at it again. Verifying is compared twice: with the same trust lists given to
both, and against c2pa-python without any (which calls genuine photographs invalid). "Sign and verify" is a file signed
and the result verified from disk, by both.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import c2pa
import numpy as np
from PIL import Image

from indicia.provenance import Asset, keys
from indicia.provenance.credentials import Statement, TrustStore, default_store, read, sign_file
from indicia.provenance.credentials.manifest import definition
from indicia.provenance.credentials.native import reading
from indicia.provenance.credentials.sign import sign

SIZES = {"1 MP": (1000, 1000), "12 MP": (4000, 3000)}
STATEMENT = Statement(model="tiny-diffusion", model_version="1.2")


def main(rounds: int = 40) -> None:
    """Print a table of milliseconds and ratios."""
    with tempfile.TemporaryDirectory() as folder:
        signer = _signer(Path(folder) / "keys")
        native = c2pa.Signer.from_info(c2pa.C2paSignerInfo(b"es256", signer.chain_pem, signer.key_pem, None))
        store = default_store()
        print(f"{'':38}{'bare ms':>9}{'ours ms':>9}{'ratio':>8}")
        for size, pixels in SIZES.items():
            data = _picture(*pixels)
            for name, bare, ours in _pairs(data, Path(folder), signer, native, store):
                low, high = _least(bare, ours, rounds)
                print(f"{size + ' JPEG, ' + name:38}{low:9.2f}{high:9.2f}{high / low:8.2f}")


def _pairs(
    data: bytes, folder: Path, signer: keys.FileSigner, native: c2pa.Signer, store: TrustStore
) -> list[tuple[str, Callable[[], object], Callable[[], object]]]:
    source, target, manifest = folder / "source.jpg", folder / "target.jpg", definition(STATEMENT, "image/jpeg")[0]
    source.write_bytes(data)
    writing = c2pa.Context.from_dict({"builder": {"thumbnail": {"enabled": False}}})
    signed = sign(data, "jpeg", STATEMENT, signer)
    asset, listed, unlisted = Asset.of(signed), reading(store.settings()), reading()
    target.write_bytes(signed)

    def bare_bytes() -> None:
        c2pa.Builder(manifest, context=writing).sign(native, "image/jpeg", io.BytesIO(data), io.BytesIO())

    def bare_file() -> None:
        c2pa.Builder(manifest, context=writing).sign_file(str(source), str(target), native)

    def bare_read(context: c2pa.Context) -> None:
        c2pa.Reader("image/jpeg", io.BytesIO(signed), context=context).json()

    def bare_both() -> None:
        bare_file()
        with open(target, "rb") as stream:
            c2pa.Reader("image/jpeg", stream, context=listed).json()

    def ours_both() -> None:
        read(Asset.open(sign_file(source, STATEMENT, signer, output=target)), trust=store)

    return [
        ("sign bytes", bare_bytes, lambda: sign(data, "jpeg", STATEMENT, signer)),
        ("sign file", bare_file, lambda: sign_file(source, STATEMENT, signer, output=target)),
        ("verify, same lists", lambda: bare_read(listed), lambda: read(asset, trust=store)),
        ("verify, no lists", lambda: bare_read(unlisted), lambda: read(asset, trust=TrustStore())),
        ("verify, lists against none", lambda: bare_read(unlisted), lambda: read(asset, trust=store)),
        ("sign and verify, same lists", bare_both, ours_both),
    ]


def _least(bare: Callable[[], object], ours: Callable[[], object], rounds: int) -> tuple[float, float]:
    """The least CPU milliseconds of each, measured in turns."""
    found = [float("inf"), float("inf")]
    for _ in range(rounds):
        for index, call in enumerate((bare, ours)):
            started = time.process_time()
            call()
            found[index] = min(found[index], time.process_time() - started)
    return found[0] * 1000, found[1] * 1000


def _signer(folder: Path) -> keys.FileSigner:
    keys.init(folder)
    return keys.load_signer(folder)


def _picture(width: int, height: int) -> bytes:
    """A JPEG with detail, about 0.4 bytes a pixel."""
    noise = np.random.default_rng(3).integers(0, 256, (height // 8, width // 8, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
