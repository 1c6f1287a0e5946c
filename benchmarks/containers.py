"""Which layers every container carries, and which tools leave them in place: python -m benchmarks.containers

Each format gets the AIGC label, the IPTC source type and a C2PA manifest; each is read back by us and by independent
programs. Then common tools write the file anew: `ffmpeg -c copy`, the same with `-movflags use_metadata_tags`, exiftool
(a title is set), Pillow (opened and saved), LibreOffice where it is installed. Writes provenance/formats/survival.json
and docs/containers.md.
"""

from __future__ import annotations

import datetime
import functools
import io
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

import containers
import documents
import movies
import streams

from indicia.provenance import keys
from indicia.provenance.asset import Asset
from indicia.provenance.credentials import Statement
from indicia.provenance.credentials.sidecar import make
from indicia.provenance.credentials.sign import EMBEDDABLE, TEXT, sign
from indicia.provenance.credentials.verify import ANYTHING
from indicia.provenance.credentials.verify import read as read_claims
from indicia.provenance.errors import IndiciaError
from indicia.provenance.evidence import ClaimState, Media
from indicia.provenance.formats._table import DATA, Row, Table
from indicia.provenance.labels import aigc, iptc
from indicia.provenance.sniff import FORMATS

DOCS = Path(__file__).parents[1] / "docs" / "containers.md"
PRODUCER = "ACME-Studio"
_LABEL = aigc.Aigc("1", PRODUCER, "n1")
_INTACT = (ClaimState.TRUSTED, ClaimState.UNTRUSTED)
_MOVING = (Media.VIDEO, Media.AUDIO)
Tool = Callable[[Path, str], bytes | None]


def samples() -> dict[str, bytes]:
    """One file of each format that a module serves, and a text."""
    every = (movies.movies(), containers.everything(), streams.everything(), documents.documents())
    found: dict[str, bytes] = {}
    for group in every:
        for name, (kind, data) in group.items():
            if name != "heic":  # as libheif writes it: c2pa-rs would damage it, and signing is refused
                found.setdefault(kind, data)
    found |= {"text": b"A short text.\n", "json": b'{"a": 1}\n'}
    return {kind: found[kind] for kind in FORMATS if kind in found}


def main() -> int:
    """Measure, and write the table and its page."""
    tools = {name: tool for name, (tool, there) in TOOLS.items() if there}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keys.init(folder / "keys")
        bench = Bench(folder, tools)
        rows = [row for kind, data in samples().items() for row in bench.rows(kind, data)]
    table = Table(datetime.datetime.now(datetime.UTC).date().isoformat(), tuple(_versions()), tuple(rows))
    DATA.write_text(table.to_json(), "utf-8")
    DOCS.write_text(page(table), "utf-8")
    print(f"{len(rows)} rows of {len({r.format for r in rows})} formats in {DATA.name} and {DOCS.name}")
    return 0


