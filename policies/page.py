"""A control as a page of Markdown, for the documentation and for `indicia policies show`."""

from __future__ import annotations

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
    lines += ["", f"**Remedy.** {control.remedy}"]
    if control.command:
        lines += ["", f"    {control.command.replace('{path}', 'FILE')}"]
    if control.note:
        lines += ["", f"**Note.** {control.note}"]
    if control.caict:
        lines += ["", f"Answers to {', '.join(control.caict)} of the CAICT white paper on AIGC (2022)."]
    lines += ["", "Examples:", "", *(f"- {e.name}: {e.expect.replace('_', ' ')}" for e in control.examples)]
    return "\n".join(lines) + "\n"
