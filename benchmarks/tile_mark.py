"""Measures our own image mark: what it survives, what it costs the eye and the clock, and what it mistakes for itself.

    python -m benchmarks.tile_mark --photos FOLDER/usr/share [--quick] [--unmarked 2400] [--only matrix,beyond,...]

Prints Markdown. FOLDER holds the unpacked Debian packages named in tile_pictures.py. The baseline, in the same run, is
the stock invisible-watermark's dwtDctSvd with 32 bits, half of what tile carries. Times are CPU seconds.
"""

from __future__ import annotations

import argparse
import math
import resource
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.tile_attacks import BEYOND, MATRIX, Attack, chain, codec, cropped, scaled
from benchmarks.tile_pictures import DRAWN, all_photographs, fit, photographs, scene
from indicia.provenance.marks import MarkKey
from indicia.provenance.marks.tile import Tile

Pixels = NDArray[np.uint8]
Named = tuple[str, Pixels]

KEY = MarkKey("bench", b"the secret of the benchmark")
TILE = Tile()
FOR_DRAWINGS = (
    *("none", "JPEG 75", "JPEG 50", "JPEG 30", "WebP 75", "resize 0.5", "crop 25 %", "crop 50 %", "rotate 5"),
    *("screenshot", "social media", "combined", "half size, JPEG 60", "WebP 50", "AVIF 50", "scale 2"),
)


class Ours:
    """tile, through its contract."""

    name, bits = "tile, 64 bits", 64

    def mark(self, pixels: Pixels, payload: int) -> Pixels:
        """The marked picture."""
        return TILE.embed(pixels, payload, KEY)

    def read(self, pixels: Pixels) -> int | None:
        """The payload, or None."""
        reading = TILE.read(pixels, [KEY])
        return int(reading.payload, 16) if reading else None


class Deep(Ours):
    """tile, read with the deep search."""

    name = "tile, deep read"

    def read(self, pixels: Pixels) -> int | None:
        """The payload, or None."""
        reading = TILE.read(pixels, [KEY], deep=True)
        return int(reading.payload, 16) if reading else None


class Stock:
    """invisible-watermark as it comes."""

    name, bits = "dwtDctSvd, 32 bits", 32

    def mark(self, pixels: Pixels, payload: int) -> Pixels:
        """The marked picture."""
        from imwatermark import WatermarkEncoder

        encoder = WatermarkEncoder()
        encoder.set_watermark("bits", [(payload >> i) & 1 for i in range(self.bits)])
        marked = encoder.encode(np.ascontiguousarray(pixels[..., ::-1]), "dwtDctSvd")
        return np.ascontiguousarray(marked[..., ::-1]).astype(np.uint8)

    def read(self, pixels: Pixels) -> int | None:
        """The payload: any picture has one for this method."""
        from imwatermark import WatermarkDecoder

        if pixels.shape[0] * pixels.shape[1] < 65536:
            return None
        bits = WatermarkDecoder("bits", self.bits).decode(np.ascontiguousarray(pixels[..., ::-1]), "dwtDctSvd")
        return sum(int(bit) << i for i, bit in enumerate(bits))


Method = Ours | Stock