class Bench:
    """Writes, reads, and lets tools loose on files in a folder."""

    def __init__(self, folder: Path, tools: dict[str, Tool]) -> None:
        self.folder, self.tools = folder, tools
        self.signer = keys.load_signer(folder / "keys")

    def rows(self, kind: str, data: bytes) -> Iterator[Row]:
        """The three layers of one format."""
        labelled = _tried(lambda: aigc.write(data, kind, _LABEL))
        described = _tried(lambda: iptc.write(data, kind, iptc.Iptc()))
        yield self.row(kind, "aigc", labelled, aigc_state, aigc_readers)
        yield self.row(kind, "iptc", described, iptc_state, iptc_readers)
        if kind in EMBEDDABLE | TEXT:
            signed = _tried(lambda: sign(data, kind, Statement(model="m"), self.signer))
            yield self.row(kind, "c2pa", signed, c2pa_state, c2pa_readers)
        else:
            store = make(io.BytesIO(data), ANYTHING, Statement(model="m"), self.signer)
            yield self.row(kind, "c2pa", data, functools.partial(self.beside, store), nobody)

    def beside(self, store: bytes, asset: Asset) -> tuple[str, str]:
        """Kept when the manifest beside the file fits it."""
        path = self.folder / "beside"
        path.write_bytes(asset.data)
        sidecar = self.folder / "beside.c2pa"
        sidecar.write_bytes(store)
        return c2pa_state(Asset.open(path))[0], "FILE.c2pa beside it"

    def row(
        self, kind: str, layer: str, data: bytes | None, state: Callable[[Asset], tuple[str, str]],
        readers: Callable[[Path, str], Iterator[str]],
    ) -> Row:  # fmt: skip
        """One layer: where it stands, who finds it, what tools do to it."""
        if data is None:
            return Row(kind, layer, "", False, False, (), tuple((name, "-") for name in self.tools))
        path = self.folder / f"{layer}.{_SUFFIX.get(kind, kind)}"
        path.write_bytes(data)
        said, place = state(Asset.of(data))
        survives = tuple((name, self.after(tool, path, kind, state)) for name, tool in self.tools.items())
        return Row(kind, layer, place, True, said == "kept", tuple(readers(path, kind)), survives)

    def after(self, tool: Tool, path: Path, kind: str, state: Callable[[Asset], tuple[str, str]]) -> str:
        """What a tool leaves of a layer."""
        before = path.read_bytes()
        try:
            written = tool(path, kind)
        finally:
            path.write_bytes(before)
        if written is None:
            return "-"
        try:
            return state(Asset.of(written))[0]
        except IndiciaError:
            return "lost"


_SUFFIX = {"jpeg": "jpg", "matroska": "mkv", "weba": "webm", "text": "txt", "markdown": "md"}


def aigc_state(asset: Asset) -> tuple[str, str]:
    """Kept when our one label is there, and where."""
    found = aigc.read(asset)
    ours = [f for f in found if dict(f.fields).get("ContentProducer") == PRODUCER]
    return ("kept", ours[0].locator) if ours else ("lost", "")


def iptc_state(asset: Asset) -> tuple[str, str]:
    """Kept when the source type is there."""
    found = iptc.read(asset)
    return ("kept", found[0].locator) if found and found[0].origin == "synthetic" else ("lost", "")


def c2pa_state(asset: Asset) -> tuple[str, str]:
    """Kept when the manifest is intact, altered when it is there."""
    claims = read_claims(asset)
    if not claims:
        return "lost", ""
    return ("kept" if claims[0].state in _INTACT else "altered"), "in the file"


def aigc_readers(path: Path, kind: str) -> Iterator[str]:
    """Those that print the producer: exiftool, ffprobe."""
    if PRODUCER in _output("exiftool", "-j", "-b", path):
        yield "exiftool"
    if FORMATS[kind][0] in _MOVING and PRODUCER in _output(
        "ffprobe", "-v", "error", "-show_format", "-show_streams", path
    ):
        yield "ffprobe"


def iptc_readers(path: Path, kind: str) -> Iterator[str]:
    """Those that print the source type: exiftool."""
    if "trainedAlgorithmicMedia" in _output("exiftool", "-j", path):
        yield "exiftool"


def c2pa_readers(path: Path, kind: str) -> Iterator[str]:
    """encypher-c2pa, where it finds the manifest intact, and exiftool, where it finds it at all."""
    import encypher_c2pa

    try:
        said = encypher_c2pa.verify(path, telemetry=False)
    except Exception:  # noqa: BLE001 - a reader that fails does not read it
        said = {}
    if said.get("integrity") == "valid" and said.get("hard_binding") == "match":
        yield "encypher-c2pa"
    if "JUMD" in _output("exiftool", "-j", path):
        yield "exiftool"


def nobody(path: Path, kind: str) -> Iterator[str]:
    """No other program was asked about manifests beside a file."""
    yield from ()


def ffmpeg(path: Path, kind: str, *flags: str) -> bytes | None:
    """Remuxed without re-encoding; None for what is no video or sound."""
    if FORMATS[kind][0] not in _MOVING:
        return None
    out = path.with_name(f"out.{path.suffix[1:]}")
    done = _ran("ffmpeg", "-v", "error", "-y", "-i", path, "-map", "0", "-c", "copy", *flags, out)
    return out.read_bytes() if done else None


