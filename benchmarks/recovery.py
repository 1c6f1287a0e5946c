"""How many stripped copies lead back to their record, by which method, and how often another picture does.

    python -m benchmarks.recovery [FOLDER] [--pictures 60] [--seed 1]

Half of the pictures of FOLDER (built ones without it) are marked and recorded; each is copied in the ways of the demo,
without any metadata. The other half was never recorded: whatever those lead to is a false match. Then the payload of a
record is embedded in pictures that are not its own: how many of those marks are told to be transplanted.
"""

from __future__ import annotations

import argparse
import io
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

    from indicia.provenance.asset import Asset
    from indicia.provenance.evidence import Match, Reading
    from indicia.provenance.registry import Record, Registry

MARKS = ("tile", "dwt_dct_svd")
LONGER_SIDE = 768  # pixels, as generators make them
METHODS = (*MARKS, "pdq", "iscc", "recover")
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")

Attack = Callable[["Image.Image"], bytes]


def main() -> int:
    """Print the tables; 1 when an unrelated picture met a record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--pictures", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial.of(list(pictures(options.folder, options.pictures, options.seed)), folder)
        with trial.registry:
            report_copies(trial)
            false = report_strangers(trial)
            report_transplants(trial)
    print(f"\n{time.process_time() - began:.0f} s of CPU")
    return int(bool(false))


@dataclass(frozen=True, slots=True)
class Kept:
    """A recorded picture: its record, and its pixels under each mark."""

    record: Record
    marked: dict[str, Image.Image]


@dataclass(frozen=True, slots=True)
class Trial:
    """A registry with half of the pictures, and the other half."""

    registry: Registry
    key: Any
    kept: tuple[Kept, ...]
    strangers: tuple[Image.Image, ...]

    @staticmethod
    def of(found: list[Image.Image], folder: str) -> Trial:
        """Mark, enrol and record every second picture."""
        from indicia.provenance.marks import MarkKey
        from indicia.provenance.registry import Registry

        registry, key = Registry.open(f"{folder}/registry.db"), MarkKey("bench", bytes(range(32)))
        kept = tuple(_keep(picture, registry, key) for picture in found[::2])
        return Trial(registry, key, kept, tuple(found[1::2]))

    def readings(self, asset: Asset, name: str) -> list[Reading]:
        """What the mark of that name says of the asset."""
        import numpy as np

        from indicia.provenance.marks import get

        reading = get(name).read(np.asarray(asset.image().convert("RGB")), [self.key])
        return [] if reading is None else [reading]


def _keep(picture: Image.Image, registry: Registry, key: Any) -> Kept:
    import numpy as np
    from PIL import Image

    from indicia.provenance.asset import Asset
    from indicia.provenance.evidence import Media
    from indicia.provenance.marks import get
    from indicia.provenance.registry import Binding, Record
    from indicia.provenance.registry.enrol import enrol

    marked, bound = {}, []
    for name in MARKS:
        mark = get(name)
        payload = registry.new_payload(f"{name}@{mark.version}", mark.payload_bits)
        marked[name] = Image.fromarray(mark.embed(np.asarray(picture), payload, key))
        bound.append(Binding(f"mark:{name}@{mark.version}", f"{payload:x}"))
    asset = Asset.of(_saved(marked[MARKS[0]], "PNG"))
    record = Record(
        sha256=asset.ref.sha256, media=Media.IMAGE, format="png", bindings=(*enrol(asset, "final"), *bound)
    )  # fmt: skip
    registry.add(record)
    return Kept(record, marked)


def report_copies(trial: Trial) -> None:
    """Of the copies of each kind: the share that each method leads to its record."""
    print(f"{len(trial.kept)} recorded pictures, one copy of each kind; share led to their record\n")
    print(f"| copy | {' | '.join(METHODS)} | wrong record | called transplanted |")
    print("|---|" + "---|" * (len(METHODS) + 2))
    for name, attack in attacks().items():
        right, wrong, transplanted = Counter[str](), 0, 0
        for kept in trial.kept:
            ways = _ways(trial, kept, attack)
            right.update(method for method, records in ways.items() if records[:1] == [kept.record.id])
            wrong += ways["recover"][:1] not in ([], [kept.record.id])
            transplanted += bool(ways["transplanted"])
        shares = " | ".join(f"{right[method] / len(trial.kept):.2f}" for method in METHODS)
        print(f"| {name} | {shares} | {wrong} | {transplanted} |", flush=True)


def _ways(trial: Trial, kept: Kept, attack: Attack) -> dict[str, list[str]]:
    """The records, best first, that each method leads a copy to."""
    from indicia.provenance.asset import Asset
    from indicia.provenance.recover import recover

    found: dict[str, list[str]] = {}
    copies = {name: Asset.of(attack(picture)) for name, picture in kept.marked.items()}
    readings = {name: trial.readings(copy, name) for name, copy in copies.items()}
    for name, said in readings.items():
        met = [trial.registry.by_payload(r.method, r.payload) for r in said]
        found[name] = [record.id for record in met if record is not None]
    matches = recover(copies[MARKS[0]], registry=trial.registry, evidence=readings[MARKS[0]])
    for method in ("pdq", "iscc"):
        found[method] = _by_fingerprint(trial.registry, copies[MARKS[0]], method)
    found["recover"] = [match.record for match in matches if not match.transplanted]
    found["transplanted"] = [match.record for match in matches if match.transplanted]
    return found


def _by_fingerprint(registry: Registry, asset: Asset, name: str) -> list[str]:
    """The records that one fingerprint alone leads to, at the radius that counts without a second opinion."""
    from indicia.provenance.evidence import Media
    from indicia.provenance.fingerprints import methods

    method = next(m for m in methods(Media.IMAGE) if m.name == name)
    return [near.record_id for near in registry.near(method.query(asset), radius=method.radius_copy)]


def report_strangers(trial: Trial) -> int:
    """How many pictures that were never recorded meet a record, as they are and copied."""
    from indicia.provenance.asset import Asset
    from indicia.provenance.recover import recover

    met: list[Match] = []
    looks = 0
    for picture in trial.strangers:
        for attack in (attacks()["stripped"], attacks()["crop 30 %"], attacks()["screenshot"]):
            asset = Asset.of(attack(picture))
            said = [reading for name in MARKS for reading in trial.readings(asset, name)]
            met += recover(asset, registry=trial.registry, evidence=said)[:1]
            looks += 1
    told = ", ".join(f"{m.by} {m.sureness} at {m.distance}" for m in met) or "none"
    print(f"\n{looks} looks at {len(trial.strangers)} pictures that were never recorded; false matches: {told}")
    return len(met)


def report_transplants(trial: Trial) -> None:
    """Of the marks that were put on other pictures: how many are told, and how many pass for genuine."""
    import numpy as np
    from PIL import Image

    from indicia.provenance.asset import Asset
    from indicia.provenance.marks import get
    from indicia.provenance.recover import recover

    told = agreed = read = 0
    mark = get(MARKS[0])
    for kept, stranger in zip(trial.kept, trial.strangers, strict=False):
        stolen = int(kept.record.values(f"mark:{mark.name}@{mark.version}")[0], 16)
        forged = Image.fromarray(mark.embed(np.asarray(stranger), stolen, trial.key))
        asset = Asset.of(_saved(forged, "JPEG", quality=85))
        matches = recover(asset, registry=trial.registry, evidence=trial.readings(asset, mark.name))
        mine = [m for m in matches if m.by.startswith("watermark")]
        read += bool(mine)
        told += any(m.transplanted for m in mine)
        agreed += any("agrees" in m.detail for m in mine)
    print(f"\n{read} marks read on pictures that are not their own: {told} told, {agreed} taken for genuine, "
          f"{read - told - agreed} undecided")  # fmt: skip


def attacks() -> dict[str, Attack]:
    """What happens to a picture on its way: nothing of its metadata survives any of it."""
    from PIL import Image, ImageOps

    def crop(share: float) -> Attack:
        def cut(picture: Image.Image) -> bytes:
            wide, high = (round(side * (1 - share)) for side in picture.size)
            left, top = (picture.width - wide) // 3, (picture.height - high) // 2
            return _saved(picture.crop((left, top, left + wide, top + high)), "JPEG", quality=85)

        return cut

    def screenshot(picture: Image.Image) -> bytes:
        shown = picture.resize((round(picture.width * 0.8), round(picture.height * 0.8)), Image.Resampling.BICUBIC)
        return _saved(ImageOps.expand(shown, (60, 110), "#202124"), "PNG")

    def half(picture: Image.Image) -> bytes:
        size = (picture.width // 2, picture.height // 2)
        return _saved(picture.resize(size, Image.Resampling.LANCZOS), "JPEG", quality=85)

    return {
        "stripped": lambda p: _saved(p, "PNG"),
        "JPEG 60": lambda p: _saved(p, "JPEG", quality=60),
        "resized to 50 %": half,
        "crop 10 %": crop(0.1),
        "crop 30 %": crop(0.3),
        "mirrored": lambda p: _saved(ImageOps.mirror(p), "JPEG", quality=85),
        "screenshot": screenshot,
    }


def _saved(picture: Image.Image, format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()


def pictures(folder: Path | None, count: int, seed: int) -> Iterator[Image.Image]:
    """`count` pictures of the folder in an order that the seed gives, at most 768 pixels long; or built ones."""
    from indicia.provenance.asset import Asset
    from indicia.provenance.errors import IndiciaError

    if folder is None:
        yield from (_built(n) for n in range(count))
        return
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
    random.Random(seed).shuffle(paths)
    taken = 0
    for path in paths:
        try:
            picture = Asset.open(path).image(fit=LONGER_SIDE).convert("RGB")
        except IndiciaError as error:
            print(f"passed over: {error}", file=sys.stderr)
            continue
        if min(picture.size) >= 300:
            yield picture
            taken += 1
        if taken == count:
            return


def _built(seed: int) -> Image.Image:
    """Shapes on a slope of light with grain: what can be had without a folder of photographs."""
    import numpy as np
    from PIL import Image, ImageDraw

    rng = np.random.default_rng(seed)
    small = rng.integers(30, 225, (4, 5, 3), dtype=np.uint8)
    picture = Image.fromarray(small).resize((LONGER_SIDE, 576), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(picture)
    for _ in range(12):
        x, y, w, h = (int(v) for v in rng.uniform((0, 0, 40, 40), (700, 520, 260, 220)))
        shape = draw.ellipse if rng.random() < 0.5 else draw.rectangle
        shape((x, y, x + w, y + h), fill=tuple(int(v) for v in rng.integers(20, 235, 3)))
    grain = rng.normal(0, 4, (576, LONGER_SIDE, 1))
    return Image.fromarray(np.clip(np.asarray(picture) + grain, 0, 255).astype(np.uint8))


if __name__ == "__main__":
    sys.exit(main())
