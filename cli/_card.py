"""One dossier in full, for a person at a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..provenance.sentences import explain, explain_gap, platform_sentence, sentence
from ._output import clean, paint

if TYPE_CHECKING:
    from ..provenance.dossier import Dossier
    from ..provenance.sentences import Language

_WORDS = {
    "en": {"evidence": "Evidence", "gaps": "Not examined", "limit": "does not prove", "none": "none"},
    "zh": {"evidence": "证据", "gaps": "未能检查", "limit": "局限", "none": "无"},
}
_WIDTH = 100


def card(dossier: Dossier, lang: Language) -> str:
    """The file, the verdict in words, each piece of evidence with what it does not prove, and the gaps."""
    return "\n".join(_lines(dossier, lang))


def _lines(dossier: Dossier, lang: Language) -> Iterator[str]:
    words, asset = _WORDS[lang], dossier.asset
    yield paint(clean(asset.path), "bold")
    yield paint(f"{asset.format}, {asset.size:,} bytes, sha256 {asset.sha256 or '-'}", "dim")
    yield ""
    yield from _wrap(sentence(dossier.verdict, lang), lang)
    if platform := platform_sentence(dossier.verdict, lang):
        yield from _wrap(platform, lang)
    yield ""
    yield paint(words["evidence"] + ("" if dossier.evidence else f": {words['none']}"), "bold")
    for item in dossier.evidence:
        told = explain(item, lang)
        place = f" [{clean(item.locator, most=60)}]" if item.locator else ""
        yield f"  {told.strength}: {clean(told.what, most=300)}{place}"
        for finding in getattr(item, "findings", ()):
            yield f"    ! {clean(finding, most=300)}"
        yield paint(f"    {words['limit']}: {told.limit}", "dim")
    if dossier.gaps:
        yield paint(words["gaps"], "bold")
    for gap in dossier.gaps:
        yield f"  {clean(gap.reader)}: {explain_gap(gap, lang)} {clean(gap.detail, most=300)}"


def _wrap(text: str, lang: Language) -> list[str]:
    return textwrap.wrap(text, _WIDTH) if lang == "en" else [text]
