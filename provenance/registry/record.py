"""A record of one thing that was made: what it is, what it is bound to, and how it came about."""

from __future__ import annotations

import base64
import binascii
import functools
import json
import re
import secrets
import time
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..errors import BadContent
from ..evidence import Media

if TYPE_CHECKING:
    from pydantic import TypeAdapter

SCHEMA = "indicia/record@1"
SCOPES = ("", "before_visible", "after_visible", "final")
ORIGINS = ("", "synthetic", "partly_synthetic", "captured")
MARK = "mark:"  # a binding whose algorithm begins so holds the payload of a watermark
MAX_VALUE = 8 << 20  # hex digits of one binding; four hours of a video that never rests have 4,400,000
MAX_MANIFEST = 64 << 20  # bytes

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ID = re.compile(r"[0-9A-Za-z-]{26,36}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_HEX = re.compile(r"[0-9a-f]+")


def new_id() -> str:
    """A fresh ULID: 26 characters, 48 bits of milliseconds and then 80 random bits, so that ids sort by time."""
    number = time.time_ns() // 1_000_000 << 80 | secrets.randbits(80)
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))


def now() -> str:
    """The time in UTC, ISO 8601 with milliseconds and Z."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Binding:
    """One thing by which a record is found again: `algorithm` is name@version, `value_hex` lower-case hex.

    `scope` says of which state of the content it was taken: before_visible, after_visible, final, or empty where that
    makes no difference. A watermark's payload is bound as "mark:<name>@<version>".
    """

    algorithm: str
    value_hex: str
    scope: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What the registry keeps of one file. `creation` holds JSON values only; times are UTC in ISO 8601.

    Law: `from_json(to_json(x)) == x`.
    """

    id: str = field(default_factory=new_id)
    created_at: str = field(default_factory=now)
    sha256: str  # of the final file, hex
    media: Media
    format: str  # a key of `sniff.FORMATS`
    origin: str = "synthetic"
    title: str = ""
    creation: dict[str, Any] = field(default_factory=dict)
    bindings: tuple[Binding, ...] = ()
    manifest_label: str = ""
    manifest: bytes | None = None  # C2PA JUMBF or sidecar bytes
    produce_id: str = ""
    parents: tuple[str, ...] = ()  # ids of the records it was made from

    def values(self, algorithm: str) -> tuple[str, ...]:
        """The hex values bound by that algorithm, in the order they were given."""
        return tuple(b.value_hex for b in self.bindings if b.algorithm == algorithm)

    def to_json(self) -> dict[str, Any]:
        """A JSON object under the schema `indicia/record@1`; the manifest in base64."""
        body = _adapter().dump_python(replace(self, manifest=None), mode="json")
        manifest = None if self.manifest is None else base64.b64encode(self.manifest).decode()
        return {"schema": SCHEMA, **body, "manifest": manifest}

    @staticmethod
    def from_json(value: dict[str, Any] | str | bytes) -> Record:
        """The record in `value`, a JSON object or its text.

        Raises:
            BadContent: not a record of version 1.
        """
        from pydantic import ValidationError

        try:
            found = json.loads(value) if isinstance(value, str | bytes) else dict(value)
            if found.pop("schema", None) != SCHEMA:
                raise BadContent(f"not a record: its schema is not {SCHEMA}")
            encoded = found.pop("manifest", None)
            manifest = None if encoded is None else base64.b64decode(encoded, validate=True)
            unknown = set(found) - {f.name for f in fields(Record)}
            if unknown:
                raise BadContent(f"not a record: unknown fields {', '.join(sorted(unknown))}")
            return checked(replace(_adapter().validate_python(found), manifest=manifest))
        except (ValidationError, ValueError, TypeError, AttributeError, RecursionError, binascii.Error) as error:
            raise BadContent(f"not a record: {error}") from error


def checked(record: Record) -> Record:
    """The record itself, if it may be stored.

    Raises:
        BadContent: a field is not what it should be; the text names it.
    """
    wrong = next((name for name, good in _rules(record) if not good), None)
    if wrong:
        raise BadContent(f"record {record.id[:40]!r} cannot be stored: {wrong}")
    return record


def _rules(record: Record) -> list[tuple[str, bool]]:
    return [
        ("its id is not a ULID or UUID", bool(_ID.fullmatch(record.id))),
        ("its sha256 is not 64 lower-case hex digits", bool(_DIGEST.fullmatch(record.sha256))),
        (f"its origin is none of {', '.join(ORIGINS[1:])}", record.origin in ORIGINS),
        ("created_at is not a UTC time in ISO 8601", _is_utc(record.created_at)),
        ("its creation cannot be written as JSON", _is_json(record.creation)),
        ("a text field is too long or not Unicode text", all(map(_is_text, _texts(record)))),
        ("its manifest is too large", len(record.manifest or b"") <= MAX_MANIFEST),
        ("a binding has no algorithm", all(b.algorithm for b in record.bindings)),
        (f"a binding's scope is none of {', '.join(SCOPES[1:])}", all(b.scope in SCOPES for b in record.bindings)),
        ("a binding's value is not lower-case hex", all(_is_hex(b.value_hex) for b in record.bindings)),
    ]


def _texts(record: Record) -> list[tuple[str, int]]:
    """Each text with the most characters its column holds."""
    short = [(record.format, 32), (record.manifest_label, 255), (record.produce_id, 255), (record.title, 4096)]
    return [*short, *((b.algorithm, 64) for b in record.bindings), *((p, 36) for p in record.parents)]


def _is_text(value: tuple[str, int]) -> bool:
    text, most = value
    # PostgreSQL holds neither NUL nor lone surrogates in a text.
    return len(text) <= most and not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text)


def _is_hex(value: str) -> bool:
    return len(value) <= MAX_VALUE and bool(_HEX.fullmatch(value))


def _is_utc(value: str) -> bool:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return False
    return moment.tzinfo is not None and not moment.utcoffset() and len(value) <= 40


def _is_json(value: dict[str, Any]) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def json_schema() -> dict[str, Any]:
    """The JSON Schema of `Record.to_json`, published in `docs/schemas/record-1.json`."""
    schema = _adapter().json_schema(mode="serialization", ref_template="#/$defs/{model}")
    schema["properties"] |= {
        "schema": {"const": SCHEMA},
        "manifest": {"anyOf": [{"type": "string", "contentEncoding": "base64"}, {"type": "null"}]},
    }
    schema["required"] = ["schema", *(f.name for f in fields(Record))]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": SCHEMA}


@functools.cache
def _adapter() -> TypeAdapter[Record]:
    from pydantic import TypeAdapter

    return TypeAdapter(Record)
