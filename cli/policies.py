"""`indicia policies`: the packs of controls, what they cover, and their self-test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..provenance.errors import UsageError
from ._output import clean

if TYPE_CHECKING:
    from ..policies.control import Control

group = typer.Typer(no_args_is_help=True, help="Packs of law and good practice: list, show, coverage, schema.")

Packs = Annotated[list[str] | None, typer.Option("--policy", "-p", help="Pack name or YAML file; all if none.")]


@group.command("list")
def list_controls(
    policy: Packs = None, format: Annotated[str, typer.Option("--format", "-f", help="table or json.")] = "table"
) -> None:
    """List all controls, a line each."""
    from ..policies import packs

    controls = packs.load(policy or ())
    if format == "json":
        typer.echo(json.dumps([_as_json(c) for c in controls], ensure_ascii=False, indent=1))
        return
    for control in controls:
        until = f" until {control.until}" if control.until else ""
        typer.echo(
            f"{control.id:14} {control.jurisdiction:6} {control.force:8} {control.severity:8} "
            f"from {control.in_force}{until}  {control.title}"
        )
    typer.echo(f"{len(controls)} controls in {len({c.pack for c in controls})} packs")


@group.command("show")
def show_control(id: str, policy: Packs = None) -> None:
    """Show one control whole: clause, dates, remedy, and how it was read."""
    from ..policies import packs
    from ..policies.page import page

    found = [c for c in packs.load(policy or ()) if c.id.lower() == id.lower()]
    if not found:
        raise UsageError(f"no control {id}; `indicia policies list` names them all")
    typer.echo(page(found[0]), nl=False)


@group.command("coverage")
def coverage(policy: Packs = None) -> None:
    """Count controls by pack, force and severity, and tell which recommendations they answer to."""
    import collections

    from ..policies import packs, whitepaper

    controls = packs.load(policy or ())
    for title, key in (
        ("pack", lambda c: c.pack),
        ("group", lambda c: c.group),
        ("force", lambda c: c.force.value),
        ("severity", lambda c: c.severity.value),
        ("read", lambda c: c.read.value),
    ):
        typer.echo(
            f"by {title}: " + ", ".join(f"{k} {n}" for k, n in sorted(collections.Counter(map(key, controls)).items()))
        )
    items = whitepaper.coverage(controls)
    answered = sum(bool(item.controls) for item in items)
    unchecked = sum(bool(item.unchecked) for item in items)
    typer.echo(f"AIGC white paper (CAICT 2022): {len(items)} items, {answered} answered, {unchecked} beyond software")
    for item in items:
        typer.echo(
            f"  {item.id:15} {', '.join(item.controls) or 'not checked: ' + (item.unchecked or 'by these packs')}"
        )


@group.command("test")
def self_test(policy: Packs = None) -> None:
    """Run every control's own examples and mutations; exit 1 if one does not come out as it says."""
    from ..policies import packs
    from ..policies.selftest import failures

    controls = packs.load(policy or ())
    wrong = [line for control in controls for line in failures(control)]
    for line in wrong:
        typer.echo(line)
    examples = sum(len(c.examples) for c in controls)
    mutations = sum(len(c.mutations) for c in controls)
    typer.echo(f"{len(controls)} controls, {examples} examples, {mutations} mutations: {len(wrong)} not as stated")
    raise typer.Exit(1 if wrong else 0)


@group.command("schema")
def schema() -> None:
    """Print the JSON Schema of the facts that controls speak about."""
    from ..policies.facts import json_schema

    typer.echo(json.dumps(json_schema(), indent=1))


@group.command("pages")
def pages(
    folder: Annotated[Path, typer.Argument(help="Folder to write into, such as docs/controls.")], policy: Packs = None
) -> None:
    """Write a page of Markdown for each control, and an index."""
    from ..policies import packs
    from ..policies.page import index, page
    from ..provenance.files import write_bytes

    controls = packs.load(policy or ())
    folder.mkdir(parents=True, exist_ok=True)
    for control in controls:
        write_bytes(folder / f"{control.id}.md", page(control).encode())
    write_bytes(folder / "README.md", index(controls).encode())
    typer.echo(f"{len(controls)} pages in {folder}")


@group.command("verify")
def verify_statement(
    statement: Annotated[Path, typer.Argument(help="What `indicia audit --format intoto --sign` wrote.")],
    files: Annotated[Path, typer.Option(help="Folder that was the working folder of the audit.")] = Path(),
    trust: Annotated[
        list[Path] | None, typer.Option(help="Roots (PEM) whose signers you believe; your own anchors if none.")
    ] = None,
) -> None:
    """Check a signed audit: the signature, who signed, and that each file is still the one that was audited.

    Exit 0 if all of it holds; 1 for a signer nobody vouches for, or a file that changed or is gone; 2 if the statement
    or its signature was changed.
    """
    from ..policies.statement import verify
    from ..provenance.credentials import trust as trusting

    try:
        anchors = [path.read_bytes() for path in trust] if trust else [one.pem.encode() for one in trusting.own()]
        found = verify(statement.read_bytes(), anchors=anchors, files=files)
    except OSError as error:
        raise UsageError(f"{error.filename}: cannot be read ({error.strerror})") from error
    about = found.statement.get("predicate", {})
    for line in (*found.doubts, *(f"changed: {n}" for n in found.changed), *(f"missing: {n}" for n in found.missing)):
        typer.echo(clean(line))
    typer.echo(
        clean(
            f"signed by {found.signer}: {len(found.statement['subject'])} files audited as of {about.get('asOf')}, "
            f"{'passed' if about.get('passed') is True else 'not passed'}"
        )
    )
    raise typer.Exit(0 if found.holds else 1)


@group.command("new")
def new(path: Annotated[Path, typer.Argument(help="YAML file to write.")]) -> None:
    """Write a pack of your own to start from: one control with examples and a mutation."""
    from ..policies.page import STARTER
    from ..provenance.files import write_bytes

    if path.exists():
        raise UsageError(f"{path} is there already; choose another name")
    write_bytes(path, STARTER.encode())
    typer.echo(f"{path}: try `indicia policies test --policy {path}`, then `indicia audit --policy {path} FILE`")


def _as_json(control: Control) -> dict[str, object]:
    return {
        "id": control.id,
        "pack": control.pack,
        "title": control.title,
        "jurisdiction": control.jurisdiction,
        "instrument": control.instrument,
        "clause": control.clause,
        "in_force": control.in_force.isoformat(),
        "until": control.until.isoformat() if control.until else None,
        "force": control.force.value,
        "severity": control.severity.value,
        "confidence": control.confidence.value,
        "read": control.read.value,
        "roles": sorted(control.roles),
        "media": sorted(control.media),
        "subjects": sorted(control.subjects),
        "remedy": control.remedy,
        "caict": list(control.caict),
    }
