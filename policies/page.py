"""A control as a page of Markdown, for the documentation and for `indicia policies show`."""

from __future__ import annotations

from collections.abc import Sequence

from .control import Control, Read

_READ = {
    Read.PRIMARY: "the text itself was read",
    Read.SECONDARY: "read in a secondary source",
    Read.MEMORY: "from memory, to be checked",
    Read.OWN: "our own engineering rule",
}


def page(control: Control) -> str:
    """The page; ends in a newline."""
    until = f" to {control.until}" if control.until else ""
    lines = [
        f"# {control.id}: {control.title}",
        "",
        f"| | |\n|---|---|\n| instrument | {control.instrument or 'none'}, {control.clause} |",
        f"| jurisdiction | {control.jurisdiction} |",
        f"| in force | from {control.in_force}{until} |",
        f"| force, severity | {control.force}, {control.severity} |",
        f"| confidence | {control.confidence}; {_READ[control.read]} |",
        f"| roles | {', '.join(sorted(control.roles))} |",
        f"| speaks of | {', '.join(sorted(control.subjects))}: {', '.join(sorted(control.media))} |",
    ]
    if control.citation:
        lines += ["", f"> {control.citation}"]
    if control.source:
        lines += ["", f"Read in: {control.source}"]
    lines += ["", f"**Remedy.** {control.remedy}"]
    if control.command:
        lines += ["", f"    {control.command.replace('{path}', 'FILE')}"]
    if control.note:
        lines += ["", f"**Note.** {control.note}"]
    if control.caict:
        lines += ["", f"Answers to {', '.join(control.caict)} of the CAICT white paper on AIGC (2022)."]
    lines += ["", "Examples:", "", *(f"- {e.name}: {e.expect.replace('_', ' ')}" for e in control.examples)]
    return "\n".join(lines) + "\n"


def index(controls: Sequence[Control]) -> str:
    """A page that lists all controls by pack, with links."""
    lines = ["# Controls", "", f"{len(controls)} controls, written by `indicia policies pages docs/controls`."]
    for pack in sorted({c.pack for c in controls}):
        lines += ["", f"## {pack}", "", "| control | title | clause | severity | read |", "|---|---|---|---|---|"]
        for c in (c for c in controls if c.pack == pack):
            clause = f"{c.instrument} {c.clause}".strip().replace("|", "/")
            lines.append(f"| [{c.id}]({c.id}.md) | {c.title} | {clause} | {c.severity} | {c.read} |")
    return "\n".join(lines) + "\n"


STARTER = """\
pack: mine
title: Rules of our own
checked_on: 2026-01-01
controls:
  - id: MY-001
    title: Files that a model made are signed
    group: provenance
    clause: house rule 1
    in_force: 2026-01-01
    force: internal
    severity: error
    read: own
    roles: [generator]
    when: {fact: asset.generated, is: true}
    require: {fact: asset.integrity, is: intact}
    remedy: Sign the file after the last change.
    command: indicia sign "{path}"
    examples:
      - {name: signed, expect: pass, facts: {asset: {media: image, generated: true, integrity: intact}}}
      - {name: unsigned, expect: fail, facts: {asset: {media: image, generated: true, integrity: unsigned}}}
    mutations:
      - {of: signed, set: {asset.integrity: altered}}
"""