def main() -> None:
    """Runs the sections asked for and prints each as it ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--quick", action="store_true", help="six photographs, 200 unmarked reads")
    parser.add_argument("--unmarked", type=int, default=2400)
    parser.add_argument("--alone", action="store_true", help="without the baseline")
    parser.add_argument("--seed", type=int, default=2026, help="of the unmarked pictures")
    parser.add_argument("--only", default="invisible,matrix,beyond,drawings,small,averaging,collusion,unmarked,speed")
    options = parser.parse_args()
    pictures = list(photographs(options.photos, 6 if options.quick else 24))
    drawings = [(f"scene {i}", scene(np.random.default_rng(i))) for i in range(6 if options.quick else 40)]
    plain: list[Method] = [Ours()] if options.alone else [Ours(), Stock()]
    sections: dict[str, Callable[[], None]] = {
        "invisible": lambda: invisible(plain, pictures, drawings),
        "matrix": lambda: matrix("The matrix, photographs", plain, pictures, MATRIX),
        "beyond": lambda: matrix("Beyond the matrix, photographs", [Ours(), Deep()], pictures, BEYOND),
        "drawings": lambda: matrix("Flat drawings, 512 px", plain, drawings, _pick(FOR_DRAWINGS)),
        "small": lambda: small(pictures),
        "averaging": lambda: averaging(pictures),
        "collusion": lambda: collusion(pictures),
        "unmarked": lambda: unmarked(options.photos, 200 if options.quick else options.unmarked, options.seed),
        "speed": lambda: speed(pictures, big=not options.quick),
    }
    for name in options.only.split(","):
        sections[name]()


def matrix(title: str, methods: Sequence[Method], pictures: Sequence[Named], attacks: dict[str, Attack]) -> None:
    """Share of pictures whose whole payload comes back, for each attack and method."""
    hits = {(m.name, a): [0, 0] for m in methods for a in attacks}
    for name, pixels in pictures:
        for method in methods:
            payload = _payload(name, method.bits)
            marked = Image.fromarray(method.mark(pixels, payload))
            for attack, change in attacks.items():
                seed = np.random.default_rng(zlib.crc32((name + attack).encode()))
                read = method.read(np.asarray(change(marked, seed)))
                count = hits[method.name, attack]
                count[0] += read == payload
                count[1] += 1
                print(f"{title}\t{name}\t{method.name}\t{attack}\t{read == payload:d}", file=sys.stderr, flush=True)
    print(f"\n## {title} ({len(pictures)} pictures; exact payload, 95 % interval)\n")
    print("| attack |" + "".join(f" {m.name} |" for m in methods))
    print("|---|" + "---|" * len(methods))
    for attack in attacks:
        print(f"| {attack} |" + "".join(f" {_share(*hits[m.name, attack])} |" for m in methods))
    totals = {m.name: [sum(hits[m.name, a][k] for a in attacks) for k in (0, 1)] for m in methods}
    print("| **all** |" + "".join(f" **{_share(*totals[m.name])}** |" for m in methods), flush=True)


def invisible(methods: Sequence[Method], photos: Sequence[Named], drawn: Sequence[Named]) -> None:
    """PSNR, SSIM and the 95th percentile of CIEDE2000 of marked pictures."""
    print("\n## What the eye could see (mean, worst)\n")
    print("| method | pictures | PSNR dB | SSIM | CIEDE2000, 95th percentile |\n|---|---|---|---|---|")
    for method in methods:
        for kind, pictures in (("photographs", photos), ("drawings", drawn)):
            rows = [distances(p, method.mark(p, _payload(n, method.bits))) for n, p in pictures]
            psnr, ssim, delta = (np.array(v) for v in zip(*rows, strict=True))
            print(
                f"| {method.name} | {len(rows)} {kind} | {psnr.mean():.1f}, {psnr.min():.1f} "
                f"| {ssim.mean():.4f}, {ssim.min():.4f} | {delta.mean():.2f}, {delta.max():.2f} |",
                flush=True,
            )


def distances(before: Pixels, after: Pixels) -> tuple[float, float, float]:
    """PSNR in dB, SSIM, and the colour difference that 95 % of the pixels stay below."""
    from skimage.color import deltaE_ciede2000, rgb2lab
    from skimage.metrics import structural_similarity

    error = float(((before.astype(float) - after) ** 2).mean())
    colour = deltaE_ciede2000(rgb2lab(before), rgb2lab(after))
    ssim = float(structural_similarity(before, after, channel_axis=2))
    return 10 * math.log10(255**2 / error), ssim, float(np.percentile(colour, 95))


def small(pictures: Sequence[Named]) -> None:
    """Small pictures: the photographs shrunk to a shorter side of 256 and 384 pixels."""
    attacks = _pick(("none", "JPEG 75", "JPEG 50", "resize 0.75", "crop 25 %", "crop 50 %", "rotate 5", "screenshot"))
    for side in (256, 384):
        shrunk = [(n, fit(Image.fromarray(p), math.ceil(side * max(p.shape) / min(p.shape[:2])))) for n, p in pictures]
        matrix(f"Shorter side {side}", [Ours()], [(n, p) for n, p in shrunk if min(p.shape[:2]) >= 256], attacks)


def averaging(pictures: Sequence[Named]) -> None:
    """The attack that removes tiled marks: average all tiles of the residual, and subtract the average."""
    print("\n## After tile averaging (the attacker knows the period and the scale)\n")
    print("| period, canonical px | exact payload | PSNR to the marked picture, mean dB |\n|---|---|---|")
    for period in (64, 128, 256, 512, 1024):
        hits, closeness = 0, []
        for name, pixels in pictures:
            payload = _payload(name, 64)
            marked = TILE.embed(pixels, payload, KEY)
            scale = max(1.0, math.sqrt(pixels.shape[0] * pixels.shape[1]) / 768)
            attacked = subtract_average(marked, round(period * scale))
            error = ((marked.astype(float) - attacked) ** 2).mean()
            closeness.append(10 * math.log10(255**2 / max(error, 1e-3)))
            hits += Ours().read(attacked) == payload
        print(f"| {period} | {_share(hits, len(pictures))} | {np.mean(closeness):.1f} |", flush=True)


def subtract_average(marked: Pixels, period: int) -> Pixels:
    """The picture minus the mean of all its tiles' high-pass residual, at the strength of a typical mark."""
    residual = high_pass(marked)
    rows, cols = (np.arange(n) % period for n in residual.shape)
    total, count = np.zeros((period, period)), np.zeros((period, period))
    np.add.at(total, (rows[:, None], cols[None, :]), residual)
    np.add.at(count, (rows[:, None], cols[None, :]), 1)
    return subtract(marked, (total / np.maximum(count, 1))[rows][:, cols])


