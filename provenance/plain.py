"""Text from files made harmless for whoever reads it: no control characters, no hidden reordering."""

from __future__ import annotations

import unicodedata

# Control, surrogate and line-breaking characters, and those that change the order of what stands around them, can
# make a terminal or a page lie. Joiners (Cf) are left: they are part of words in some scripts and of emoji.
_BAD_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
_BAD_CHARACTERS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def clean(text: object, *, most: int = 0) -> str:
    r"""`text` on one line, where whatever could move the cursor, break the line or reorder stands as `\x1b`.

    `most` characters are kept, if given.
    """
    given = str(text)
    cut = given[:most] if most else given  # hostile text can be long: what is not shown is not looked at
    plain = "".join(c if _harmless(c) else c.encode("unicode_escape").decode("ascii") for c in cut)
    if not most or (len(given) <= most and len(plain) <= most):
        return plain
    return f"{plain[: most - 1]}…"


def _harmless(character: str) -> bool:
    return unicodedata.category(character) not in _BAD_CATEGORIES and character not in _BAD_CHARACTERS
