"""`indicia registry`: the records of what was made, looked at, moved and deleted."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..provenance.errors import BadContent, TooLarge, UnreadableFile, UsageError
from ._output import clean, row, say

if TYPE_CHECKING:
    from ..provenance.registry import Record, Registry

group = typer.Typer(help="The records of what was made: look at them, move them, delete them.", no_args_is_help=True)

Url = Annotated[str | None, typer.Option("--registry", help="Registry URL; the user's own otherwise.")]
Format = Annotated[str, typer.Option("--format", "-f", help="table or json (JSON Lines).")]
_MAX_LINE = 160 << 20  # bytes of one exported record: the largest manifest in base64, and the rest


@group.command(name="list")
def list_(
    *,
    after: Annotated[str, typer.Option(help="Go on after the record of this id.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    format: Format = "table",
    registry: Url = None,
) -> None:
    """List records in the order they were stored."""
    with _open(registry) as opened:
        page = opened.records(after=after, limit=limit)
        if _format(format) == "json":
            for record in page:
                print(_line(record))
            return
        for record in page:
            cells = [record.id, record.created_at, record.media, record.format, record.origin, record.title]
            print(row([clean(cell, most=120) for cell in cells], [26, 24, 8, 8, 16]))
        if len(page) == limit and opened.records(after=page[-1].id, limit=1):
            say(f"there are more: --after {page[-1].id}")


@group.command()
def show(
    id: Annotated[str, typer.Argument(help="The id of a record.")], *, format: Format = "table", registry: Url = None
) -> None:
    """Show one record."""
    from .recover import facts

    with _open(registry) as opened:
        record = opened.get(id)
    if record is None:
        raise UsageError(f"no record {clean(id)}; 'indicia registry list' shows those there are")
    if _format(format) == "json":
        print(json.dumps(record.to_json(), ensure_ascii=False, indent=2))
        return
    for name, value in facts(record):
        print(row([name, value], [14]))


@group.command()
def stats(*, format: Format = "table", registry: Url = None) -> None:
    """Count records, bindings, payloads and manifests."""
    with _open(registry) as opened:
        counts = {**opened.stats(), "schema": opened.revision}
        name = opened.name
    if _format(format) == "json":
        print(json.dumps(counts))
        return
    print(row(["registry", clean(name)], [12]))
    for key, value in counts.items():
        said = ", ".join(f"{k or '-'} {n:,}" for k, n in value.items()) if isinstance(value, dict) else str(value)
        print(row([key, said or "-"], [12]))


@group.command()
def export(
    file: Annotated[Path | None, typer.Argument(help="A file; stdout otherwise.")] = None, *, registry: Url = None
) -> None:
    """Write all records as JSON Lines, with their manifests."""
    from ..provenance.files import replacing

    with _open(registry) as opened:
        if file is None:
            for record in opened:
                print(_line(record))
            return
        count = 0
        with replacing(file) as temporary, temporary.open("w", encoding="utf-8") as stream:
            for count, record in enumerate(opened, 1):  # noqa: B007 - it is said below
                stream.write(_line(record) + "\n")
    say(f"{clean(file)}: {count:,} records")


@group.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="JSON Lines from 'indicia registry export'; - for stdin.")],
    *,
    registry: Url = None,
) -> None:
    """Add exported records; one that is there already, the same, is passed over."""
    from ..provenance.registry import Record, Registry

    added = same = 0
    with Registry.open(registry) as opened:
        for number, line in _lines(file):
            try:
                record = Record.from_json(line)
                if opened.get(record.id) == record:
                    same += 1
                    continue
                opened.add(record)
                added += 1
            except UsageError as error:
                said = f"{clean(file)}: line {number}: {error}; {added:,} records before it were added"
                raise BadContent(said) from error
    say(f"{clean(file)}: {added:,} records added, {same:,} were there")


@group.command()
def delete(
    ids: Annotated[list[str], typer.Argument(help="Ids of records.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    registry: Url = None,
) -> None:
    """Delete records for good. Their ids and watermark payloads are never given to others."""
    with _open(registry) as opened:
        missing = [one for one in ids if opened.get(one) is None]
        if missing:
            raise UsageError(f"no record {clean(', '.join(missing))}; nothing was deleted")
        if not yes and not typer.confirm(f"Delete {len(ids)} of {opened.count():,} records for good?", err=True):
            raise typer.Exit(2)
        for one in ids:
            opened.delete(one)
    say(f"{len(ids)} deleted")


@group.command()
def migrate(*, registry: Url = None) -> None:
    """Make the registry, or bring its schema up to date; every command that opens it does so too."""
    from ..provenance.registry import Registry

    with Registry.open(registry) as opened:
        say(f"{clean(opened.name)}: schema {opened.revision}, {opened.count():,} records")


def _open(url: str | None) -> Registry:
    from ..provenance.registry import Registry

    return Registry.open(url, create=False)


def _format(name: str) -> str:
    if name not in ("table", "json"):
        raise UsageError(f"no format {name!r}; there are: table, json")
    return name


def _line(record: Record) -> str:
    return json.dumps(record.to_json(), ensure_ascii=False, separators=(",", ":"))


def _lines(file: Path) -> Iterator[tuple[int, bytes]]:
    """The lines of a file or of stdin with their numbers, one at a time; empty ones are passed over."""
    number = 0
    try:
        with contextlib.nullcontext(sys.stdin.buffer) if str(file) == "-" else file.open("rb") as stream:
            while line := stream.readline(_MAX_LINE + 1):
                if len(line) > _MAX_LINE:
                    raise TooLarge(f"{clean(file)}: a line is longer than {_MAX_LINE} bytes; it is no export")
                number += 1
                if line.strip():
                    yield number, line
    except OSError as error:
        raise UnreadableFile(f"{clean(file)}: cannot be read ({error.strerror or error})") from error
