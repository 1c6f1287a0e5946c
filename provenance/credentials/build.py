"""Makes a c2pa Builder ready to sign: the definition, its resources, and the parent with the chain it brings along."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from ..asset import Asset
from ..errors import BadContent, UsageError
from .manifest import Statement, definition
from .trust import TrustStore

if TYPE_CHECKING:
    import c2pa


@contextlib.contextmanager
def built(
    statement: Statement, mime: str, itself: BinaryIO, *, thumbnail: int = 0, context: c2pa.Context | None = None
) -> Iterator[c2pa.Builder]:
    """A builder for content of type `mime` that makes the statement; `itself` is the content before signing.

    `context` is the one to sign under, where it is not that of `native.writing`.

    A tampered parent is taken in as such: what is wrong with it is recorded, and `read` reports it as laundered.

    Raises:
        BadContent: the parent's manifest cannot be parsed.
        UsageError: a word in the statement that C2PA does not know.
    """
    made, resources = definition(statement, mime)
    parent = _parent(statement, mime, itself)
    handed_over = _handed_over(parent) if isinstance(parent, Asset) else None
    if handed_over is not None:
        entry, store = handed_over
        made["ingredients"].append({**_described(statement), **entry})
        resources = {**resources, "parent.c2pa": store}
    with _builder(made, thumbnail, context) as builder:
        for identifier, data in resources.items():
            builder.add_resource(identifier, io.BytesIO(data))
        if parent is not None and handed_over is None:
            _add(builder, statement, parent, mime)
        yield builder


def _builder(made: dict[str, Any], thumbnail: int, context: c2pa.Context | None) -> c2pa.Builder:
    import c2pa

    from .native import reason, writing

    try:
        return c2pa.Builder(made, context=context or writing(thumbnail))
    except c2pa.C2paError as error:
        raise UsageError(f"the statement cannot be written as a manifest ({reason(error)}); shorten it") from error


def _parent(statement: Statement, mime: str, itself: BinaryIO) -> Asset | BinaryIO | None:
    """The asset that the statement names, or the content itself: as a stream, save where it is a text."""
    if statement.kind == "created":
        return None
    if statement.parent is not None:
        return Asset.of(statement.parent) if isinstance(statement.parent, bytes) else statement.parent
    itself.seek(0)
    return Asset.of(itself.read()) if mime.startswith("text/") else itself


def _described(statement: Statement) -> dict[str, Any]:
    return {"title": statement.title or "parent", "relationship": "parentOf", "label": "parent"}


def _handed_over(parent: Asset) -> tuple[dict[str, Any], bytes] | None:
    """A manifest in text or beside a file, where c2pa-rs cannot look for it, with its validation results."""
    from .verify import detached

    found = detached(parent, TrustStore())
    if found is None:
        return None
    store, report = found
    entry = {
        "format": parent.mime,
        "instance_id": f"xmp.iid:{parent.ref.sha256}",
        "active_manifest": report["active_manifest"],
        "manifest_data": {"format": "application/c2pa", "identifier": "parent.c2pa"},
        "validation_results": {k: v for k, v in report["validation_results"].items() if k != "trustListUri"},
    }
    return entry, store


def _add(builder: c2pa.Builder, statement: Statement, parent: Asset | BinaryIO, mime: str) -> None:
    import c2pa

    from .native import reason

    try:
        if not isinstance(parent, Asset):
            builder.add_ingredient(_described(statement), mime, parent)
            return
        with parent.stream() as stream:
            builder.add_ingredient(_described(statement), parent.mime, stream)
    except c2pa.C2paError as error:
        raise BadContent(f"the parent's manifest cannot be parsed ({reason(error)}); take another parent") from error
