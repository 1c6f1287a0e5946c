"""The implicit label of GB 45438-2025, Annex E: five elements in a metadata field named AIGC."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Callable
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import BinaryIO

from .. import xmp
from ..asset import Asset
from ..errors import Unsupported, UsageError, WriteFailed
from ..evidence import Label, Media
from ..files import opened, replacing, write_bytes
from ..formats import Format, for_format
from ..formats._splices import Streamed, over, splice
from ..metadata import Metadata, of, parse, parse_stream
from . import LabelReader
from ._aigc_value import KEYS, NAMESPACE, find, in_field, is_label_property
from ._provider import check_provider_code, looks_like_code

__all__ = [
    "KEYS", "NAMESPACE", "Aigc", "check_provider_code", "integrity_holds", "label", "labelled", "new_produce_id",
    "read", "reserved_code", "reserved_code_of", "write", "write_file",
]  # fmt: skip

_CHUNK = 1 << 20
GENERATED, POSSIBLE, SUSPECTED = "1", "2", "3"  # Annex E c): 属于, 可能, 疑似


@dataclass(frozen=True, slots=True)
class Aigc:
    """The seven values, all strings. `label` is "1" (is generated), "2" (may be) or "3" (suspected)."""

    label: str
    content_producer: str
    produce_id: str
    reserved_code1: str = ""
    content_propagator: str = ""
    propagate_id: str = ""
    reserved_code2: str = ""

    def to_json_text(self, *, outer: bool = True, ascii: bool = False) -> str:
        """The text of Annex E, keys in its order, without spaces.

        `outer` adds the AIGC object around it (PNG tEXt, EXIF), which the forms for XMP, office documents and front
        matter have not. `ascii` escapes everything else, for places that hold nothing more.
        """
        values = dict(zip(KEYS, astuple(self), strict=True))
        return json.dumps({"AIGC": values} if outer else values, ensure_ascii=ascii, separators=(",", ":"))

    def completed(self) -> Aigc:
        """The label as the provider first writes it: the propagator is the producer (Annex E, Note 1)."""
        if self.content_propagator or self.propagate_id:
            return self
        return replace(self, content_propagator=self.content_producer, propagate_id=self.produce_id)

    def passed_on(self, propagator: str, propagate_id: str, *, reserved_code: str = "") -> Aigc:
        """The label as a platform passes it on: its own elements set, those of the producer kept (Art. 6)."""
        return replace(self, content_propagator=propagator, propagate_id=propagate_id, reserved_code2=reserved_code)


def new_produce_id() -> str:
    """A content number that no other call gives: 32 hexadecimal digits of randomness."""
    return uuid.uuid4().hex


def write(data: bytes, format: str, aigc: Aigc, *, place: str = "guide") -> bytes:
    """`data` with exactly this AIGC label, in the place that the guide names for `format` (docs/labels.md).

    Labels that stand elsewhere in the file go; the other XMP properties, fields and all pixels stay as they are.
    `place="text"` writes the tEXt form of TC260-PG-20259A, Annex B instead, for PNG only. What was written is read
    back and compared.

    Raises:
        UsageError: a value that the standard forbids, with its clause.
        Unsupported: the format has no specified place.
        BadContent: the file or its XMP packet is damaged.
        WriteFailed: what was read back is not what was written.
    """
    aigc, module = _checked(aigc), _module(format)
    if place == "text" and format != "png":
        raise Unsupported(f"{format} has no text field for the AIGC label; leave `place` as it is")
    form = "wrapped" if place == "text" else module.aigc_form
    cleared = _without_property(module, module.without(data, _is_label), keep=form == "xmp")
    if form == "xmp":
        change = {(NAMESPACE, "AIGC"): aigc.to_json_text(outer=False)}
        written = module.write_xmp(cleared, xmp.update(module.read_xmp(cleared), change))
    else:
        written = module.write_field(cleared, "AIGC", aigc.to_json_text(outer=form == "wrapped", ascii=True))
    _require_written(parse(module, written, format), format, aigc)
    return written


def labelled(source: BinaryIO, module: Streamed, format: str, aigc: Aigc) -> BinaryIO:
    """As `write`, for a file of any size: a stream over `source` that is read as the labelled file. Nothing is copied.

    Raises:
        As `write`.
    """
    aigc, form = _checked(aigc), module.aigc_form
    stream = over(source, module.plan_without(source, _is_label))
    packet = module.find_xmp(stream)
    if packet is not None and (gone := _label_properties(packet, keep=form == "xmp")):
        stream = over(stream, module.plan_xmp(stream, xmp.update(packet, dict.fromkeys(gone))))
    if form == "xmp":
        change = {(NAMESPACE, "AIGC"): aigc.to_json_text(outer=False)}
        written = over(stream, module.plan_xmp(stream, xmp.update(module.find_xmp(stream), change)))
    else:
        text = aigc.to_json_text(outer=form == "wrapped", ascii=True)
        written = over(stream, module.plan_field(stream, "AIGC", text))
    _require_written(parse_stream(module, written, format), format, aigc)
    written.seek(0)
    return written


def write_file(
    source: Path, target: Path, format: str, aigc: Aigc, *, progress: Callable[[int], None] | None = None
) -> None:
    """The file `source` with exactly this label at `target`, which may be the same; whole or as it was.

    Video and sound are copied a mebibyte at a time, and `progress` is told the bytes copied so far; what it raises ends
    the work and leaves `target` as it was.

    Raises:
        As `write`, and WriteFailed where `target` cannot be written.
    """
    module = _module(format)
    if not isinstance(module, Streamed):
        with opened(source) as stream:
            write_bytes(target, write(stream.read(), format, aigc))
        return
    with opened(source) as stream, replacing(target) as temporary, open(temporary, "wb") as copy:
        splice(labelled(stream, module, format, aigc), copy, (), progress=progress)


def read(asset: Asset) -> tuple[Label, ...]:
    """Every AIGC label of the asset, departures from the standard and its guides as findings.

    Raises:
        BadContent: the container or its XMP packet is damaged.
        TooLarge: a limit was met.
    """
    return labels_in(of(asset), asset.ref.name)


def labels_in(metadata: Metadata, name: str) -> tuple[Label, ...]:
    """As `read`, for metadata that is at hand; `name` is the file's, for errors."""
    found = find(metadata)
    if not found:
        metadata.raise_trouble(name)
    return tuple(
        Label("aigc", "aigc", False, _origin(dict(f.fields)), f.fields, findings=f.findings, locator=f.locator)
        for f in found
    )