def ffmpeg_keys(path: Path, kind: str) -> bytes | None:
    """Remuxed with keys of one's own kept, which only the MP4 family needs to be told."""
    return ffmpeg(path, kind, "-movflags", "use_metadata_tags") if kind in ("mp4", "mov", "m4a") else None


def exiftool(path: Path, kind: str) -> bytes | None:
    """With a title set."""
    before = path.read_bytes()
    done = _ran("exiftool", "-q", "-q", "-m", "-overwrite_original", "-Title=x", path)
    after = path.read_bytes()
    return after if done and after != before else None


def pillow(path: Path, kind: str) -> bytes | None:
    """Opened and saved as the same format, as programs do that know nothing of metadata."""
    from PIL import Image

    if FORMATS[kind][0] is not Media.IMAGE or kind in ("svg", "heic"):
        return None
    buffer = io.BytesIO()
    with Image.open(path) as opened:
        opened.save(buffer, kind)
    return buffer.getvalue()


def libreoffice(path: Path, kind: str) -> bytes | None:
    """Converted to the format it is in."""
    if kind not in ("docx", "xlsx", "pptx"):
        return None
    out = path.parent / "office"
    done = _ran("soffice", "--headless", "--convert-to", kind, "--outdir", out, path)
    return (out / path.name).read_bytes() if done else None


TOOLS: dict[str, tuple[Tool, bool]] = {
    "ffmpeg copy": (ffmpeg, shutil.which("ffmpeg") is not None),
    "ffmpeg copy, use_metadata_tags": (ffmpeg_keys, shutil.which("ffmpeg") is not None),
    "exiftool": (exiftool, shutil.which("exiftool") is not None),
    "Pillow": (pillow, True),
    "LibreOffice": (libreoffice, shutil.which("soffice") is not None),
}


def _tried(write: Callable[[], bytes]) -> bytes | None:
    try:
        return write()
    except IndiciaError:
        return None


def _ran(*command: str | Path) -> bool:
    return subprocess.run([*map(str, command)], capture_output=True, check=False).returncode == 0


def _output(*command: str | Path) -> str:
    done = subprocess.run([*map(str, command)], capture_output=True, check=False)
    return done.stdout.decode("utf-8", "replace")


def _versions() -> Iterator[tuple[str, str]]:
    import importlib.metadata

    if found := re.search(r"version (\S+)", _output("ffmpeg", "-version")):
        yield "ffmpeg", found[1]
    if shutil.which("exiftool"):
        yield "exiftool", _output("exiftool", "-ver").strip()
    for package in ("Pillow", "encypher-c2pa", "c2pa-python"):
        yield package, importlib.metadata.version(package)
    if found := re.search(r"LibreOffice (\S+)", _output("soffice", "--version") if shutil.which("soffice") else ""):
        yield "LibreOffice", found[1]


def page(table: Table) -> str:
    """docs/containers.md: the head that stands there, and the table."""
    head = DOCS.read_text("utf-8").split(_MARK)[0] if DOCS.exists() else "# Containers\n\n"
    tools = [name for name, _ in table.rows[0].survives]
    lines = [f"| format | layer | stands in | written | read | also read by | {' | '.join(tools)} |"]
    lines.append("|---" * (6 + len(tools)) + "|")
    for row in table.rows:
        cells = [
            row.format,
            row.layer,
            row.place or "no place",
            *("yes" if x else "no" for x in (row.written, row.read)),
        ]
        cells += [", ".join(row.readers), *(state for _, state in row.survives)]
        lines.append(f"| {' | '.join(cells)} |")
    said = ", ".join(f"{name} {version}" for name, version in table.tools)
    return f"{head}{_MARK}\nMeasured {table.measured} with {said}.\n\n" + "\n".join(lines) + "\n"


_MARK = "<!-- everything below is written by python -m benchmarks.containers -->\n"

if __name__ == "__main__":
    sys.exit(main())
