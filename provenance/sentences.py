"""Verdicts and evidence in plain words, English and Chinese."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from . import _wording as w
from .evidence import Claim, Evidence, Gap, Label, Match, Reading, Score, Trace
from .verdict import Basis, Integrity, Origin, PlatformClass, Trust, Verdict

Language = Literal["en", "zh"]
DEVELOPMENT_LIST = "indicia-development"  # what `keys` calls the list of this machine's own signer
LANGUAGES: tuple[Language, ...] = ("en", "zh")
LEAST_CHANCE = 1e-12  # smaller ones rest on the far tail of a model, which nobody has measured


@dataclass(frozen=True, slots=True)
class Explanation:
    """A piece of evidence in words: what was found, how strong it is, and what it does not prove."""

    what: str
    strength: str
    limit: str


def sentence(verdict: Verdict, lang: Language) -> str:
    """The verdict as one short paragraph that needs no prior knowledge."""
    parts = [_origin(verdict, lang), _integrity(verdict, lang)]
    parts += [w.REMARKS[name][lang] for name in _remarks(verdict)]
    return (" " if lang == "en" else "").join(part for part in parts if part)


def platform_sentence(verdict: Verdict, lang: Language) -> str:
    """The class under China's Labelling Measures (in force since 1 September 2025), Art. 6; empty for none."""
    return w.PLATFORM[verdict.platform_class][lang]


def explain(evidence: Evidence, lang: Language) -> Explanation:
    """What a piece of evidence says, how strong it is, and what it does not prove."""
    kind, what = _what(evidence, lang)
    strength, limit = w.WORTH[kind]
    return Explanation(what, strength[lang], limit[lang])


def explain_gap(gap: Gap, lang: Language) -> str:
    """Why something could not be examined."""
    return w.GAPS[gap.reason][lang]


def word(value: Origin | Basis | Integrity | Trust | PlatformClass, lang: Language) -> str:
    """One value of a verdict, in one word or two, for tables."""
    return w.WORDS[f"{type(value).__name__}.{value}"][lang]


def _origin(verdict: Verdict, lang: Language) -> str:
    if verdict.origin is Origin.UNKNOWN:
        return w.UNKNOWN[lang]
    return w.BASIS[verdict.basis][lang].format(w.ORIGIN[verdict.origin][lang])


def _integrity(verdict: Verdict, lang: Language) -> str:
    if verdict.integrity is Integrity.INTACT:
        return w.INTACT[verdict.trust][lang]
    if verdict.integrity is Integrity.ALTERED and verdict.laundered:
        return ""  # the remark on laundering tells it
    return w.BROKEN[verdict.integrity][lang]


def _remarks(verdict: Verdict) -> list[str]:
    told = {
        "laundered": verdict.laundered,
        "transplanted": verdict.transplanted,
        "disagrees": bool(verdict.disagrees),
        "incomplete": not verdict.complete,
    }
    return [name for name, holds in told.items() if holds]


def _what(evidence: Evidence, lang: Language) -> tuple[str, str]:
    """The key of the evidence's worth, and what was found."""
    match evidence:
        case Claim():
            who = evidence.signer or evidence.issuer or {"en": "an unnamed signer", "zh": "未具名的签名者"}[lang]
            key = "development" if evidence.trust_list == DEVELOPMENT_LIST else evidence.state
            return f"claim.{key}", w.CLAIM[evidence.state][lang].format(who, evidence.trust_list or "?")
        case Label(explicit=True, standard="seen" | "heard"):
            form = "rhythm" if dict(evidence.fields).get("form") == "rhythm" else evidence.standard
            return "label.explicit", w.LABEL[form][lang].format(evidence.wording, place(evidence.locator, lang))
        case Label(explicit=True):
            return "label.explicit", w.LABEL["explicit"][lang].format(evidence.wording or evidence.standard)
        case Label():
            name = {"aigc": w.AIGC[lang], "iptc": w.IPTC[lang]}.get(evidence.standard, evidence.standard)
            return "label.implicit", w.LABEL["implicit"][lang].format(name)
        case Reading(ours=True):
            return "reading.ours", w.READING["ours"][lang].format(evidence.method, _chance(evidence.p_value, lang))
        case Reading():
            return "reading.other", w.READING["other"][lang].format(evidence.method)
        case Match(transplanted=True):
            return "match.transplanted", w.MATCH["transplanted"][lang].format(evidence.record)
        case Match():
            return f"match.{_sureness(evidence)}", w.MATCH[_sureness(evidence)][lang].format(
                evidence.record, evidence.by
            )
        case Trace():
            return "trace", w.TRACE[lang].format(evidence.generator or evidence.what)
        case Score():
            return "score", w.SCORE.get(evidence.outcome, w.SCORE["inconclusive"])[lang].format(evidence.detector)


def place(locator: str, lang: Language) -> str:
    """Where a label is seen or heard, in words: "bottom right", "start, 0.0 to 1.7 s"."""
    if lang == "en":
        return locator
    return re.sub("|".join(w.PLACES), lambda match: w.PLACES[match[0]], locator)


def _sureness(match: Match) -> str:
    return match.sureness if match.sureness in ("exact", "copy") else "near_copy"


def _chance(p_value: float, lang: Language) -> str:
    """A chance in words; a tail of a distribution is not believed beyond one in a trillion."""
    if p_value >= LEAST_CHANCE:
        return f"{p_value:.1g}"
    return f"less than {LEAST_CHANCE:.0e}" if lang == "en" else f"小于 {LEAST_CHANCE:.0e}"
