"""`indicia mark` and `indicia marks`: invisible watermarks alone, written and read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..provenance.errors import IndiciaError, KeyTrouble, MissingExtra, UsageError
from ._output import clean, say

if TYPE_CHECKING:
    from ..provenance.asset import Asset
    from ..provenance.evidence import Gap, Reading
    from ..provenance.marks import MarkKey, PixelMark

Key = Annotated[Path | None, typer.Option("--key", help="A watermark key file; your own keys otherwise.")]


def mark(
    file: Annotated[Path, typer.Argument(help="A picture: PNG, TIFF, JPEG, WebP or AVIF.")],
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write; the format stays as it is.")],
    method: Annotated[str, typer.Option(help="The mark to embed; see indicia marks --methods.")] = "tile",
    payload: Annotated[str | None, typer.Option(help="Hexadecimal; random otherwise.")] = None,
    key: Key = None,
) -> None:
    """Embed an invisible watermark in a picture and print its payload.

    The picture is encoded anew with its colour profile, EXIF and XMP: PNG and TIFF without loss, JPEG at quality 95
    without chroma subsampling, WebP and AVIF at quality 95. A C2PA manifest of the old bytes does not carry over; sign
    the result. To mark in every layer and keep a record, use `indicia label`.
    """
    import numpy as np
    from PIL import Image

    from ..provenance.asset import Asset
    from ..provenance.files import write_bytes
    from ..provenance.imprint.pixels import encode, over_rgb, take_out

    chosen = _writer(method)
    carried = _payload(payload, chosen)
    keys = _keys(key)
    if not keys:
        raise KeyTrouble("no watermark key: run `indicia keys init`, or name a key file with --key")
    asset = Asset.open(file)
    image, belongings = take_out(asset)
    marked = chosen.embed(np.asarray(image.convert("RGB")), carried, keys[0])
    data = encode(over_rgb(image, Image.fromarray(marked)), asset.format, belongings=belongings)
    if _lost(chosen, data, carried, keys[0]):
        raise UsageError(f"{file}: {method} does not outlive encoding as {asset.format}; use another method or PNG")
    write_bytes(output, data)
    print(f"{carried:0{-(-chosen.payload_bits // 4)}x}")


def marks(
    paths: Annotated[list[str] | None, typer.Argument(help="Files and folders; folders are walked.")] = None,
    *,
    format: Annotated[str, typer.Option("--format", "-f", help="table or json.")] = "table",
    key: Key = None,
    tokenizer: Annotated[
        Path | None, typer.Option(help="Folder of the model that wrote the text; the built-in one otherwise.")
    ] = None,
    methods: Annotated[bool, typer.Option("--methods", help="List the methods there are, and exit.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Read every watermark that your keys open, and the fixed ones of known generators, with p-values.

    That nothing is found says nothing. Exit 0, or 2 when a file cannot be read.
    """
    from ..moderation.scan import files
    from ._progress import follow
    from .main import CLEAN, USAGE

    if format not in ("table", "json"):
        raise UsageError(f"no format {format!r}; there are: table, json")
    if methods:
        print("\n".join(_method_lines()))
        return
    if not paths:
        raise UsageError("name at least one file or folder")
    keys = _keys(key)
    if not keys:
        say("no watermark key here: only the fixed marks of known generators are looked for (indicia keys init)")
    found = [_look(Path(path), keys, tokenizer) for path in follow(files(paths), "reading marks", quiet=quiet)]
    if format == "json":
        print(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=2))
    else:
        print("\n".join(line for one in found for line in _lines(one)))
    raise typer.Exit(USAGE if any(one.error for one in found) else CLEAN)


commands = (mark, marks)


@dataclass(frozen=True, slots=True)
class _Found:
    path: str
    readings: tuple[Reading, ...] = ()
    gaps: tuple[Gap, ...] = ()
    error: str = ""


def _writer(name: str) -> PixelMark:
    from ..provenance.marks import get, pixel_marks

    able = {one.name for one in pixel_marks() if one.can_embed}
    if name not in able:
        raise UsageError(f"no mark {name!r} that can be embedded in pictures; there are: {', '.join(sorted(able))}")
    chosen: PixelMark = get(name)
    return chosen


