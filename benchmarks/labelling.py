"""Labelling in all layers against the sum of its bare parts: CPU time in one run, 1 and 12 megapixels.

    python -m benchmarks.labelling [--rounds 7]

The parts are the same work without the press around it: the label drawn, the mark embedded, Pillow's encoder, the two
metadata writers, the fingerprints of two states, c2pa-python's own signer, one insert. The bar is 1.25.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

BAR = 1.25
SIZES = (("1 MP", 1152, 864), ("12 MP", 4000, 3000))


@dataclass(frozen=True, slots=True)
class Result:
    """CPU seconds of one labelling and of its parts, the least of all rounds."""

    size: str
    whole: float
    parts: dict[str, float]

    @property
    def ratio(self) -> float:
        """The whole over the sum of the parts."""
        return self.whole / sum(self.parts.values())


def main() -> int:
    """Print the table; 1 when a ratio is above the bar."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as home:
        os.environ["INDICIA_HOME"] = home
        results = [measure(name, width, height, rounds) for name, width, height in SIZES]
    print("| picture | all layers, ms | bare parts, ms | ratio | of the parts |")
    print("|---|---|---|---|---|")
    for result in results:
        told = ", ".join(f"{name} {seconds * 1000:.0f}" for name, seconds in result.parts.items())
        bare = sum(result.parts.values()) * 1000
        print(f"| {result.size} | {result.whole * 1000:.0f} | {bare:.0f} | {result.ratio:.2f} | {told} |")
    return int(any(result.ratio > BAR for result in results))


def measure(name: str, width: int, height: int, rounds: int) -> Result:
    """Whole and parts by turns, so that what slows one round slows both."""
    from indicia.provenance.imprint import Making, Press, Settings, Work

    picture = _picture(width, height)
    settings = Settings(provider="Bench", image_format="jpeg")
    whole, parts = float("inf"), dict[str, float]()
    with Press.open(settings) as press:
        bare = _Bare(press, picture)
        for _ in range(rounds):
            whole = min(whole, _seconds(lambda: press.imprint(Work(picture, Making(model="m")))))
            for part, run in bare.parts():
                parts[part] = min(parts.get(part, float("inf")), _seconds(run))
    return Result(name, whole, parts)


def _seconds(run: Callable[[], Any]) -> float:
    began = time.process_time()
    run()
    return time.process_time() - began


def _picture(width: int, height: int) -> Any:
    """Smooth shapes with grain, as dear to encode as a photograph."""
    import numpy as np
    from PIL import Image

    noise = np.random.default_rng(1)
    small = Image.fromarray(noise.integers(0, 255, (24, 32, 3), dtype=np.uint8))
    smooth = np.asarray(small.resize((width, height), Image.Resampling.BICUBIC), np.int16)
    grain = noise.integers(-9, 10, (height, width, 1), dtype=np.int16)
    return Image.fromarray(np.clip(smooth + grain, 0, 255).astype(np.uint8))


class _Bare:
    """Each part on the output of the one before it."""

    def __init__(self, press: Any, picture: Any) -> None:
        self.press, self.picture = press, picture
        self.drawn: Any = picture
        self.pixels: Any = None
        self.data = b""

    def parts(self) -> Iterator[tuple[str, Callable[[], Any]]]:
        yield "label", self.label
        yield "watermark", self.watermark
        yield "encode", self.encode
        yield "metadata", self.metadata
        yield "fingerprints", self.fingerprints
        yield "sign", self.sign
        yield "record", self.record

    def label(self) -> None:
        from indicia.provenance.labels.visible import draw

        self.drawn, _ = draw(self.picture, "AI生成")

    def watermark(self) -> None:
        import numpy as np

        from indicia.provenance import marks

        self.pixels = marks.get("tile").embed(np.asarray(self.drawn), 12345, self.press.means.mark_keys[0])

    def encode(self) -> None:
        from PIL import Image

        buffer = io.BytesIO()
        Image.fromarray(self.pixels).save(buffer, "JPEG", quality=95, subsampling=0)
        self.data = buffer.getvalue()

    def metadata(self) -> None:
        from indicia.provenance.labels import aigc, iptc

        data = iptc.write(self.data, "jpeg", iptc.Iptc(ai_system_used="m", credit="Bench"))
        code = aigc.reserved_code(data, "jpeg")
        self.data = aigc.write(data, "jpeg", aigc.Aigc("1", "Bench", aigc.new_produce_id(), code))

    def fingerprints(self) -> None:
        from indicia.provenance.asset import Asset
        from indicia.provenance.imprint.pixels import bitmap
        from indicia.provenance.registry.enrol import enrol

        for scope, asset in (("before_visible", bitmap(self.picture)), ("after_visible", Asset.of(self.data))):
            with asset.keeping():
                enrol(asset, scope)

    def sign(self) -> None:
        import c2pa

        manifest = {
            "claim_generator_info": [{"name": "bench", "version": "1"}],
            "assertions": [
                {
                    "label": "c2pa.actions.v2",
                    "data": {
                        "actions": [
                            {
                                "action": "c2pa.created",
                                "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/"
                                "trainedAlgorithmicMedia",
                            }
                        ]
                    },
                }
            ],
        }
        context = c2pa.Context.from_dict({"builder": {"thumbnail": {"enabled": False}}})
        target = io.BytesIO()
        with self.press.means.signer.opened() as signer, c2pa.Builder(manifest, context=context) as builder:
            builder.sign(signer, "image/jpeg", io.BytesIO(self.data), target)
        self.signed = target.getvalue()

    def record(self) -> None:
        import hashlib

        from indicia.provenance.evidence import Media
        from indicia.provenance.registry import Record

        registry = self.press.means.registry
        registry.new_payload("tile@1", 64)
        registry.add(Record(sha256=hashlib.sha256(self.signed).hexdigest(), media=Media.IMAGE, format="jpeg"))


if __name__ == "__main__":
    sys.exit(main())
