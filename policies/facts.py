"""The closed vocabulary that controls speak about: what is known of an asset, a pipeline, records and an organisation.

`None` always means "not known": nobody looked, or the look failed. An empty tuple means "looked, found none". A rule
over an unknown fact is indeterminate. The JSON Schema of `Facts` is published as `docs/schemas/facts-1.json`.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from ..provenance.errors import BadContent
from .vocabulary import (
    AigcLabel,
    AssetFacts,
    Attestation,
    ClaimFacts,
    CodeFinding,
    ExplicitLabel,
    Facts,
    IptcLabel,
    KeyFacts,
    ModelFacts,
    OrganisationFacts,
    Person,
    PipelineFacts,
    Record,
    RecordFacts,
    Source,
    Step,
    Watermark,
)

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = [
    "SCHEMA",
    "AigcLabel",
    "AssetFacts",
    "Attestation",
    "ClaimFacts",
    "CodeFinding",
    "ExplicitLabel",
    "Facts",
    "IptcLabel",
    "KeyFacts",
    "ModelFacts",
    "OrganisationFacts",
    "Person",
    "PipelineFacts",
    "Record",
    "RecordFacts",
    "Source",
    "Step",
    "Watermark",
    "facts_from",
    "json_schema",
]

SCHEMA = "indicia/facts@1"


def facts_from(value: dict[str, Any]) -> Facts:
    """Facts from a JSON-like object; unknown names are refused.

    Raises:
        BadContent: a name outside the vocabulary or a value of the wrong type; the text says where.
    """
    from pydantic import ValidationError

    try:
        return _adapter().validate_python(value)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadContent(f"facts: {place}: {first['msg']}") from error


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the vocabulary."""
    schema = _adapter().json_schema(ref_template="#/$defs/{model}")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": SCHEMA}


@functools.cache
def _adapter() -> TypeAdapter[Facts]:
    from pydantic import TypeAdapter

    return TypeAdapter(Facts)
