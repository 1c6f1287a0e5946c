"""What labelling and signing a large video costs against bare c2pa-python and one copy, and how much memory it takes.

    python -m benchmarks.large_files [GIGABYTES] [FOLDER]

"Bare" is c2pa-python signing the same file with the same manifest, no thumbnail, plus one plain copy of the file. Ours
writes the AIGC and IPTC fields, signs, reads the manifest back, hashes the file for the record and replaces the target
by rename. CPU seconds, each in a process of its own; with more than 4 GB only ours is measured. The file is a real
one-second clip followed by one more media data box of pseudo-random bytes, and is deleted afterwards.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

_BARE = """
import c2pa, shutil
from indicia.provenance import keys
from indicia.provenance.credentials import Statement
from indicia.provenance.credentials.manifest import definition
signer = keys.load_signer(folder / "keys")
native = c2pa.Signer.from_info(c2pa.C2paSignerInfo(b"es256", signer.chain_pem, signer.key_pem, None))
context = c2pa.Context.from_dict({"builder": {"thumbnail": {"enabled": False}}})
begin()
shutil.copyfile(source, folder / "copy.mp4")
c2pa.Builder(definition(Statement(model="m"), "video/mp4")[0], context=context).sign_file(
    str(source), str(folder / "bare.mp4"), native)
"""
_OURS = """
from indicia.provenance import Asset
from indicia.provenance.imprint import Layer, Press, Settings, from_elsewhere
layers = frozenset({Layer.METADATA, Layer.SIGNATURE, Layer.RECORD})
settings = Settings(provider="ACME", keys=folder / "keys", layers=layers, registry=f"sqlite:///{folder}/registry.db")
with Press.open(settings) as press:
    begin()
    press.imprint(from_elsewhere(Asset.open(source), model="m"), target=folder / "ours.mp4")
"""
_FRAME = """
import json, resource, sys, time
from pathlib import Path
folder, source = Path(sys.argv[1]), Path(sys.argv[2])
began = [0.0, 0.0]
def begin():
    began[:] = [time.process_time(), time.monotonic()]
{body}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([time.process_time() - began[0], time.monotonic() - began[1], peak]))
"""


def main(gigabytes: float = 1.0, where: str = "") -> int:
    """Print the CPU seconds of both, their ratio and the peak of memory; 1 when the ratio is above 1.25."""
    from indicia.provenance import keys

    with tempfile.TemporaryDirectory(dir=where or None) as name:
        folder = Path(name)
        keys.init(folder / "keys")
        source = video(folder / "source.mp4", int(gigabytes * 1e9))
        print(f"{source.stat().st_size / 1e9:.2f} GB")
        ours = _measured(_OURS, folder, source)
        print(f"ours: {ours[0]:.1f} CPU s, {ours[1]:.1f} s, peak {ours[2]:.0f} MiB")
        if gigabytes > 4:
            return 0
        bare = _measured(_BARE, folder, source)
        print(f"bare: {bare[0]:.1f} CPU s, {bare[1]:.1f} s, peak {bare[2]:.0f} MiB")
        print(f"ratio {ours[0] / bare[0]:.2f} of CPU (at most 1.25 is meant), {ours[1] / bare[1]:.2f} of time")
        return int(ours[0] > 1.25 * bare[0])


def video(path: Path, size: int) -> Path:
    """An MP4 of about `size` bytes: a clip whose decoded content is small, and media data that no sample uses."""
    command = "ffmpeg -v error -y -f lavfi -i testsrc=s=320x240:r=10:d=1 -c:v libx264 -pix_fmt yuv420p".split()
    subprocess.run([*command, str(path)], check=True)
    block, dice = bytearray(random.Random(1).randbytes(1 << 20)), random.Random(2)
    body = max(0, size - path.stat().st_size)
    with open(path, "ab") as stream:
        stream.write((1).to_bytes(4, "big") + b"mdat" + (16 + body).to_bytes(8, "big"))
        while body > 0:
            block[:8] = dice.randbytes(8)
            stream.write(block[:body])
            body -= len(block)
    return path


def _measured(body: str, folder: Path, source: Path) -> tuple[float, float, float]:
    """CPU seconds, seconds and MiB at most, of a process of its own."""
    program = _FRAME.format(body=body)
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder), str(source)], check=True, capture_output=True, text=True,
        env={**os.environ, "INDICIA_HOME": str(folder / "home")},
    )  # fmt: skip
    cpu, wall, peak = json.loads(done.stdout.splitlines()[-1])
    return cpu, wall, peak


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0, *sys.argv[2:3]))
