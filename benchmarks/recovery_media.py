"""How many copies of videos, sounds, texts and documents lead back to their record, and how often another one does.

    python -m benchmarks.recovery_media --videos FOLDER --sounds FOLDER --texts FOLDER [--most 12] [--only video ...]

Of each kind every second item is recorded, the others are strangers: the first 8 seconds of videos, without their
sound; 20 seconds of sounds, from second 20 of long ones; 3,000 letters of texts (1,200 of Chinese).
docs/fingerprints.md names the files that its tables come from.
"""

from __future__ import annotations

import argparse
import gzip
import io
import math
import random
import re
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from indicia.provenance.media import Clip
    from indicia.provenance.registry import Registry

KINDS = ("video", "sound", "text", "chinese", "document")
RATE = 24000  # Hz
_TEXT, _CHINESE = 3000, 1200  # letters of one text
_MANY = 500  # Chinese characters, from which a text counts as Chinese
_CASE = dict[str, Callable[[Any], bytes]]


def main() -> int:
    """Print a table for each kind; 1 when a stranger met a record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    for kind in ("videos", "sounds", "texts"):
        parser.add_argument(f"--{kind}", type=Path)
    parser.add_argument("--most", type=int, default=12, help="recorded items of each kind")
    parser.add_argument("--only", choices=KINDS, action="append")
    options = parser.parse_args()
    false = 0
    for kind in options.only or KINDS:
        began = time.process_time()
        trial = _TRIALS[kind](options)
        if len(trial.items) > 1:
            false += trial.run(options.most)
            print(f"\n{kind}: {time.process_time() - began:.0f} s of CPU\n", flush=True)
    return int(bool(false))


@dataclass(frozen=True, slots=True)
class Trial:
    """Items of one kind, how one is saved as the original, and what happens to copies."""

    kind: str
    items: Sequence[Any]
    save: Callable[[Any], bytes]
    attacks: _CASE
    stranger_attacks: tuple[str, ...]

    def run(self, most: int) -> int:
        """Record every second item, look up copies of all; the number of strangers that met a record."""
        from indicia.provenance.registry import Registry

        kept, strangers = self.items[::2][:most], self.items[1::2][:most]
        with tempfile.TemporaryDirectory() as folder, Registry.open(f"{folder}/registry.db") as registry:
            ids = [_recorded(registry, self.save(item)) for item in kept]
            print(f"## {self.kind}: {len(kept)} recorded, {len(strangers)} strangers\n")
            print("| copy | led to its record (95 % interval) | as a copy | by | median seconds | wrong record first |")
            print("|---|---|---|---|---|---|")
            for name, attack in self.attacks.items():
                print(_row(name, [_looked_up(registry, attack(item)) for item in kept], ids), flush=True)
            looks = [_looked_up(registry, self.attacks[name](s)) for s in strangers for name in self.stranger_attacks]
        met = [matches[0] for matches in looks if matches]
        bound = 1 - 0.05 ** (1 / max(1, len(looks) * len(kept)))
        told = "; ".join(m.detail for m in met) or "none"
        print(f"\n{len(looks)} looks of strangers at {len(kept)} records; false matches: {told} "
              f"(zero of so many pairs: below {bound:.1%} each at 95 %)")  # fmt: skip
        return len(met)


def _recorded(registry: Registry, data: bytes) -> str:
    from indicia.provenance.asset import Asset
    from indicia.provenance.registry import Record
    from indicia.provenance.registry.enrol import enrol

    asset = Asset.of(data)
    record = Record(sha256=asset.ref.sha256, media=asset.media, format=asset.format, bindings=enrol(asset))
    registry.add(record)
    return record.id


def _looked_up(registry: Registry, data: bytes) -> list[Any]:
    from indicia.provenance.asset import Asset
    from indicia.provenance.recover import recover

    return list(recover(Asset.of(data), registry=registry, evidence=()))


def _row(name: str, found: Sequence[Sequence[Any]], ids: Sequence[str]) -> str:
    right = [(m, i) for matches, i in zip(found, ids, strict=True) for m in matches[:1] if m.record == i]
    wrong = sum(bool(m) and m[0].record != i for m, i in zip(found, ids, strict=True))
    low, high = wilson(len(right), len(ids))
    copies = sum(m.sureness in ("copy", "exact") for m, _ in right)
    ways = ", ".join(sorted({m.by for m, _ in right})) or "-"
    seconds = [float(s) for m, _ in right for s in re.findall(r"([\d.]+) s \(", m.detail)]
    typical = f"{np.median(seconds):.1f}" if seconds else "-"
    share = f"{len(right)}/{len(ids)} ({low:.2f}-{high:.2f})"
    return f"| {name} | {share} | {copies} | {ways} | {typical} | {wrong} |"


def wilson(right: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    z, p = 1.96, right / of
    middle, half = p + z * z / (2 * of), z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return (middle - half) / (1 + z * z / of), (middle + half) / (1 + z * z / of)


def videos(options: argparse.Namespace) -> Trial:
    """Clips of the folder, and made ones: cameras over built scenes."""
    from benchmarks._clips import made_clips, real_clips

    found = [*real_clips(options.videos), *made_clips(2 * options.most)]

    def cut(clip: Clip, share: float) -> bytes:
        high, wide = (2 * round(side * share / 2) for side in clip.frames.shape[1:3])
        top, left = (clip.frames.shape[1] - high) // 3, (clip.frames.shape[2] - wide) // 3
        return coded(clip, clip.frames[:, top : top + high, left : left + wide])

    attacks: _CASE = {
        "H.264, CRF 28": lambda c: coded(c, quality=28),
        "H.264, CRF 32": lambda c: coded(c, quality=32),
        "VP9, CRF 40": lambda c: coded(c, quality=40, format="webm"),
        "scaled to 50 %": lambda c: coded(c, _scaled(c.frames, 0.5)),
        "crop of 10 % of the sides": lambda c: cut(c, 0.9),
        "crop of 25 %": lambda c: cut(c, 0.75),
        "trimmed to its middle half": lambda c: coded(c, c.frames[len(c.frames) // 4 : -len(c.frames) // 4]),
        "12 frames a second": lambda c: coded(c, c.frames[_every(c, 12)], rate=Fraction(12)),
        "5 % faster": lambda c: coded(c, rate=c.rate * Fraction(105, 100)),
        "5 % slower": lambda c: coded(c, rate=c.rate * Fraction(95, 100)),
        "10 % faster": lambda c: coded(c, rate=c.rate * Fraction(110, 100)),
        "10 % slower": lambda c: coded(c, rate=c.rate * Fraction(90, 100)),
        "mirrored": lambda c: coded(c, c.frames[:, :, ::-1]),
        "black bars above and below": lambda c: coded(c, np.pad(c.frames, ((0, 0), (60, 60), (0, 0), (0, 0)))),
    }
    return Trial("video", found, lambda c: coded(c, quality=20), attacks, ("H.264, CRF 28", "mirrored"))


def coded(
    clip: Clip, frames: NDArray[np.uint8] | None = None, *, quality: int = 23, format: str = "mp4",
    rate: Fraction | None = None,
) -> bytes:  # fmt: skip
    """The clip, or other frames in its place, as a file."""
    from indicia.provenance.media import Clip, video

    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"clip.{format}"
        shown = Clip(clip.frames if frames is None else frames, rate or clip.rate)
        video.encode(shown, target, format=format, quality=quality)
        return target.read_bytes()


def _every(clip: Clip, rate: int) -> NDArray[np.int64]:
    step = float(clip.rate) / rate
    return np.arange(0, len(clip.frames) - 0.5, max(step, 1.0)).round().astype(np.int64)


def _scaled(frames: NDArray[np.uint8], share: float) -> NDArray[np.uint8]:
    from PIL import Image

    size = (2 * round(frames.shape[2] * share / 2), 2 * round(frames.shape[1] * share / 2))
    return np.stack([np.asarray(Image.fromarray(f).resize(size, Image.Resampling.BILINEAR)) for f in frames])


def sounds(options: argparse.Namespace) -> Trial:
    """Sounds of the folder, and made ones: melodies, and speech where a voice is installed."""
    from benchmarks._clips import made_sounds, real_sounds

    found = [*real_sounds(options.sounds), *made_sounds(options.most)]
    rng = np.random.default_rng(1)

    def noisy(x: NDArray[np.float32]) -> bytes:
        level = float(np.sqrt(np.mean(x**2))) / 10  # 20 dB below the sound
        return heard(x + rng.normal(0, level, len(x)).astype(np.float32))

    attacks: _CASE = {
        "MP3, 64 kbit/s": lambda x: heard(x, codec="libmp3lame", format="mp3", bits=64_000),
        "Opus, 24 kbit/s": lambda x: heard(x, codec="libopus", format="ogg", bits=24_000),
        "8 kHz": lambda x: heard(x, at=8000),
        "noise, 20 dB below": noisy,
        "trimmed to 10 s": lambda x: heard(x[RATE + 77 : 11 * RATE + 77]),
        "trimmed to 5 s": lambda x: heard(x[2 * RATE + 777 : 7 * RATE + 777]),
        "trimmed to 5 s, Opus 24": lambda x: heard(x[2 * RATE + 777 : 7 * RATE + 777], codec="libopus", format="ogg",
                                                   bits=24_000),
        "5 % faster, with its pitch": lambda x: heard(x, played=1.05),
        "5 % slower, with its pitch": lambda x: heard(x, played=0.95),
        "10 % faster, with its pitch": lambda x: heard(x, played=1.10),
        "10 % slower, with its pitch": lambda x: heard(x, played=0.90),
        "5 % faster, pitch kept": lambda x: heard(_paced(x, 1.05)),
        "10 % faster, pitch kept": lambda x: heard(_paced(x, 1.10)),
    }  # fmt: skip
    return Trial("sound", found, heard, attacks, ("MP3, 64 kbit/s", "5 % faster, with its pitch"))


def heard(
    samples: NDArray[np.float32], *, codec: str = "pcm_s16le", format: str = "wav", bits: int = 0, at: int = RATE,
    played: float = 1.0,
) -> bytes:  # fmt: skip
    """Those samples as a file of that codec and rate; `played` runs a tape at so many times its speed."""
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format=format) as container:
        stream: Any = container.add_stream(codec, rate=at, layout="mono")
        if bits:
            stream.bit_rate = bits
        whole = (np.clip(samples, -1, 1) * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(whole[None], format="s16", layout="mono")
        frame.sample_rate = round(RATE * played)
        into = av.AudioResampler(stream.format.name, "mono", at, frame_size=stream.frame_size or 4096)
        for ready in [*into.resample(frame), *into.resample(None)]:
            container.mux(stream.encode(ready))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def _paced(samples: NDArray[np.float32], speed: float) -> NDArray[np.float32]:
    """Faster at the same pitch, as players do it: FFmpeg's atempo."""
    import av

    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=RATE, format="fltp", layout="mono", time_base=Fraction(1, RATE))
    pace, sink = graph.add("atempo", str(speed)), graph.add("abuffersink")
    source.link_to(pace)
    pace.link_to(sink)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
    graph.push(frame)
    graph.push(None)
    parts = []
    while True:
        try:
            parts.append(graph.pull().to_ndarray()[0])
        except (EOFError, BlockingIOError):
            return np.concatenate(parts)


