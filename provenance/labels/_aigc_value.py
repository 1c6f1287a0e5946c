"""Finds AIGC labels in metadata as real files hold them, and says in which ways each departs from the standard."""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..metadata import Metadata
from ..xmp import Property
from ._provider import check_provider_code, looks_like_code

NAMESPACE = "http://www.tc260.org.cn/ns/AIGC/1.0/"
KEYS = (
    "Label", "ContentProducer", "ProduceID", "ReservedCode1", "ContentPropagator", "PropagateID", "ReservedCode2",
)  # fmt: skip
MAX_JSON = 256 << 10  # characters; a label with a full security block has a few thousand

_GB = "GB 45438-2025"
_OTHER_SCHEMA = frozenset({"ServiceProvider", "ServiceUser"})  # seen in EXIF of one cloud vendor
_PRIVATE = re.compile(r"aigc_(label_)?type", re.IGNORECASE)
_LETTERS = re.compile(r"[\x21-\x7e]*")  # Annex E j), where \x22 and \x5c stand for the escaped quotation mark
_ROOTS = re.compile(r"[A-Za-z]:[\\/]|/(?:home|Users|root|mnt|workspace|data)/")


@dataclass(frozen=True, slots=True)
class Found:
    """One label: the values as they stand, in the order of Annex E, then unknown keys; what departs, in words."""

    locator: str
    fields: tuple[tuple[str, str], ...]
    findings: tuple[str, ...]


def find(metadata: Metadata) -> tuple[Found, ...]:
    """Every AIGC label in the packet and in the fields; a second label is a finding on each (6.1)."""
    found = [*_in_packet(metadata), *(f for field in metadata.fields if (f := in_field(*field)))]
    if len(found) > 1:
        more = f"{len(found)} labels in one file, where exactly one is allowed ({_GB} 6.1)"
        found = [Found(f.locator, f.fields, (*f.findings, more)) for f in found]
    if found and metadata.trouble:
        found = [Found(f.locator, f.fields, (*f.findings, str(metadata.trouble))) for f in found]
    return tuple(found)


def is_label_property(namespace: str, name: str) -> bool:
    """Whether an XMP property is meant as the label: the guide's namespace in any spelling, or a name with AIGC."""
    if _PRIVATE.fullmatch(name):
        return False
    return "aigc" in name.lower() or ("tc260" in namespace.lower() and name in KEYS)


def in_field(place: str, key: str, value: str) -> Found | None:
    """The label in one text field, or None when the field is none."""
    named = "aigc" in key.lower() and not _PRIVATE.fullmatch(key)
    if not named and not ("{" in value and ("aigc" in value[:4096].lower() or '"Service' in value[:4096])):
        return None
    values, wrapped, findings = _parsed(value)
    if not named and (values is None or (not wrapped and not _OTHER_SCHEMA.intersection(values))):
        return None
    return Found(f"{place} {key}", *_judged(values, [*findings, *_misplaced(place, key, wrapped, values)]))


def _misplaced(place: str, key: str, wrapped: bool, values: Mapping[str, Any] | None) -> Iterator[str]:
    """Departures of the place; TC260-PG-20259A, Annex B knows PNG tEXt and EXIF UserComment, both wrapped."""
    if place == "JPEG comment" or "APP" in place or place == "GIF comment":
        yield f"the label stands in {place}, not in XMP (TC260-PG-20259A)"
    elif "EXIF" in place and key != "UserComment":
        yield f"the label stands in EXIF {key}, not in XMP or UserComment (TC260-PG-20259A, Annex B)"
    elif place.startswith("MP4") and place != "MP4 moov.udta.meta keys":
        yield f"the label stands in {place[4:]}, not under a key of moov.udta.meta (TC260-PG-20257A)"
    elif place in ("WAV INFO", "ID3"):
        said = "an AIGC chunk" if place == "WAV INFO" else "a TXXX frame"
        yield f"the label stands in {place} {key}, not in {said} (TC260-PG-202510A)"
    elif ("EXIF" in place or place.startswith("PNG")) and not wrapped and values is not None:
        yield "the seven keys lack the outer AIGC object (TC260-PG-20259A, Annex B)"


def _in_packet(metadata: Metadata) -> Iterator[Found]:
    properties = metadata.packet.properties if metadata.packet else ()
    loose: dict[str, str] = {}
    for item in properties:
        if not is_label_property(item.namespace, item.name):
            continue
        if item.name in KEYS:
            loose[item.name] = item.value
            continue
        yield _of_property(item, metadata.place)
    if loose:
        said = f"the seven keys stand as XMP properties of their own, not in TC260:AIGC ({_GB} Annex E)"
        yield Found(f"{metadata.place} TC260", *_judged(loose, [said]))


def _of_property(item: Property, place: str) -> Found:
    findings = []
    if item.namespace != NAMESPACE or item.name != "AIGC":
        findings.append(f"the property is {{{item.namespace}}}{item.name}, not {{{NAMESPACE}}}AIGC (TC260-PG-20259A)")
    if item.members:
        findings.append("the value is an XMP structure, not JSON text (TC260-PG-20259A)")
        return Found(f"{place} {item.name}", *_judged(dict(item.members), findings))
    values, wrapped, more = _parsed(item.items[0] if item.items else item.value)
    if wrapped and values is not None:
        more.append("the value has an outer AIGC object, which the XMP form has not (TC260-PG-20259A)")
    return Found(f"{place} {item.name}", *_judged(values, findings + more))


