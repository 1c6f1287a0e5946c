"""`indicia badge`: a snippet of HTML, or a mark as SVG, for interfaces."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

if TYPE_CHECKING:
    from ..provenance.labels.badge import Variant


def badge(
    variant: Annotated[str, typer.Argument(help="generated, modified or basic.")] = "generated",
    *,
    lang: Annotated[str, typer.Option(help="Language of the words: en or zh.")] = "en",
    format: Annotated[str, typer.Option(help="html (mark and words) or svg (the mark alone).")] = "html",
    wording: Annotated[str | None, typer.Option(help="Other words; they must say AI and generated.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file instead of the screen.")] = None,
) -> None:
    """Print a badge for a page that shows AI-generated content.

    The HTML is one element that needs no style sheet, script or font, and reads in light, dark, print and by voice.
    """
    from ..provenance.errors import UsageError
    from ..provenance.files import write_bytes
    from ..provenance.labels import badge as made

    kind = cast("Variant", variant)  # what is none is told by the functions below
    if format not in ("html", "svg"):
        raise UsageError(f"no badge as {format!r}; choose html or svg")
    if format == "svg" and wording is not None:
        raise UsageError("the mark alone has no words; --wording goes with html")
    text = made.svg(kind, lang=lang) if format == "svg" else made.html(kind, lang=lang, wording=wording)
    if output is None:
        print(text)
    else:
        write_bytes(output, f"{text}\n".encode())


commands = (badge,)