def reserved_code(data: bytes, format: str) -> str:
    """Integrity data for ReservedCode1 in the digest form (GB 45438-2025, F.4): SHA-256 of the content, hex.

    It covers what `Format.essence` keeps (pixels, text), not metadata, so that labels, IPTC and a C2PA manifest can be
    written after it. It proves no origin: whoever changes the content can put a new digest.
    """
    return hashlib.sha256(_module(format).essence(data)).hexdigest()


def reserved_code_of(stream: BinaryIO, format: str) -> str:
    """As `reserved_code`, for a file of any size."""
    module = _module(format)
    if not isinstance(module, Streamed):
        stream.seek(0)
        return reserved_code(stream.read(), format)
    digest = hashlib.sha256()
    for start, end in module.content(stream):
        stream.seek(start)
        left = end - start
        while left > 0 and (chunk := stream.read(min(_CHUNK, left))):
            digest.update(chunk)
            left -= len(chunk)
    return digest.hexdigest()


def integrity_holds(data: bytes, format: str, aigc: Aigc) -> bool | None:
    """Whether ReservedCode1 is the digest of this content; None when it is no digest of the form written here."""
    if not re.fullmatch(r"[0-9a-f]{64}", aigc.reserved_code1):
        return None
    return reserved_code(data, format) == aigc.reserved_code1


def _module(format: str) -> Format:
    try:
        return for_format(format)
    except Unsupported as error:
        raise Unsupported(
            f"the guides name no place for the AIGC label in {format} files: use a written label or a sidecar"
        ) from error


def _refusals(aigc: Aigc) -> list[str]:
    """What Annex E forbids or leaves without meaning."""
    wrong = []
    if aigc.label not in (GENERATED, POSSIBLE, SUSPECTED):
        wrong.append(f"Label is {aigc.label!r}, not 1, 2 or 3 (Annex E c)")
    # Who writes Label 2 or 3 on another's content may not know the producer; nothing read so far says what to put.
    required = (aigc.content_producer, aigc.produce_id) if aigc.label == GENERATED else (aigc.content_propagator,)
    if not all(required):
        wrong.append("the provider's name or code and its content number are needed (Annex E d, e)")
    for who in (aigc.content_producer, aigc.content_propagator):
        if looks_like_code(who):
            wrong += check_provider_code(who)
    if any(re.search(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]", value) for value in astuple(aigc)):
        wrong.append("control characters (Annex E j)")
    return list(dict.fromkeys(wrong))


def _is_label(place: str, key: str, value: str) -> bool:
    return in_field(place, key, value) is not None


def _checked(aigc: Aigc) -> Aigc:
    """The label as it is written, if the standard allows it."""
    aigc = aigc.completed()
    if wrong := _refusals(aigc):
        raise UsageError(f"this AIGC label cannot be written: {'; '.join(wrong)}")
    return aigc


def _without_property(module: Format, data: bytes, *, keep: bool) -> bytes:
    """`data` without label properties in XMP; the one in the guide's place is left to be updated when `keep`."""
    raw = module.read_xmp(data)
    gone = _label_properties(raw, keep=keep) if raw is not None else None
    return module.write_xmp(data, xmp.update(raw, dict.fromkeys(gone))) if gone else data


def _label_properties(packet: bytes, *, keep: bool) -> set[tuple[str, str]]:
    names = {(p.namespace, p.name) for p in xmp.read(packet).properties if is_label_property(p.namespace, p.name)}
    return names - {(NAMESPACE, "AIGC")} if keep else names


def _require_written(metadata: Metadata, format: str, aigc: Aigc) -> None:
    found = find(metadata)
    if len(found) != 1 or found[0].fields != tuple(zip(KEYS, astuple(aigc), strict=True)):
        raise WriteFailed(
            f"the AIGC label read back from the {format} file is not the one written; nothing was changed"
        )


def _origin(fields: dict[str, str]) -> str:
    """Label 1 asserts; 2 and 3 say "may be" and "suspected", which asserts nothing of the origin."""
    return "" if fields.get("Label") in (POSSIBLE, SUSPECTED, None) else "synthetic"


class _AigcReader:
    """Finds AIGC labels in every container that `formats` knows."""

    name = "aigc"
    media = frozenset(Media)

    def read(self, asset: Asset) -> tuple[Label, ...]:
        return read(asset)


label: LabelReader = _AigcReader()
