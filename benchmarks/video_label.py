"""The label on 10 seconds of 720p video: CPU time against encoding the whole video anew with the same encoder.

    python -m benchmarks.video_label [--rounds 2]

The bar: at most half of a full encoding, and no more than 1.5 times the encoding of the labelled head alone.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

SECONDS, RATE, SIZE = 10, 25, (1280, 720)
KEY_FRAMES = 50  # frames between two of them: the head is two seconds long
BAR_WHOLE, BAR_HEAD = 0.5, 1.5


def main() -> int:
    """Print the table; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=2)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "source.mp4"), Path(folder, "target.mp4")
        make(source)
        from indicia.provenance.labels.visible_video import draw_file

        runs: dict[str, Callable[[], Any]] = {
            "label, head alone encoded anew": lambda: draw_file(source, target, "AI生成", place="bottom_right"),
            "label, whole video encoded anew": lambda: draw_file(
                source, target, "AI生成", place="bottom_right", whole=True
            ),
            "bare: decode and encode the head": lambda: encode_anew(source, target, 2.0),
            "bare: decode and encode all": lambda: encode_anew(source, target, float(SECONDS)),
        }
        took = {name: min(seconds(run) for _ in range(rounds)) for name, run in runs.items()}
    print(f"| {SECONDS} s of {SIZE[0]} x {SIZE[1]}, H.264, {RATE} frames/s | CPU seconds |\n|---|---|")
    for name, spent in took.items():
        print(f"| {name} | {spent:.2f} |")
    label, whole, head, all_ = took.values()
    ratios = label / all_, label / head, whole / all_
    print("\nlabel over bare: head over all {:.2f}, head over head {:.2f}, whole over all {:.2f}".format(*ratios))
    return int(label / all_ > BAR_WHOLE or label / head > BAR_HEAD)


def make(path: Path) -> None:
    """A moving picture with grain, with a key frame every two seconds."""
    import av
    import numpy as np

    noise = np.random.default_rng(5)
    grain = noise.integers(0, 4, (4, SIZE[1], SIZE[0], 3), dtype=np.uint8)
    wide = np.repeat(np.repeat(noise.integers(40, 200, (9, 40, 3), dtype=np.uint8), 80, 0), 80, 1)
    with av.open(str(path), "w", format="mp4") as made:
        stream: Any = made.add_stream(
            "libx264", rate=RATE, options={"g": str(KEY_FRAMES), "crf": "23", "preset": "veryfast", "sc_threshold": "0"}
        )
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for k in range(SECONDS * RATE):
            picture = wide[:, 3 * k : 3 * k + SIZE[0]] + grain[k % len(grain)]
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24")
            frame.pts, frame.time_base = k, Fraction(1, RATE)
            made.mux(stream.encode(frame))
        made.mux(stream.encode(None))


def encode_anew(source: Path, target: Path, until: float) -> None:
    """What any tool would do: decode, and encode with the options that the label uses."""
    import av

    from indicia.provenance.media._lanes import H264

    with av.open(str(source)) as given, av.open(str(target), "w", format="mp4") as made:
        old = given.streams.video[0]
        old.thread_type = "AUTO"
        new: Any = made.add_stream(H264.encoder, rate=RATE, options=H264.options)
        new.width, new.height, new.pix_fmt = old.width, old.height, old.pix_fmt
        for frame in given.decode(old):
            if frame.time >= until:
                break
            frame.pict_type = 0
            made.mux(new.encode(frame))
        made.mux(new.encode(None))


def seconds(run: Callable[[], Any]) -> float:
    """CPU seconds of all threads."""
    began = time.process_time()
    run()
    return time.process_time() - began


if __name__ == "__main__":
    sys.exit(main())
