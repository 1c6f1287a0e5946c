"""Which words make a disclosure: an AI element and a generation element, in the languages of labels."""

from __future__ import annotations

import re

# GB 45438-2025, 5.1 b) and 5.2 b): "人工智能" or "AI", and "生成" or "合成".
GB_AI = re.compile(r"人工智能|(?<![A-Za-z])AI(?![a-z])", re.IGNORECASE)
GB_GENERATION = re.compile(r"生成|合成")

# Elsewhere no words are prescribed; these say the same.
_AI = re.compile(
    GB_AI.pattern + r"|artificial intelligence|人工知能|인공지능|(?<![A-Za-z])(?:KI|IA)(?![a-z])", re.IGNORECASE
)
_GENERATION = re.compile(
    GB_GENERATION.pattern + r"|generat|synthe|generiert|gén[ée]r|generad|gerad|生成|생성|합성", re.IGNORECASE
)

WORDINGS: dict[str, tuple[str, ...]] = {"zh": ("AI生成", "人工智能生成"), "en": ("AI-generated",)}


def elements(wording: str) -> tuple[str, ...]:
    """The AI element and the generation element as they stand in `wording`; those that are missing are left out."""
    return tuple(found[0] for pattern in (_AI, _GENERATION) if (found := pattern.search(wording)))


def problems(wording: str) -> tuple[str, ...]:
    """What a label with this wording lacks in any language, in words; empty when it is complete."""
    missing = []
    if not _AI.search(wording):
        missing.append("it does not say AI (人工智能 or AI; GB 45438-2025, 5.1, 5.2)")
    if not _GENERATION.search(wording):
        missing.append("it does not say generated (生成 or 合成; GB 45438-2025, 5.1, 5.2)")
    return tuple(missing)


def gb_problems(wording: str) -> tuple[str, ...]:
    """What a wording lacks under GB 45438-2025 itself, which knows its own two languages' elements alone."""
    missing = []
    if not GB_AI.search(wording):
        missing.append("no AI element 人工智能 or AI (GB 45438-2025, 5.1, 5.2)")
    if not GB_GENERATION.search(wording):
        missing.append("no generation element 生成 or 合成 (GB 45438-2025, 5.1, 5.2)")
    return tuple(missing)
