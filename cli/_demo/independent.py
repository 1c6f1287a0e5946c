"""An independent look at what was made: readers that others wrote where they are installed, and a bare one of ours."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .story import Stage

_OWN = "import sys; from indicia.cli.main import main; sys.argv[0] = 'indicia'; main()"


@dataclass(frozen=True, slots=True)
class Seen:
    """What one reader found in one file, in words; `found` is false when it found no sign of a generator."""

    path: Path
    reader: str
    found: bool
    what: str


def look(stage: Stage, paths: Sequence[Path]) -> list[Seen]:
    """What every reader that is at hand finds in each file. None of them has our keys or our registry."""
    return [seen for reader in readers() for seen in reader(stage, paths)]


Reader = Callable[[Stage, Sequence[Path]], Iterator[Seen]]


def readers() -> list[Reader]:
    """encypher-c2pa and exiftool where they are installed, and always our own in a process that has nothing else."""
    others: list[Reader] = []
    if importlib.util.find_spec("encypher_c2pa") is not None:
        others.append(_encypher)
    if shutil.which("exiftool"):
        others.append(_exiftool)
    return [*others, _own]


def _encypher(stage: Stage, paths: Sequence[Path]) -> Iterator[Seen]:
    """An independent validator of C2PA, in Rust; its telemetry is switched off, and it is offline."""
    import encypher_c2pa

    root = (stage.keys / "root.pem").read_text()
    # Our manifests in texts are those of Annex A.8, for unstructured text, also in Markdown: it is read as such.
    mimes = {".png": "image/png", ".txt": "text/plain", ".md": "text/plain", ".mp4": "video/mp4", ".wav": "audio/wav"}
    for path in paths:
        report = encypher_c2pa.verify(path, mimes.get(path.suffix), trust_pem=root, telemetry=False, online=False)
        words = f"manifest {report['validation_state']}, content {report['hard_binding']}"
        yield Seen(path, "encypher-c2pa", bool(report["present"] and report["hard_binding"] == "match"), words)


def _exiftool(stage: Stage, paths: Sequence[Path]) -> Iterator[Seen]:
    """Phil Harvey's exiftool: the AIGC field and the IPTC source type. It knows pictures and video only."""
    pictures = [p for p in paths if p.suffix in (".png", ".mp4")]
    command = ["exiftool", "-json", "-XMP:all", "-Keys:all", *map(str, pictures)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own files
    for path, fields in zip(pictures, json.loads(done.stdout or "[]"), strict=False):
        # Older versions do not know the property and name it by their own rule, "Aigc".
        aigc = _json(str(fields.get("AIGC", fields.get("Aigc", ""))))
        source = str(fields.get("DigitalSourceType", "")).rpartition("/")[2]
        words = f"AIGC Label {aigc.get('Label', 'none')} by {aigc.get('ContentProducer', '?')}, source type {source}"
        yield Seen(path, "exiftool", aigc.get("Label") == "1" and "lgorithmicMedia" in source, words)


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _own(stage: Stage, paths: Sequence[Path]) -> Iterator[Seen]:
    """`indicia scan` in a fresh process and an empty home: copies of the files are all that it has."""
    from ...provenance.dossier import Dossier

    with tempfile.TemporaryDirectory(prefix="indicia-look-") as bare:
        for path in paths:
            shutil.copyfile(path, Path(bare) / path.name)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("INDICIA_")}
        environment["INDICIA_HOME"] = str(Path(bare) / ".home")
        command = [sys.executable, "-c", _OWN, "scan", "--format", "jsonl", "--jobs", "1", "--quiet", bare]
        done = subprocess.run(  # noqa: S603 - this very interpreter
            command, capture_output=True, text=True, check=False, env=environment, cwd=bare
        )
    dossiers = {d.asset.name: d for d in map(Dossier.from_json, done.stdout.splitlines())}
    for path in paths:
        verdict = dossiers[path.name].verdict
        words = f"{verdict.origin}, {verdict.basis}, {verdict.integrity}, signer {verdict.trust}"
        yield Seen(path, "indicia, fresh process", verdict.origin != "unknown", words)
