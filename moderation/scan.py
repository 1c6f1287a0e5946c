"""Scans files and folders of any size: every file gets a dossier, whatever is wrong with it."""

from __future__ import annotations

import fnmatch
import functools
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..provenance.asset import Limits, unreadable
from ..provenance.dossier import Dossier
from ..provenance.evidence import Gap, Reason
from ..provenance.inspect import inspect_path, timestamp, tool
from .pool import Failure, run


@dataclass(frozen=True, slots=True)
class Options:
    """How to look; it travels to the processes that do."""

    registry: str | None = None  # a registry's URL; None looks nothing up
    keys: Path | None = None  # the folder of watermark keys; None reads no keyed marks
    trust: tuple[Path, ...] = ()  # more trust anchors than the bundled lists
    marks: bool = True  # False leaves out every watermark
    all_marks: bool = False  # True also reads marks that take seconds a picture
    see: bool = False  # True also reads labels in pixels and sound
    seconds: float = 120.0  # for one file; the process around a reader that hangs is ended
    limits: Limits = field(default_factory=Limits)


def scan(paths: Iterable[str], options: Options, *, jobs: int = 1) -> Iterator[Dossier]:
    """A dossier for each of `paths` (files, as `files` gives them), in their order, in bounded memory.

    A file that hangs its reader or kills its process gets a dossier with that gap, and the scan goes on.
    """
    from .readers import preload

    preload()
    start = functools.partial(_start, options)
    for path, outcome in run(start, paths, jobs=jobs, seconds=options.seconds):
        yield _given_up(path, outcome) if isinstance(outcome, Failure) else outcome


def files(paths: Sequence[str], *, exclude: Collection[str] = (), skip: Collection[Path] = ()) -> Iterator[str]:
    """The files at and below `paths`, each folder sorted by name, hidden ones too.

    Links to folders are followed only where named in `paths`, so that a loop of links ends. What cannot be listed
    or read is given as it is, so that it gets its line.

    Args:
        paths: files and folders, as given by the user.
        exclude: glob patterns for a file's or folder's name, or its path.
        skip: files that are left out, such as the scan's own output.
    """
    own = {os.path.realpath(path) for path in skip}
    for path in paths:
        for found in _walk(path, exclude) if os.path.isdir(path) else (path,):
            if not own or os.path.realpath(found) not in own:
                yield found


def _walk(folder: str, exclude: Collection[str]) -> Iterator[str]:
    """Depth first and by name; a stack of its own, because folders nest deeper than Python's calls may."""
    stack = [iter(_listing(folder, exclude))]
    while stack:
        entry = next(stack[-1], None)
        if entry is None:
            stack.pop()
        elif isinstance(entry, str):
            yield entry
        elif entry.is_dir(follow_symlinks=False):
            stack.append(iter(_listing(entry.path, exclude)))
        elif not (entry.is_symlink() and os.path.isdir(entry.path)):
            yield entry.path


def _listing(folder: str, exclude: Collection[str]) -> Sequence[os.DirEntry[str] | str]:
    """The entries of a folder by name; the folder's own path when it cannot be listed.

    A manifest beside its file (`FILE.c2pa`) has no line of its own: it is read with the file.
    """
    try:
        with os.scandir(folder) as listing:
            entries = {entry.name: entry for entry in listing if not _excluded(entry, exclude)}
    except OSError:
        return [folder]
    return [entries[n] for n in sorted(entries) if not n.endswith(".c2pa") or n.removesuffix(".c2pa") not in entries]


def _excluded(entry: os.DirEntry[str], patterns: Collection[str]) -> bool:
    return any(fnmatch.fnmatch(entry.name, p) or fnmatch.fnmatch(entry.path, p) for p in patterns)


def _start(options: Options) -> Callable[[str], Dossier]:
    """What a process does once: open the registry and load the keys; then the look at one path."""
    from .readers import looking

    settings = looking(options)
    return lambda path: inspect_path(path, limits=options.limits, **settings)


def _given_up(path: str, failure: Failure) -> Dossier:
    reason = Reason.TIMED_OUT if failure.timed_out else Reason.FAULT
    return Dossier(unreadable(path), (), (Gap("scan", reason, failure.detail),), timestamp(), tool())