def _payload(given: str | None, chosen: PixelMark) -> int:
    import secrets

    if given is None:
        return secrets.randbits(chosen.payload_bits)
    try:
        value = int(given, 16)
    except ValueError as error:
        raise UsageError(f"--payload {given!r}: not a hexadecimal number") from error
    if not 0 <= value < 1 << chosen.payload_bits:
        raise UsageError(f"--payload {given}: {chosen.name} carries {chosen.payload_bits} bits")
    return value


def _keys(path: Path | None) -> tuple[MarkKey, ...]:
    from ..provenance.keys import load_mark_keys, read_mark_key

    return load_mark_keys() if path is None else (read_mark_key(path),)


def _lost(chosen: PixelMark, data: bytes, payload: int, key: MarkKey) -> bool:
    import numpy as np

    from ..provenance.asset import Asset

    reading = chosen.read(np.asarray(Asset.of(data).image().convert("RGB")), [key])
    return reading is None or int(reading.payload, 16) != payload


def _look(path: Path, keys: Sequence[MarkKey], tokenizer: Path | None) -> _Found:
    from ..provenance.asset import Asset
    from ..provenance.evidence import Media

    try:
        asset = Asset.open(path)
        match asset.media:
            case Media.IMAGE:
                results = list(_in_picture(asset, keys))
            case Media.TEXT:
                results = list(_in_text(asset, keys, tokenizer))
            case _:
                results = []
    except IndiciaError as error:
        return _Found(str(path), error=str(error))
    from ..provenance.evidence import Gap

    gaps = tuple(item for item in results if isinstance(item, Gap))
    return _Found(str(path), tuple(item for item in results if not isinstance(item, Gap)), gaps)


def _in_picture(asset: Asset, keys: Sequence[MarkKey]) -> Iterator[Reading | Gap]:
    import numpy as np

    from ..provenance.inspect import gap_of
    from ..provenance.marks import pixel_marks

    pixels = np.asarray(asset.image().convert("RGB"))
    for one in pixel_marks():
        try:
            if reading := one.read(pixels, keys):
                yield reading
        except MissingExtra as error:
            yield gap_of(f"marks.{one.name}", error)


def _in_text(asset: Asset, keys: Sequence[MarkKey], folder: Path | None) -> Iterator[Reading | Gap]:
    from ..provenance.evidence import Gap, Reason
    from ..provenance.inspect import gap_of
    from ..provenance.marks import token_marks, tokenizer

    if not keys:
        return
    if folder is None:
        from ..generators.studio import text as studio

        if not studio.is_pulled():
            yield Gap("marks", Reason.MISSING_EXTRA, "text marks need the tokenizer of the model: give --tokenizer")
            return
        folder = studio.model_folder()
    try:
        words = tokenizer(folder)
    except MissingExtra as error:
        yield gap_of("marks", error)
        return
    content = asset.text()
    for one in token_marks():
        if reading := one.read(content, words, keys):
            yield reading


def _lines(one: _Found) -> Iterator[str]:
    if one.error:
        yield f"{clean(one.path)}: {clean(one.error, most=300)}"
        return
    if not one.readings:
        yield f"{clean(one.path)}: no mark found, which says nothing"
    for reading in one.readings:
        whose = f"your key {clean(reading.key_id)}" if reading.ours else "a fixed mark of that pipeline"
        carries = f" payload {clean(reading.payload)}," if reading.payload and reading.ours else ""
        yield f"{clean(one.path)}: {clean(reading.method)},{carries} p <= {reading.p_value:.1e}, {whose}"
    for gap in one.gaps:
        yield f"  not examined: {clean(gap.reader)}: {clean(gap.detail, most=300)}"


def _method_lines() -> Iterator[str]:
    from ..provenance.marks import pixel_marks, token_marks

    for one in pixel_marks():
        what = f"{one.payload_bits} payload bits" if one.can_embed else "reads other tools' marks"
        need = f", needs indicia[{one.extra}]" if one.extra else ""
        yield f"{one.name}@{one.version}  image, {what}, false alarms {one.false_positive_rate:.1e}{need}"
    for token in token_marks():
        yield f"{token.name}@{token.version}  text, presence only, embedded while generating"
