"""`indicia formats`: which layers every file format carries, and which tools leave them in place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from ..provenance.errors import UsageError
from ._output import columns, row

if TYPE_CHECKING:
    from ..provenance.formats._table import Row, Table


def formats(
    names: Annotated[list[str] | None, typer.Argument(help="Formats to show; all of them otherwise.")] = None,
    *,
    format: Annotated[str, typer.Option("--format", "-f", help="table or json.")] = "table",
) -> None:
    """List the file formats: where the AIGC label, IPTC and C2PA stand, and which tools leave them in place.

    As measured for this version by `python -m benchmarks.containers`: "kept", "lost", "altered" (a signature that no
    longer fits), or "-" (the tool does not write this format).
    """
    from dataclasses import replace

    from ..provenance.formats._table import load

    if format not in ("table", "json"):
        raise UsageError(f"no format {format!r}; there are: table, json")
    table = load()
    known = {r.format for r in table.rows}
    if strange := set(names or ()) - known:
        raise UsageError(f"no file format {', '.join(sorted(strange))}; there are: {', '.join(sorted(known))}")
    table = replace(table, rows=tuple(r for r in table.rows if not names or r.format in names))
    print(table.to_json() if format == "json" else "\n".join(_lines(table)), end="" if format == "json" else "\n")


commands = (formats,)


def _lines(table: Table) -> Iterator[str]:
    tools = [name for name, _ in table.rows[0].survives]
    head = ["format", "layer", "stands in", "written", "read", *tools]
    cells = [head, *(_cells(r) for r in table.rows)]
    widths = [max(columns(line[i]) for line in cells) for i in range(len(head))]
    yield from (row(line, widths) for line in cells)
    yield ""
    yield f"measured {table.measured} with {', '.join(f'{name} {version}' for name, version in table.tools)}"


def _cells(found: Row) -> list[str]:
    yes = {True: "yes", False: "no"}
    return [
        found.format, found.layer, found.place or "no place", yes[found.written], yes[found.read],
        *(state for _, state in found.survives),
    ]  # fmt: skip