def high_pass(pixels: Pixels) -> NDArray[np.float64]:
    """Luma without its coarse structure, strong edges cut."""
    from skimage.filters import gaussian

    luma = np.asarray(Image.fromarray(pixels).convert("L"), float)
    return np.asarray(np.clip(luma - gaussian(luma, 4, preserve_range=True), -10, 10), float)


def subtract(pixels: Pixels, estimate: NDArray[np.float64]) -> Pixels:
    """The picture minus an estimate of its mark, scaled to a typical mark's strength."""
    scaled_estimate = 1.2 * estimate / (estimate.std() + 1e-9)
    return np.asarray(np.clip(np.rint(pixels - scaled_estimate[..., None]), 0, 255), np.uint8)


def collusion(pictures: Sequence[Named]) -> None:
    """An attacker who has many pictures of one key, all 400 x 400: the mean of their residuals is subtracted."""
    print("\n## After averaging over pictures of one key\n\n| payloads | pictures | exact payload |\n|---|---|---|")
    plain = [(name, np.ascontiguousarray(p[:400, :400])) for name, p in pictures if min(p.shape[:2]) >= 400]
    for kind in ("each its own", "all the same"):
        payloads = [7 if kind == "all the same" else _payload(name, 64) for name, _ in plain]
        marked = [TILE.embed(p, payload, KEY) for (_, p), payload in zip(plain, payloads, strict=True)]
        estimate = np.mean([high_pass(m) for m in marked], axis=0)
        read = [Ours().read(subtract(m, estimate)) for m in marked]
        hits = sum(r == payload for r, payload in zip(read, payloads, strict=True))
        print(f"| {kind} | {len(plain)} | {_share(hits, len(plain))} |", flush=True)


