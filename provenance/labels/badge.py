"""A badge for interfaces: a mark with a capital AI and words beside it, as SVG and as HTML that stays visible.

GB 45438-2025, 5.6 wants words that stay near the content; an "AI" alone is not enough, so words stand beside the mark.
The EU Code of Practice knows three cases, which are the three variants. The drawings are our own, not the EU icon.
"""

from __future__ import annotations

import html as escaping
from typing import Literal

from ..errors import UsageError
from . import LabelReader
from ._unread import Unread
from ._wording import gb_problems, problems

Variant = Literal["generated", "modified", "basic"]

WORDINGS: dict[str, dict[str, str]] = {
    "generated": {"en": "AI-generated", "zh": "AI生成"},
    "modified": {"en": "Partly AI-generated", "zh": "部分内容由AI生成"},
    "basic": {"en": "With AI-generated content", "zh": "含AI生成内容"},
}
VARIANTS: tuple[Variant, ...] = ("generated", "modified", "basic")

# A square of 24 units: a frame that tells the variant, and the letters drawn as paths, so that no font is needed.
_LETTERS = (
    "M6.1 17 9.6 7h2l3.5 10h-2.1l-.75-2.3H8.9L8.15 17zm3.35-4h2.25l-1.1-3.5z"  # A
    "M16.4 7h2v10h-2z"  # I
)
_FRAMES = {
    # whole: a solid frame
    "generated": '<rect x="1.25" y="1.25" width="21.5" height="21.5" rx="5" fill="none" stroke="currentColor" '
    'stroke-width="2.5"/>',
    # in part: half a frame, and the other half in dashes
    "modified": '<path d="M12 1.25H6.25a5 5 0 0 0-5 5v11.5a5 5 0 0 0 5 5H12" fill="none" stroke="currentColor" '
    'stroke-width="2.5"/><path d="M12 1.25h5.75a5 5 0 0 1 5 5v11.5a5 5 0 0 1-5 5H12" fill="none" '
    'stroke="currentColor" stroke-width="2.5" stroke-dasharray="2.4 2.4"/>',
    # nothing said of how much: a ring
    "basic": '<circle cx="12" cy="12" r="11" fill="none" stroke="currentColor" stroke-width="1.5"/>',
}

# Declarations stand in the element itself, so that no style sheet has to come along and no class name is there to be
# hidden by. `!important` keeps a page's own rules from making it vanish; an author who means to can still delete it.
_STYLE = (
    "display:inline-flex!important;visibility:visible!important;opacity:1!important;position:static!important;"
    "clip-path:none!important;transform:none!important;align-items:center;gap:.4em;box-sizing:border-box;"
    "width:max-content;max-width:100%;padding:.25em .6em;border:1px solid;border-radius:.5em;"
    "font:600 max(.875rem,12px)/1.4 system-ui,-apple-system,'Noto Sans SC','Microsoft YaHei',sans-serif!important;"
    "letter-spacing:normal;text-indent:0!important;color-scheme:light dark;"
    "color:#111!important;color:light-dark(#111,#fff)!important;"
    "background:#fff!important;background:light-dark(#fff,#111)!important;"
    "print-color-adjust:exact;-webkit-print-color-adjust:exact;forced-color-adjust:auto"
)


def svg(variant: Variant = "generated", *, lang: str = "en", size: int = 24) -> str:
    """The mark alone, `size` pixels square, in the colour of the text around it; its name is the wording.

    Raises:
        UsageError: an unknown variant or language, or a size below 12 pixels.
    """
    _check(variant, lang)
    if size < 12:
        raise UsageError(f"a mark of {size} pixels cannot be told; choose 12 or more")
    name = escaping.escape(WORDINGS[variant][lang])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="{size}" height="{size}" role="img" '
        f'lang="{_tag(lang)}" aria-label="{name}"><title>{name}</title>{_drawing(variant)}</svg>'
    )


def html(variant: Variant = "generated", *, lang: str = "en", wording: str | None = None, id: str | None = None) -> str:
    """One element for a page, with nothing else needed: mark and words, for light and dark, screen, paper and speech.

    `wording` replaces the words. Give it an `id`, and the content `aria-describedby` with that id: screen readers then
    tell both together. It has no class name, no script and no style sheet.

    Raises:
        UsageError: an unknown variant or language, or a wording without the two elements of a label.
    """
    _check(variant, lang)
    words = wording or WORDINGS[variant][lang]
    missing = gb_problems(words) if lang == "zh" else problems(words)
    if missing:
        raise UsageError(f"{words!r} is no label: {'; '.join(missing)}")
    named = f' id="{escaping.escape(id)}"' if id else ""
    mark = (
        '<svg viewBox="0 0 24 24" width="1.4em" height="1.4em" aria-hidden="true" focusable="false" '
        f'style="flex:none;display:block!important">{_drawing(variant)}</svg>'
    )
    return (
        f'<span role="note" lang="{_tag(lang)}" dir="ltr"{named} style="{_STYLE}">{mark}'
        f"{escaping.escape(words)}</span>"  # not in an element of its own, which a page's rules could reach
    )


def _drawing(variant: str) -> str:
    return f'{_FRAMES[variant]}<path d="{_LETTERS}" fill="currentColor" fill-rule="evenodd"/>'


def _tag(lang: str) -> str:
    return {"zh": "zh-Hans"}.get(lang, lang)


def _check(variant: str, lang: str) -> None:
    if variant not in WORDINGS:
        raise UsageError(f"no badge {variant!r}; there are: {', '.join(VARIANTS)}")
    if lang not in WORDINGS[variant]:
        raise UsageError(f"no badge in {lang!r}; choose {', '.join(WORDINGS[variant])}")


label: LabelReader = Unread("badge")