def _parsed(text: str) -> tuple[dict[str, Any] | None, bool, list[str]]:
    """The keys and values, whether an outer AIGC object held them, and what was odd about the text."""
    findings: list[str] = []
    wrapped, value = False, _loads(text.strip(), findings)
    for _ in range(3):  # each round takes off one layer: a string in a string, an outer object
        if isinstance(value, str):
            findings.append(f"the JSON is encoded twice ({_GB} Annex E)")
            value = _loads(value.strip(), findings)
        elif isinstance(value, dict) and (key := next((k for k in value if k.lower() == "aigc"), None)) is not None:
            if key != "AIGC":
                findings.append(f"the outer key is {key!r}, not 'AIGC' ({_GB} Annex E)")
            wrapped, value = True, value[key]
    if not isinstance(value, dict):
        return None, wrapped, findings
    return value, wrapped, findings


def _loads(text: str, findings: list[str]) -> Any:
    """The JSON value, with the repairs that real files need, each of them a finding; None when there is none."""
    if len(text) > MAX_JSON:
        return None
    if re.match(r"AIGC\s*[:=]?\s*\{", text):
        findings.append(f"the bare word AIGC stands before the JSON ({_GB} Annex E)")
        text = text[text.index("{") :]
    if (value := _json(text, findings)) is not None:
        return value
    if "&" in text and (value := _json(html.unescape(text), findings)) is not None:
        findings.append("the JSON is XML-escaped once too often (TC260-PG-20259A)")
        return value
    if (value := _json(_unbase64(text), findings)) is not None:
        findings.append(f"the JSON is in Base64, where plain text is demanded ({_GB} Annex E)")
    return value


def _json(text: str, findings: list[str]) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            findings.append(f"a key stands twice in the JSON ({_GB} Annex E)")
        return dict(pairs)

    try:
        value, end = json.JSONDecoder(object_pairs_hook=unique).raw_decode(text)
    except (ValueError, RecursionError):
        return None
    if text[end:].strip("\0 \t\r\n"):
        findings.append(f"other text follows the JSON ({_GB} Annex E)")
    return value if isinstance(value, dict | str) else None


def _unbase64(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9+/=_\-\s]{16,}", text):
        return ""
    try:
        return base64.b64decode(text, altchars=b"-_" if set("-_") & set(text) else None).decode()
    except (binascii.Error, ValueError):
        return ""


def _judged(
    values: Mapping[str, Any] | None, findings: list[str]
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """The fields as text and all findings."""
    if values is None:
        return (), (*findings, f"the value is no JSON object that can be read ({_GB} Annex E)")
    order = [*(k for k in KEYS if k in values), *(k for k in values if k not in KEYS)]
    fields = tuple((key, _as_text(values[key])) for key in order[:32])
    return fields, tuple(dict.fromkeys([*findings, *_departures(values, dict(fields))]))


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (ValueError, RecursionError):
        return ""


def _departures(values: Mapping[str, Any], fields: Mapping[str, str]) -> Iterator[str]:
    """What Annex E and the guides demand of the values and these do not keep."""
    if _OTHER_SCHEMA.intersection(values):
        yield f"another vendor's schema ({', '.join(sorted(_OTHER_SCHEMA.intersection(values)))}) ({_GB} Annex E)"
    if missing := [key for key in KEYS if key not in values]:
        yield f"missing: {', '.join(missing)} ({_GB} Annex E)"
    if unknown := [key for key in values if key not in KEYS]:
        yield f"unknown: {', '.join(unknown[:8])} ({_GB} Annex E)"
    for key, value in values.items():
        if key in KEYS and not isinstance(value, str):
            yield f"{key} is not a string ({_GB} Annex E)"
        elif key in KEYS and not _LETTERS.fullmatch(value):
            yield f"{key} has characters beyond those it should mainly have ({_GB} Annex E j)"
    label, produced = fields.get("Label", ""), fields.get("ProduceID", "")
    if label not in ("1", "2", "3"):
        yield f"Label is {label[:40]!r}, not 1, 2 or 3 ({_GB} Annex E c)"
    yield from _identity(label, fields.get("ContentProducer", ""), produced)
    if label == "1" and not fields.get("ContentPropagator") and "ContentPropagator" in values:
        yield f"ContentPropagator is empty; at first it equals the producer ({_GB} Annex E, Note 1)"


def _identity(label: str, producer: str, produced: str) -> Iterator[str]:
    if label == "1" and not producer:
        yield f"ContentProducer is empty ({_GB} Annex E d)"
    if looks_like_code(producer):
        yield from check_provider_code(producer)
    if label == "1" and not produced:
        yield f"ProduceID is empty ({_GB} Annex E e)"
    elif produced and not produced.strip("0-"):
        yield f"ProduceID is all zeros, not a unique number ({_GB} Annex E e)"
    elif _is_path(produced):
        yield f"ProduceID holds a file path, which is no number and tells of the user ({_GB} Annex E e)"


def _is_path(produced: str) -> bool:
    """Whether it names a file: it begins as paths do, or has two separators and an extension."""
    separators = produced.count("/") + produced.count("\\")
    return bool(_ROOTS.match(produced) or (separators >= 2 and re.search(r"\.\w{1,5}\Z", produced[-6:])))
