"""`indicia scan`: what every file under some paths is, with the evidence."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..provenance.errors import UsageError
from ._output import clean, language, say

if TYPE_CHECKING:
    from ..moderation.scan import Options
    from ..provenance.dossier import Dossier


def scan(
    paths: Annotated[list[str], typer.Argument(help="Files and folders; folders are walked, hidden files too.")],
    *,
    format: Annotated[str, typer.Option("--format", "-f", help="table, json, jsonl or html.")] = "table",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write here instead of stdout.")] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=0, help="Processes; 0 takes one a core.")] = 0,
    fail_on: Annotated[str, typer.Option(help="Exit 1 if a file is one of these, e.g. synthetic,altered.")] = "",
    lang: Annotated[str | None, typer.Option(help="en or zh; by locale otherwise.")] = None,
    resume: Annotated[Path | None, typer.Option(help="Keep a JSON Lines journal here, and go on from it.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 3 if anything could not be examined.")] = False,
    no_marks: Annotated[bool, typer.Option("--no-marks", help="Leave out watermarks (much faster).")] = False,
    all_marks: Annotated[bool, typer.Option("--all-marks", help="Read rivaGan too: seconds for each picture.")] = False,
    see: Annotated[bool, typer.Option("--see", help="Read labels in pictures, video and sound: seconds each.")] = False,
    registry: Annotated[str | None, typer.Option(help="Registry URL; the user's own otherwise.")] = None,
    trust: Annotated[list[Path] | None, typer.Option(help="PEM file of more trust anchors.")] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="Glob of names or paths to leave out.")] = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds for one file.")] = 120.0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Tell what each file is: the evidence in it, and a verdict with what it rests on.

    --fail-on takes a comma-separated list of: synthetic, partly_synthetic, captured, unknown, altered, malformed,
    unsigned, untrusted, expired, generated, possible, suspected, unlabelled, deviating, laundered, transplanted,
    conflict, incomplete, unreadable.
    """
    from ..moderation import gates
    from ..moderation.scan import files
    from ._sinks import WRITERS, sink

    if format not in WRITERS:
        raise UsageError(f"no format {format!r}; there are: {', '.join(WRITERS)}")
    names, spoken = gates.parse(fail_on), language(lang)
    options = _options(registry, trust or [], no_marks, timeout, all_marks, see)
    found = files(paths, exclude=exclude or [], skip=[p for p in (output, resume) if p])
    tally = _Tally(names, frozenset(paths))
    single = len(paths) == 1 and not os.path.isdir(paths[0])
    with contextlib.closing(_dossiers(found, options, jobs, resume, quiet)) as dossiers:
        if resume and format == "jsonl" and output is None:
            for dossier in dossiers:  # the journal is the output
                tally.add(dossier)
        else:
            with sink(format, output, spoken, single=single) as add:
                for dossier in dossiers:
                    tally.add(dossier)
                    add(dossier)
    tally.finish(strict)


commands = (scan,)


@dataclass(slots=True)
class _Tally:
    """What the exit code depends on."""

    gates: tuple[str, ...]
    named: frozenset[str]
    failed: dict[str, int] = field(default_factory=dict)
    unusable: list[str] = field(default_factory=list)
    incomplete: int = 0

    def add(self, dossier: Dossier) -> None:
        from ..moderation.gates import failed
        from ..provenance.asset import printable_path

        for name in failed(dossier, self.gates):
            self.failed[name] = self.failed.get(name, 0) + 1
        if not dossier.asset.sha256 and dossier.asset.path in {printable_path(p) for p in self.named}:
            self.unusable.append(dossier.gaps[0].detail)
        self.incomplete += bool(dossier.gaps)

    def finish(self, strict: bool) -> None:
        """Say what failed and leave with the code: findings, then unusable input, then what is undecided."""
        from .main import FINDINGS, UNDECIDED, USAGE

        for text in self.unusable:
            say(f"indicia: {clean(text)}")
        if self.failed:
            say("indicia: failed on " + ", ".join(f"{name} ({count})" for name, count in self.failed.items()))
            raise typer.Exit(FINDINGS)
        if self.unusable:
            raise typer.Exit(USAGE)
        if strict and self.incomplete:
            say(f"indicia: {self.incomplete} could not be examined in full")
            raise typer.Exit(UNDECIDED)


def _options(
    registry: str | None, trust: list[Path], no_marks: bool, timeout: float, all_marks: bool, see: bool
) -> Options:
    from ..moderation.scan import Options
    from ..provenance.home import keys_folder

    folder = keys_folder()
    if not no_marks and not folder.is_dir():
        say("no watermark key here: our own marks are not looked for (indicia keys init)")
    return Options(
        registry=registry or _own_registry(),
        keys=folder if folder.is_dir() else None,
        trust=tuple(trust),
        marks=not no_marks,
        all_marks=all_marks,
        see=see,
        seconds=timeout,
    )


def _own_registry() -> str | None:
    """The user's registry, if there is one: a scan never makes it."""
    from ..provenance.home import data_folder, registry_url

    url, own = registry_url(), data_folder() / "registry.db"
    return None if url == f"sqlite:///{own}" and not own.exists() else url


def _dossiers(
    found: Iterator[str], options: Options, jobs: int, resume: Path | None, quiet: bool
) -> Generator[Dossier]:
    """The dossiers as they come; with a journal, first those that are missing in it and then all of them."""
    from ..moderation import journal
    from ..moderation.pool import cores
    from ..moderation.scan import scan as scan_files
    from ._progress import progress

    jobs = jobs or cores()
    with progress("scanning", quiet=quiet) as advance:
        if resume is None:
            for dossier in scan_files(found, options, jobs=jobs):
                yield dossier
                advance(dossier.asset.path)
            return
        try:
            with journal.Journal.open(resume, resume=True) as kept:
                for dossier in scan_files((p for p in found if p not in kept), options, jobs=jobs):
                    kept.add(dossier)
                    advance(dossier.asset.path)
        except KeyboardInterrupt:
            say(f"\nindicia: interrupted; go on with the same command and --resume {clean(resume)}")
            raise
    yield from journal.read(resume)
