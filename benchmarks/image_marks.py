"""Measures every image mark that can be embedded: exact payloads after each attack, PSNR, CPU seconds, false alarms.

    python -m benchmarks.image_marks [--methods dwt_dct,dwt_dct_svd,riva_gan] [--pictures 8] [--unmarked FOLDER]

Prints Markdown. The first eight pictures come with scikit-image and scikit-learn; `--photos` names the folder of the
Debian packages listed in tile_pictures.py, for more. `--unmarked` takes a folder of pictures that carry no mark; all
are read under many keys, and for the fixed marks of other tools. A payload is right only if every bit is.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.tile_attacks import MATRIX
from benchmarks.tile_pictures import photographs
from indicia.provenance.errors import Unsupported
from indicia.provenance.marks import MarkKey, PixelMark, get, pixel_marks

Pixels = NDArray[np.uint8]
KEY = MarkKey("bench", bytes(range(32)))


def psnr(before: Pixels, after: Pixels) -> float:
    """Peak signal to noise ratio in dB over the three channels."""
    return float(10 * np.log10(255**2 / np.mean((before.astype(np.float64) - after) ** 2)))


class Run:
    """One method over the pictures: what came back after each attack, and what it cost."""

    def __init__(self, mark: PixelMark, pictures: Sequence[tuple[str, Pixels]]) -> None:
        self.mark = mark
        self.right = dict.fromkeys(MATRIX, 0)
        self.loss: list[float] = []
        self.wrong = self.refused = 0
        self.seconds = {"mark": 0.0, "read": 0.0}
        self.pixels, self.reads = 0, 0
        for place, (_, pixels) in enumerate(pictures):
            self._one(pixels, place)

    def _one(self, pixels: Pixels, place: int) -> None:
        payload = int(np.random.default_rng(place).integers(0, 1 << min(62, self.mark.payload_bits)))
        start = time.process_time()
        try:
            marked = self.mark.embed(pixels, payload, KEY)
        except Unsupported:
            self.refused += 1
            return
        self.seconds["mark"] += time.process_time() - start
        self.pixels += pixels.shape[0] * pixels.shape[1]
        self.loss.append(psnr(pixels, marked))
        for name, attack in MATRIX.items():
            attacked = np.asarray(attack(Image.fromarray(marked), np.random.default_rng(place)))
            start = time.process_time()
            reading = self.mark.read(attacked, [KEY])
            self.seconds["read"] += time.process_time() - start
            self.reads += 1
            back = None if reading is None else int(reading.payload, 16)
            self.right[name] += back == payload
            self.wrong += back is not None and back != payload

    def share(self, name: str, pictures: int) -> float:
        """The share of pictures whose whole payload came back."""
        return self.right[name] / pictures


def table(runs: Sequence[Run], pictures: int) -> Iterator[str]:
    """The results as Markdown."""
    yield "| attack | " + " | ".join(f"{run.mark.name} {run.mark.payload_bits}b" for run in runs) + " |"
    yield "|---|" + "---|" * len(runs)
    for name in MATRIX:
        yield f"| {name} | " + " | ".join(f"{run.share(name, pictures):.0%}" for run in runs) + " |"
    means = [np.mean([run.share(name, pictures) for name in MATRIX]) for run in runs]
    yield "| **mean** | " + " | ".join(f"**{mean:.0%}**" for mean in means) + " |"
    yield "| PSNR dB, mean (least) | " + " | ".join(f"{np.mean(r.loss):.1f} ({min(r.loss):.1f})" for r in runs) + " |"
    yield "| CPU s to mark 1 MP | " + " | ".join(f"{1e6 * r.seconds['mark'] / r.pixels:.2f}" for r in runs) + " |"
    yield "| CPU s to read one | " + " | ".join(f"{r.seconds['read'] / r.reads:.2f}" for r in runs) + " |"
    yield "| refused pictures | " + " | ".join(str(run.refused) for run in runs) + " |"
    yield "| wrong payloads | " + " | ".join(str(run.wrong) for run in runs) + " |"


def false_alarms(folder: Path, marks: Sequence[PixelMark], keys: int, most: int) -> Iterator[str]:
    """How many of the unmarked pictures of a folder give a reading, under many keys at once."""
    several = [MarkKey(str(n), n.to_bytes(16, "big")) for n in range(keys)]
    files = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in {".jpg", ".jpeg", ".png", ".webp"}]
    step = max(1, len(files) // most)
    hits, pictures = dict.fromkeys((mark.name for mark in marks), 0), 0
    for path in files[::step][:most]:
        with Image.open(path) as opened:
            picture = opened.convert("RGB")
        picture.thumbnail((1600, 1600))
        pictures += 1
        for mark in marks:
            hits[mark.name] += mark.read(np.asarray(picture), several) is not None
    for mark in marks:
        tries = pictures * (keys if mark.can_embed else 1)
        expected = mark.false_positive_rate * tries
        yield f"{mark.name}: {hits[mark.name]} readings in {tries:,} unmarked reads (expected {expected:.1e})"


def fixed_marks(folder: Path, most: int) -> Iterator[str]:
    """How many pictures marked as SDXL's pipeline does are recognised, by us and by the stock decoder (42 of 48)."""
    from imwatermark import WatermarkDecoder, WatermarkEncoder

    from benchmarks.tile_attacks import codec
    from indicia.provenance.marks.sd_fixed import FIXED

    bits = [int(bit) for bit in FIXED[0].bits]
    encoder = WatermarkEncoder()
    encoder.set_watermark("bits", bits)
    copies = {"lossless": MATRIX["none"], "JPEG 95": codec("JPEG", 95), "JPEG 90": codec("JPEG", 90)}
    ours, stock, count = dict.fromkeys(copies, 0), dict.fromkeys(copies, 0), 0
    files = sorted(path for path in folder.rglob("*.jpg"))
    for path in files[:: max(1, len(files) // most)][:most]:
        with Image.open(path) as opened:
            picture = opened.convert("RGB")
        picture.thumbnail((1024, 1024))
        if min(picture.size) < 256:
            continue
        count += 1
        bgr = np.asarray(picture)[..., ::-1].astype(np.float32)
        marked = np.clip(np.rint(encoder.encode(bgr, "dwtDct")), 0, 255).astype(np.uint8)[..., ::-1]
        for name, attack in copies.items():
            pixels = np.asarray(attack(Image.fromarray(np.ascontiguousarray(marked)), np.random.default_rng(0)))
            reading = get("sd_fixed").read(pixels, [])
            ours[name] += reading is not None and reading.method.startswith("stable-diffusion-xl")
            read = WatermarkDecoder("bits", 48).decode(pixels[..., ::-1].copy(), "dwtDct")
            stock[name] += sum(a == b for a, b in zip(bits, read, strict=True)) >= 42
    for name in copies:
        yield f"SDXL's mark, {name}: {ours[name]} of {count} pictures recognised, by the stock decoder {stock[name]}"


def main() -> None:
    """Run the measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--methods", default="dwt_dct,dwt_dct_svd,riva_gan")
    parser.add_argument("--pictures", type=int, default=8)
    parser.add_argument("--photos", type=Path, default=Path())
    parser.add_argument("--unmarked", type=Path)
    parser.add_argument("--keys", type=int, default=100)
    parser.add_argument("--most", type=int, default=900)
    options = parser.parse_args()
    if options.unmarked:
        quick = [mark for mark in pixel_marks() if not mark.extra and mark.name != "tile"]  # tile has its own benchmark
        print("\n".join(fixed_marks(options.unmarked, 60)), flush=True)
        print("\n".join(false_alarms(options.unmarked, quick, options.keys, options.most)), flush=True)
    pictures = list(photographs(options.photos, options.pictures))
    runs = [Run(get(name), pictures) for name in options.methods.split(",")]
    print("\n".join(table(runs, len(pictures))))


if __name__ == "__main__":
    main()
