"""Which marks a processing step kills: labels, signatures and watermarks before it, held against those after it."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from ..provenance.dossier import Dossier
from ..provenance.errors import UsageError
from ..provenance.evidence import Claim, ClaimState, Label, Reading
from .facts import Facts

SECONDS = 300.0  # for one run of the step


def marks_of(dossier: Dossier) -> frozenset[str]:
    """The recognisable marks of an asset: each label standard with its producer's fields, manifests, watermarks."""
    found: set[str] = set()
    for item in dossier.evidence:
        match item:
            case Label(standard="aigc", fields=fields):
                told = dict(fields)
                triple = ":".join(told.get(key, "") for key in ("Label", "ContentProducer", "ProduceID"))
                found.add(f"aigc {triple}")
            case Label(standard="iptc", origin=origin):
                found.add(f"iptc {origin}")
            case Label(standard=standard, explicit=True):
                found.add(f"{standard} label")
            case Claim(depth=0, state=state) if state in (ClaimState.TRUSTED, ClaimState.UNTRUSTED):
                found.add("c2pa intact")
            case Reading(method=method, payload=payload, ours=True):
                found.add(f"watermark {method} {payload}")
    return frozenset(found)


def compare(facts: Facts, before: Dossier, after: Dossier) -> Facts:
    """`facts` of the asset before the step, with what the step kept and lost.

    A manifest that is gone but stands as an intact parent of a new one counts as kept (Code of Practice 1.2 a).
    """
    had, has = marks_of(before), marks_of(after)
    parents = {c.label for c in after.evidence if isinstance(c, Claim) and c.depth > 0 and not c.laundered}
    active = {c.label for c in before.evidence if isinstance(c, Claim) and c.depth == 0}
    kept = {m for m in had if m in has or (m == "c2pa intact" and active & parents)}
    lost = had - kept
    read_after = {(e.method, e.payload) for e in after.evidence if isinstance(e, Reading)}
    marks = facts.asset.watermarks
    if marks is not None:
        marks = tuple(replace(mark, survives=(mark.method, mark.payload) in read_after) for mark in marks)
    asset = replace(
        facts.asset,
        kept_through=None if not had else not lost,
        marks_kept=tuple(sorted(kept)),
        marks_lost=tuple(sorted(lost)),
        watermarks=marks,
    )
    return replace(facts, asset=asset)


def originals(
    before: Path, paths: Sequence[str], files: Callable[[Sequence[str]], Iterable[str]]
) -> list[tuple[Path, Path]]:
    """Each file at and below `paths` with what it was before a step: `before` itself, or the file of its name below it.

    Raises:
        UsageError: a file whose original is not there.
    """
    pairs = []
    for path in paths:
        for after in map(Path, files([path])):
            inside = after.relative_to(path) if Path(path).is_dir() else Path(after.name)
            origin = before / inside if before.is_dir() else before
            if not origin.is_file():
                raise UsageError(f"--before: {origin} is not there; originals have the same names as what came of them")
            pairs.append((origin, after))
    return pairs


def run_through(command: str, paths: Sequence[Path], look: Callable[[Path], Dossier]) -> list[tuple[Dossier, Dossier]]:
    """Each file before and after `command`, a template with {in} and {out}, which runs without a shell.

    Raises:
        UsageError: a template without {in} and {out}, or a step that fails, takes too long or writes nothing.
    """
    words = shlex.split(command)
    if not any("{in}" in w for w in words) or not any("{out}" in w for w in words):
        raise UsageError("--through takes a command with {in} and {out}, such as 'convert {in} -resize 50% {out}'")
    pairs = []
    with tempfile.TemporaryDirectory(prefix="indicia-through-") as folder:
        for number, path in enumerate(paths):
            out = Path(folder, f"{number}{path.suffix}")
            _run([w.replace("{in}", str(path.absolute())).replace("{out}", str(out)) for w in words], path, out)
            pairs.append((look(path), look(out)))
    return pairs


def _run(words: Sequence[str], path: Path, out: Path) -> None:
    try:
        done = subprocess.run(words, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603 - the user's own
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"--through: {words[0]} on {path}: {error}") from error
    if done.returncode or not out.is_file():
        said = done.stderr.decode(errors="replace").strip()[-300:]
        raise UsageError(
            f"--through: {words[0]} on {path} ended with {done.returncode} and wrote no {out.name}: {said}"
        )
