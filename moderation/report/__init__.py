"""The HTML report of a scan: one file that needs nothing else, with pictures, words and what they do not prove."""

from __future__ import annotations

import functools
import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ...provenance.dossier import Dossier
from ...provenance.inspect import timestamp, tool
from ...provenance.plain import clean
from ...provenance.sentences import Language, explain, explain_gap, platform_sentence, sentence, word
from ...provenance.verdict import Integrity, Origin
from .. import journal
from ..pool import cores, run
from .preview import Preview, preview
from .wording import WORDS

if TYPE_CHECKING:
    from jinja2 import Template

CARDS = 400  # files shown in full, the most telling ones; the others are rows of a table
ROWS = 20_000  # a browser opens a table of this length; what is beyond is counted
PREVIEW_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Card:
    """One file as the page shows it."""

    dossier: Dossier
    preview: Preview


def write(dossiers: Path, stream: IO[str], lang: Language) -> None:
    """The report on a JSON Lines file of dossiers, written to `stream` piece by piece.

    The file is read twice, so that a scan of any size is told in bounded memory.
    """
    totals: Counter[Origin] = Counter()
    chosen = {number for _, number in heapq.nsmallest(CARDS, _ranked(dossiers, totals))}
    kept = [d for number, d in enumerate(journal.read(dossiers)) if number in chosen]
    cards = sorted(_cards(kept), key=lambda card: rank(card.dossier))
    rest = islice((d for number, d in enumerate(journal.read(dossiers)) if number not in chosen), ROWS)
    page = _template().generate(
        lang=lang, w=WORDS[lang], cards=cards, rest=rest, count=totals.total(), more=totals.total() > len(cards),
        beyond=max(0, totals.total() - CARDS - ROWS), totals=[(o, totals[o]) for o in Origin if totals[o]],
        when=timestamp(), tool=tool(), **_helpers(lang),
    )  # fmt: skip
    for piece in page:
        stream.write(piece)


def rank(dossier: Dossier) -> int:
    """How soon a person should look at a file: what is wrong first, then what is synthetic, the unknown last."""
    verdict = dossier.verdict
    if verdict.disagrees or verdict.laundered or verdict.transplanted or verdict.integrity is Integrity.ALTERED:
        return 0
    order = (Origin.SYNTHETIC, Origin.PARTLY_SYNTHETIC, Origin.CAPTURED, Origin.UNKNOWN)
    return 1 + order.index(verdict.origin) * 2 + (verdict.complete and verdict.origin is Origin.UNKNOWN)


def _ranked(dossiers: Path, totals: Counter[Origin]) -> Iterator[tuple[int, int]]:
    """(rank, number) of each dossier; the origins are counted on the way."""
    for number, dossier in enumerate(journal.read(dossiers)):
        totals[dossier.verdict.origin] += 1
        yield rank(dossier), number


def _cards(dossiers: list[Dossier]) -> Iterator[Card]:
    """Previews are made in processes of their own: decoding a hostile file may hang or die."""
    found = run(_previewer, [(d.asset.path, d.asset.sha256) for d in dossiers], jobs=cores(), seconds=PREVIEW_SECONDS)
    for dossier, (_, shown) in zip(dossiers, found, strict=True):
        yield Card(dossier, shown if isinstance(shown, Preview) else Preview())


def _previewer() -> Callable[[tuple[str, str]], Preview]:
    return lambda item: preview(*item)


def _helpers(lang: Language) -> dict[str, Any]:
    return {
        "explain": functools.partial(explain, lang=lang),
        "explain_gap": functools.partial(explain_gap, lang=lang),
        "platform": functools.partial(platform_sentence, lang=lang),
        "sentence": functools.partial(sentence, lang=lang),
        "word": functools.partial(word, lang=lang),
    }


@functools.cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("indicia.moderation.report", "")
    environment = Environment(
        autoescape=True, loader=loader, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["clean"] = clean
    return environment.get_template("report.html")
