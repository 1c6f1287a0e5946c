"""`indicia demo`: the whole story in one folder, offline."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..provenance.errors import UsageError
from ._hub import settle
from ._output import clean, columns, language, row, say

if TYPE_CHECKING:
    from ..generators import Marked
    from ..provenance.dossier import Dossier
    from ..provenance.sentences import Language
    from ._demo.independent import Seen
    from ._demo.recovery import Found
    from ._demo.story import Stage

_MARKER = "demo"  # in the folder's .indicia: only a folder of ours is ever cleared


def demo(
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The folder; an earlier demo in it is replaced.")
    ] = Path("demo"),
    lang: Annotated[str | None, typer.Option(help="Language of the report: en or zh; by locale otherwise.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Fewer pictures and texts, drawn faster.")] = False,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open the report.")] = False,
) -> None:
    """Make pictures, texts, a clip and speech, mark them, lose the marks, recover and scan: all in one folder.

    It needs no network: the picture model is built in, and the text model is fetched beforehand by
    `indicia models pull`. Keys and records lie in the folder too, so yours are not touched.
    """
    from ._demo import copies, independent, making, readme, recovery
    from ._demo.story import Stage

    spoken, began = language(lang), time.monotonic()

    def tell(text: str) -> None:
        say(f"[{time.monotonic() - began:5.1f} s] {clean(text)}")

    _require_models()
    settle("diffusers", "transformers")
    stage = Stage(output.absolute())
    _clear(stage)
    tell("making keys and a registry of the demonstration's own")
    _keys(stage)
    made = making.make(stage, quick=quick, tell=tell)
    tell("letting independent readers look at what was made")
    seen = independent.look(stage, list(made))
    tell("copying everything as the world does")
    copied = copies.copy_all(stage)
    tell(f"recovering the records of {len(copied)} copies")
    found = recovery.recover_all(stage, copied, {m.record: p.name for p, m in made.items()})
    tell(f"scanning {len(stage.files())} files")
    dossiers = _scan(stage, spoken)
    told = readme.Told(stage, made, seen, found, dossiers)
    (stage.folder / "README.md").write_text(readme.readme(told), "utf-8")
    _print(stage, made, seen, found)
    tell("done")
    _show(stage.folder / "report.html", no_open)


commands = (demo,)


def _require_models() -> None:
    """Say at once what is missing, before anything is written."""
    from ..generators.studio import pictures, text

    if not pictures.MODEL.is_dir():
        raise UsageError(f"{pictures.MODEL}: the picture model is not there; install the package anew")
    if not text.is_pulled():
        raise UsageError(
            f"the text model is not here yet ({text.DOWNLOAD_MB} MB): run `indicia models pull`, then this again"
        )


def _clear(stage: Stage) -> None:
    """An empty folder. One with anything else in it is never touched."""
    folder = stage.folder
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: not a folder; choose another with -o")
    if folder.is_dir() and any(folder.iterdir()):
        if not (stage.home / _MARKER).is_file():
            raise UsageError(f"{folder}: holds other things than a demo; choose an empty folder with -o")
        shutil.rmtree(folder)
    stage.home.mkdir(parents=True)
    (stage.home / _MARKER).touch()


def _keys(stage: Stage) -> None:
    from ..provenance import keys

    keys.init(stage.keys, name="indicia demo signer")


def _scan(stage: Stage, lang: Language) -> list[Dossier]:
    """Every file's dossier: as JSON Lines, as an HTML report, and as a table on stdout."""
    from ..moderation.pool import cores
    from ..moderation.scan import Options, scan
    from ._sinks import sink

    options = Options(registry=stage.registry, keys=stage.keys, trust=(stage.keys / "root.pem",))
    with contextlib.chdir(stage.folder):  # the report names files as they lie in the folder, not where it lies
        paths = [str(path.relative_to(stage.folder)) for path in stage.files()]
        dossiers = list(scan(paths, options, jobs=cores()))
        for form, target in (("jsonl", "dossiers.jsonl"), ("html", "report.html"), ("table", "")):
            with sink(form, Path(target) if target else None, lang) as add:
                for dossier in dossiers:
                    add(dossier)
    return dossiers


def _print(stage: Stage, made: dict[Path, Marked], seen: Sequence[Seen], found: Sequence[Found]) -> None:
    """In a few lines on stderr: who else found the marks, and which copies led back by what."""
    say("")
    for reader in dict.fromkeys(s.reader for s in seen):
        looked = [s for s in seen if s.reader == reader]
        say(f"{reader}: found the marks of {sum(s.found for s in looked)} of {len(looked)} files")
    say(f"recovered the record of {sum(bool(f.name) for f in found)} of {len(found)} copies:")
    width = max(columns(f.path.name) for f in found)
    for item in found:
        say(
            "  "
            + row([item.path.name, item.name or "nothing", f"{item.sureness} by {', '.join(item.by)}"], [width, 18])
        )
    say(f"\nlook through {stage.folder}: begin with README.md or report.html")


def _show(report: Path, no_open: bool) -> None:
    """Open the report where a person sits at a desktop."""
    desktop = sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if desktop and sys.stdout.isatty() and not no_open:
        typer.launch(str(report))