def unmarked(folder: Path, reads: int, seed: int) -> None:
    """Reads of pictures that bear no mark: up to half photographs, the rest drawn kinds, as they are or attacked."""
    print("\n## Reads of unmarked pictures\n")
    print("| kind | reads | found | upper 95 % limit of the rate |\n|---|---|---|---|")
    found = {"photograph": [0, 0]} | {kind: [0, 0] for kind in DRAWN}
    for kind, pixels in _unmarked_pictures(folder, reads, seed):
        found[kind][0] += TILE.read(pixels, [KEY]) is not None
        found[kind][1] += 1
        print(
            f"unmarked\t{kind}\t{sum(v[0] for v in found.values())} of {sum(v[1] for v in found.values())}",
            file=sys.stderr,
        )
    for kind, (hits, count) in [*found.items(), ("**all**", [sum(v[k] for v in found.values()) for k in (0, 1)])]:
        limit = f"{3 / count:.1e}" if count and not hits else "-"
        print(f"| {kind} | {count} | {hits} | {limit} |", flush=True)


def _unmarked_pictures(folder: Path, reads: int, seed: int) -> Iterator[tuple[str, Pixels]]:
    rng = np.random.default_rng(seed)
    changes = [chain(), codec("JPEG", 60), scaled(0.7), cropped(0.3)]
    paths = all_photographs(folder)
    each = max(1, reads // 2 // len(paths))
    for path in paths:
        image = Image.open(path)
        image.draft("RGB", (1600, 1600))
        whole = Image.fromarray(fit(image, 1600))
        for _ in range(each):
            width, height = (int(rng.integers(min(256, n), n + 1)) for n in whole.size)
            x, y = int(rng.integers(whole.width - width + 1)), int(rng.integers(whole.height - height + 1))
            part = whole.crop((x, y, x + width, y + height))
            yield "photograph", np.asarray(changes[int(rng.integers(len(changes)))](part, rng))
    kinds = list(DRAWN)
    for i in range(reads - each * len(paths)):
        drawn = Image.fromarray(DRAWN[kinds[i % len(kinds)]](rng))
        yield kinds[i % len(kinds)], np.asarray(changes[int(rng.integers(len(changes)))](drawn, rng))


def speed(pictures: Sequence[Named], *, big: bool) -> None:
    """CPU seconds and memory."""
    print("\n## CPU seconds\n\n| picture | mark | read | read, unmarked | deep, unmarked | peak memory MB |")
    print("|---|---|---|---|---|---|")
    source = Image.fromarray(dict(pictures)["astronaut"])
    for width, height in [(1000, 1000), (4000, 3000)] + [(12500, 8000)] * big:
        pixels = np.asarray(source.resize((width, height), Image.Resampling.BICUBIC))
        marked = TILE.embed(pixels, 5, KEY)
        times = [
            cpu(TILE.embed, pixels, 6, KEY),
            cpu(TILE.read, marked, [KEY]),
            cpu(TILE.read, pixels, [KEY]),
            cpu(partial(TILE.read, deep=True), pixels, [KEY]),
        ]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"| {width} x {height} |" + "".join(f" {t:.2f} |" for t in times) + f" {peak:.0f} |", flush=True)


def cpu(work: Callable[..., Any], *arguments: Any, rounds: int = 3) -> float:
    """The median CPU time of a few rounds."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        work(*arguments)
        times.append(time.process_time() - start)
    return sorted(times)[rounds // 2]


def _payload(name: str, bits: int) -> int:
    return int.from_bytes(np.random.default_rng(zlib.crc32(name.encode())).bytes(bits // 8), "big")


def _pick(names: Sequence[str]) -> dict[str, Attack]:
    return {name: (MATRIX | BEYOND)[name] for name in names}


def _share(hits: int, count: int) -> str:
    """The share in per cent with Wilson's 95 % interval."""
    p, z = hits / count, 1.96
    middle, half = p + z * z / (2 * count), z * math.sqrt(p * (1 - p) / count + z * z / (4 * count * count))
    low, high = ((middle + sign * half) / (1 + z * z / count) for sign in (-1, 1))
    return f"{100 * p:.0f} ({100 * low:.0f}..{100 * high:.0f})"


if __name__ == "__main__":
    main()