def texts(options: argparse.Namespace, *, chinese: bool = False) -> Trial:
    """Texts of the folder: plain, or man pages."""
    found = read_texts(options.texts, chinese=chinese)
    attacks: _CASE = {
        "wrapped anew, other quotes": lambda t: _wrapped(t).encode(),
        "10 % of the words changed": lambda t: _edited(t, 0.1).encode(),
        "30 % of the words changed": lambda t: _edited(t, 0.3).encode(),
        "50 % of the words changed": lambda t: _edited(t, 0.5).encode(),
        "10 % rewritten, in passages": lambda t: _rewritten(t, 0.1).encode(),
        "30 % rewritten, in passages": lambda t: _rewritten(t, 0.3).encode(),
        "50 % rewritten, in passages": lambda t: _rewritten(t, 0.5).encode(),
        "an excerpt of a third": lambda t: t[len(t) // 3 : 2 * len(t) // 3].encode(),
        "an excerpt of a sixth": lambda t: t[len(t) // 3 : len(t) // 2].encode(),
        "quoted whole in a text twice as long": lambda t: (_scrambled(t) + " " + t).encode(),
    }
    return Trial(
        "Chinese text" if chinese else "English text",
        found,
        str.encode,
        attacks,
        ("wrapped anew, other quotes", "an excerpt of a third"),
    )


def documents(options: argparse.Namespace) -> Trial:
    """The same texts as Word documents."""
    found = read_texts(options.texts, chinese=False)
    attacks: _CASE = {
        "saved again, stored": lambda t: _word(t, zipfile.ZIP_STORED),
        "as plain text": str.encode,
        "10 % of the words changed": lambda t: _word(_edited(t, 0.1)),
        "30 % rewritten, in passages": lambda t: _word(_rewritten(t, 0.3)),
        "an excerpt of a third": lambda t: _word(t[len(t) // 3 : 2 * len(t) // 3]),
    }
    return Trial("document", found, _word, attacks, ("saved again, stored",))


def read_texts(folder: Path | None, *, chinese: bool) -> list[str]:
    """Texts of one language from their own file each, none of which repeats another."""
    found: list[str] = []
    for path in sorted(folder.rglob("*")) if folder else ():
        if not path.is_file():
            continue
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        text = re.sub(r'^\.\\".*$|^[.\'][A-Za-z]+|\\f.|\\', "", data.decode("utf-8", "replace"), flags=re.MULTILINE)
        text = " ".join(text.split())
        if chinese and len(re.findall("[\u4e00-\u9fff]", text)) > _MANY and len(text) > _CHINESE + 300:
            found.append(text[300 : 300 + _CHINESE])
        elif not chinese and text.isascii() and len(text) > _TEXT + 1000:
            found.append(text[1000 : 1000 + _TEXT])
    random.Random(1).shuffle(found)
    return _own(found)


def _own(found: Sequence[str]) -> list[str]:
    """Without texts of which a twentieth stands word for word in an earlier one: those lead there for good reason."""
    seen: set[str] = set()
    own = []
    for text in found:
        pieces = {text[start : start + 20] for start in range(len(text) - 19)}
        if len(pieces & seen) < len(pieces) / 20:
            own.append(text)
        seen |= pieces
    return own


def _parts(text: str) -> list[str]:
    return text.split(" ") if text.isascii() else list(text)


def _joined(text: str, parts: Sequence[str]) -> str:
    return (" " if text.isascii() else "").join(parts)


def _edited(text: str, share: float) -> str:
    rng, parts = random.Random(len(text)), _parts(text)
    for place in rng.sample(range(len(parts)), round(len(parts) * share)):
        parts[place] = rng.choice(parts)
    return _joined(text, parts)


def _scrambled(text: str) -> str:
    parts = _parts(text)
    random.Random(2).shuffle(parts)
    return _joined(text, parts)


def _rewritten(text: str, share: float) -> str:
    rng, count = random.Random(len(text)), 20
    pieces = [text[n * len(text) // count : (n + 1) * len(text) // count] for n in range(count)]
    for place in rng.sample(range(count), round(count * share)):
        pieces[place] = _scrambled(pieces[place])
    return "".join(pieces)


def _wrapped(text: str) -> str:
    changed = text.replace("'", "\u2019").replace('"', "\u201d")
    return "\n".join(changed[start : start + 72] for start in range(0, len(changed), 72)) if not text.isascii() else (
        re.sub(r"(.{50}\S*) ", r"\1\n", changed)
    )  # fmt: skip


def _word(text: str, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    from xml.sax.saxutils import escape

    space = "http://schemas.openxmlformats.org"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{space}/package/2006/content-types"><Default Extension="xml" '
        'ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package'
        '.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-'
        'officedocument.wordprocessingml.document.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{space}/package/2006/relationships"><Relationship Id="r1" Type="{space}'
        '/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{space}/wordprocessingml/2006/main"><w:body>'
        f"<w:p><w:r><w:t>{escape(text)}</w:t></w:r></w:p></w:body></w:document>",
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return buffer.getvalue()


_TRIALS: dict[str, Callable[[argparse.Namespace], Trial]] = {
    "video": videos, "sound": sounds, "text": texts, "chinese": partial(texts, chinese=True),
    "document": documents,
}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
