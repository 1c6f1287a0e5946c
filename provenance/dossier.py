"""All that is known of one asset, and the verdict that follows from it; the versioned JSON form of both."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .asset import AssetRef
from .errors import BadContent
from .evidence import Evidence, Gap
from .verdict import Verdict, weigh

if TYPE_CHECKING:
    from pydantic import TypeAdapter

SCHEMA = "indicia/dossier@1"


@dataclass(frozen=True, slots=True)
class Dossier:
    """Evidence and gaps of one asset. `scanned_at` is UTC in ISO 8601; `tool` is "indicia/<version>".

    `looked` names the readers that look only when asked to (for labels in pixels and sound), and did so without a gap:
    what they did not find was not there to be found by them.

    Laws: `from_json(to_json(x)) == x`; `merge(a, b)` of two scans of one asset has the evidence and gaps of both.
    """

    asset: AssetRef
    evidence: tuple[Evidence, ...] = ()
    gaps: tuple[Gap, ...] = ()
    scanned_at: str = ""
    tool: str = ""
    looked: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """What the evidence amounts to; computed, never stored."""
        return weigh(self.evidence, self.gaps)

    def merge(self, other: Dossier) -> Dossier:
        """The dossier of both scans; repeated evidence and gaps stand once.

        Raises:
            ValueError: the two are about different content.
        """
        same = self.asset.sha256 == other.asset.sha256
        if not same or (not self.asset.sha256 and self.asset.path != other.asset.path):
            raise ValueError("dossiers of two different assets cannot be merged")
        return Dossier(
            self.asset,
            tuple(dict.fromkeys(self.evidence + other.evidence)),
            tuple(dict.fromkeys(self.gaps + other.gaps)),
            max(self.scanned_at, other.scanned_at),
            self.tool or other.tool,
            tuple(dict.fromkeys(self.looked + other.looked)),
        )

    def to_json(self) -> dict[str, Any]:
        """A JSON object under the schema `indicia/dossier@1`, with the verdict beside what it rests on."""
        body = _adapter().dump_python(self, mode="json")
        return {"schema": SCHEMA, **body, "verdict": _verdict_adapter().dump_python(self.verdict, mode="json")}

    def to_line(self) -> str:
        """The JSON object on one line, without a line end: what JSON Lines files hold."""
        return json.dumps(self.to_json(), ensure_ascii=False, separators=(",", ":"), allow_nan=False)

    @staticmethod
    def from_json(value: dict[str, Any] | str | bytes) -> Dossier:
        """The dossier in `value`, a JSON object or its text. The verdict in it is ignored and computed anew.

        Raises:
            BadContent: not a dossier of version 1.
        """
        from pydantic import ValidationError

        try:
            found = json.loads(value) if isinstance(value, str | bytes) else dict(value)
            if found.pop("schema", None) != SCHEMA:
                raise BadContent(f"not a dossier: its schema is not {SCHEMA}")
            found.pop("verdict", None)
            return _adapter().validate_python(found)
        except (ValidationError, ValueError, TypeError, AttributeError, RecursionError) as error:
            raise BadContent(f"not a dossier: {error}") from error


def json_schema() -> dict[str, Any]:
    """The JSON Schema of `Dossier.to_json`, published in `docs/schemas/dossier-1.json`."""
    schema = _adapter().json_schema(mode="serialization", ref_template="#/$defs/{model}")
    verdict = _verdict_adapter().json_schema(mode="serialization", ref_template="#/$defs/{model}")
    schema["$defs"] |= verdict.pop("$defs", {}) | {"Verdict": verdict}
    schema["properties"] |= {"schema": {"const": SCHEMA}, "verdict": {"$ref": "#/$defs/Verdict"}}
    schema["required"] = ["schema", "asset", "evidence", "gaps", "verdict"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": SCHEMA, **schema}


@functools.cache
def _adapter() -> TypeAdapter[Dossier]:
    from pydantic import TypeAdapter

    return TypeAdapter(Dossier)


@functools.cache
def _verdict_adapter() -> TypeAdapter[Verdict]:
    from pydantic import TypeAdapter

    return TypeAdapter(Verdict)
