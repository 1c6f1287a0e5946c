"""Where the dossiers of a scan go: a table, one JSON document, JSON Lines, or an HTML report."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from ..provenance.dossier import Dossier
from ..provenance.files import replacing
from ..provenance.verdict import Basis, Integrity, Origin, PlatformClass, Trust
from ._output import clean, columns, paint, row

if TYPE_CHECKING:
    from ..provenance.sentences import Language

Add = Callable[[Dossier], None]

_HEADS = {
    "en": ("ORIGIN", "BASIS", "INTEGRITY", "TRUST", "PLATFORM", "NOTES", "PATH"),
    "zh": ("来源", "依据", "完整性", "信任", "平台分类", "备注", "路径"),
}
_NOTES = {
    "en": {"disagrees": "conflict", "laundered": "laundered", "transplanted": "transplanted", "gaps": "gaps:{}"},
    "zh": {"disagrees": "有矛盾", "laundered": "洗白", "transplanted": "移植", "gaps": "缺口:{}"},
}
_TOTALS = {"en": "{} files: {}", "zh": "共 {} 个文件：{}"}
_COLOURS = {Origin.SYNTHETIC: "yellow", Origin.PARTLY_SYNTHETIC: "yellow", Origin.CAPTURED: "green"}


@contextlib.contextmanager
def sink(format: str, output: Path | None, lang: Language, *, single: bool = False) -> Iterator[Add]:
    """Takes dossiers one by one and writes them as `format` to `output`, or to stdout.

    Whole files (all but JSON Lines) appear when the scan is over, complete, or not at all.
    """
    if format == "jsonl" and output is not None:
        from ..moderation.journal import Journal

        with Journal.open(output) as journal:
            yield journal.add
        return
    writer = _card if single and format == "table" else WRITERS[format]
    with _target(output) as stream, writer(stream, lang) as add:
        yield add


@contextlib.contextmanager
def _target(output: Path | None) -> Iterator[IO[str]]:
    if output is None:
        yield sys.stdout
        return
    with replacing(output) as temporary, open(temporary, "w", encoding="utf-8") as stream:
        yield stream


@contextlib.contextmanager
def _lines(stream: IO[str], _: Language) -> Iterator[Add]:
    def add(dossier: Dossier) -> None:
        print(dossier.to_line(), file=stream, flush=True)

    yield add


@contextlib.contextmanager
def _json(stream: IO[str], _: Language) -> Iterator[Add]:
    """One array, written piece by piece, so that a scan of any size fits in memory."""
    before = "["

    def add(dossier: Dossier) -> None:
        nonlocal before
        print(f"{before}\n{dossier.to_line()}", end="", file=stream)
        before = ","

    yield add
    print("\n]" if before == "," else "[]", file=stream)


@contextlib.contextmanager
def _html(stream: IO[str], lang: Language) -> Iterator[Add]:
    """The dossiers wait on disk, because a report begins with their totals."""
    from ..moderation.report import write

    with tempfile.NamedTemporaryFile(prefix="indicia-", suffix=".jsonl") as spool:

        def add(dossier: Dossier) -> None:
            spool.write(dossier.to_line().encode() + b"\n")

        yield add
        spool.flush()
        write(Path(spool.name), stream, lang)


@contextlib.contextmanager
def _table(stream: IO[str], lang: Language) -> Iterator[Add]:
    from ..provenance.sentences import word

    widths = _widths(lang)
    totals: Counter[Origin] = Counter()

    def add(dossier: Dossier) -> None:
        if not totals:
            print(paint(row(_HEADS[lang], widths), "bold"), file=stream)
        verdict = dossier.verdict
        totals[verdict.origin] += 1
        values = (verdict.origin, verdict.basis, verdict.integrity, verdict.trust, verdict.platform_class)
        line = row([*(word(v, lang) for v in values), _notes(dossier, lang), clean(dossier.asset.path)], widths)
        print(paint(line, _COLOURS.get(verdict.origin, "")), file=stream)

    yield add
    told = ", ".join(f"{totals[o]} {word(o, lang)}" for o in Origin if totals[o])
    print(_TOTALS[lang].format(totals.total(), told or "-"), file=stream)


@contextlib.contextmanager
def _card(stream: IO[str], lang: Language) -> Iterator[Add]:
    from ._card import card

    yield lambda dossier: print(card(dossier, lang), file=stream)


WRITERS: dict[str, Callable[[IO[str], Language], contextlib.AbstractContextManager[Add]]] = {
    "table": _table, "json": _json, "jsonl": _lines, "html": _html,
}  # fmt: skip


def _widths(lang: Language) -> tuple[int, ...]:
    from ..provenance.sentences import word

    kinds = (Origin, Basis, Integrity, Trust, PlatformClass)
    longest = [max(columns(word(v, lang)) for v in kind) for kind in kinds]
    return tuple(max(w, columns(h)) for w, h in zip([*longest, 10], _HEADS[lang], strict=False))


def _notes(dossier: Dossier, lang: Language) -> str:
    words, verdict = _NOTES[lang], dossier.verdict
    told = [words[n] for n in ("disagrees", "laundered", "transplanted") if getattr(verdict, n)]
    if dossier.gaps:
        told.append(words["gaps"].format(len(dossier.gaps)))
    return ",".join(told) or "-"
