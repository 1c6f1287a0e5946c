"""`indicia recover`: from a stripped file back to the record of what it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..provenance.errors import UsageError
from ._output import clean, paint, row, say

if TYPE_CHECKING:
    from ..provenance.evidence import Match
    from ..provenance.recover import Recovery
    from ..provenance.registry import Record, Registry

_FORMATS = ("table", "json")
_SURE = {"exact": "certain", "copy": "a copy", "near_copy": "probably a changed copy"}


def recover(
    file: Annotated[Path, typer.Argument(help="A picture or text, whatever was stripped from it.")],
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the manifest (.c2pa) and the record here.")
    ] = None,
    format: Annotated[str, typer.Option("--format", "-f", help="table or json.")] = "table",
    registry: Annotated[str | None, typer.Option(help="Registry URL; the user's own otherwise.")] = None,
    keys: Annotated[Path | None, typer.Option(help="Folder of watermark keys; the user's own otherwise.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 3 if nothing was found and a way was closed.")] = False,
) -> None:
    """Bring back the record and the manifest of a file, and say how sure it is and by what.

    Exit code 0: found. 1: no record, or only of another content from which a mark was moved here. 2: unusable input.
    """
    from ..provenance.asset import Asset
    from ..provenance.keys import load_mark_keys
    from ..provenance.recover import search
    from ..provenance.registry import Registry

    if format not in _FORMATS:
        raise UsageError(f"no format {format!r}; there are: {', '.join(_FORMATS)}")
    asset = Asset.open(file)
    with Registry.open(registry, create=False) as opened:
        found = search(asset, registry=opened, keys=load_mark_keys(keys))
        genuine = next((match for match in found.matches if not match.transplanted), None)
        record = None if genuine is None else opened.get(genuine.record)
        if record is not None and output is not None:
            _write(output, file.name, record)
        _print(found, opened, format)
    for gap in found.gaps:
        say(f"indicia: could not look by {clean(gap.reader.partition('.')[2])}: {clean(gap.detail)}")
    if record is None:
        raise typer.Exit(3 if strict and found.gaps else 1)


commands = (recover,)


def _print(found: Recovery, registry: Registry, format: str) -> None:
    records = {match.record: registry.get(match.record) for match in found.matches}
    if format == "json":
        print(json.dumps(_as_json(found, records), ensure_ascii=False, indent=2))
        return
    if not found.matches:
        print("no record: nothing in this registry has its digest, manifest, watermark or fingerprint")
    for match in found.matches:
        print(_sentence(match))
    best = next((records[m.record] for m in found.matches if not m.transplanted), None)
    if best is not None:
        print()
        for name, value in facts(best):
            print(row([name, value], [14]))


def _as_json(found: Recovery, records: dict[str, Record | None]) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "schema": "indicia/recovery@1",
        "matches": [asdict(match) for match in found.matches],
        "records": [record.to_json() for record in records.values() if record is not None],
        "gaps": [asdict(gap) for gap in found.gaps],
    }


def _sentence(match: Match) -> str:
    if match.transplanted:
        return (
            f"{paint(match.record, 'bold')}  {paint('of another content', 'red')}, by {match.by}: {clean(match.detail)}"
        )
    return f"{paint(match.record, 'bold')}  {_SURE[match.sureness]}, by {match.by}: {clean(match.detail)}"


def facts(record: Record) -> list[tuple[str, str]]:
    """What a person wants to know of a record, each with its name; empty fields are left out."""
    creation = {k: v for k, v in record.creation.items() if v not in (None, "", [], {})}
    said = [
        ("record", record.id),
        ("made", record.created_at),
        ("origin", record.origin),
        ("content", f"{record.media} ({record.format})"),
        ("title", record.title),
        ("sha256", record.sha256),
        ("AIGC number", record.produce_id),
        ("manifest", record.manifest_label),
        ("made from", ", ".join(record.parents)),
        *((name, v if isinstance(v, str) else json.dumps(v, ensure_ascii=False)) for name, v in creation.items()),
        ("bound by", ", ".join(dict.fromkeys(b.algorithm for b in record.bindings))),
    ]
    return [(clean(name, most=40), clean(value, most=2000)) for name, value in said if value]


def _write(folder: Path, name: str, record: Record) -> None:
    """The manifest where a verifier looks for it, `<name>.c2pa`, and the record as JSON."""
    from ..provenance.credentials.sidecar import SUFFIX
    from ..provenance.files import write_bytes

    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(record.to_json(), ensure_ascii=False, indent=2) + "\n"
    write_bytes(folder / f"{name}.record.json", text.encode())
    say(f"{clean(folder / f'{name}.record.json')}: the record")
    if record.manifest is None:
        say("the record has no manifest")
        return
    write_bytes(folder / f"{name}{SUFFIX}", record.manifest)
    say(f"{clean(folder / (name + SUFFIX))}: the manifest of the original; it is intact only beside the original bytes")
