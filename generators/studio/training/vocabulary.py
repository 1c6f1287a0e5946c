"""Reads the vocabulary and writes captions in English and Chinese for one picture of it."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PLACE = Path(__file__).resolve().parent.parent / "vocabulary.json"
_ADJECTIVES = ("cute", "little", "big", "beautiful", "lovely", "happy", "nice", "funny", "colourful", "small", "bright")
_OPENINGS = (
    "a picture of",
    "an image of",
    "an illustration of",
    "draw",
    "please draw",
    "an icon of",
    "a drawing of",
    "paint",
)
_ADJECTIVES_ZH = ("可爱的", "美丽的", "漂亮的", "小小的", "大大的", "快乐的", "彩色的")
_OPENINGS_ZH = ("画", "请画", "画一张", "一张图片：", "一幅画，", "插画，", "图标，", "生成一张图：")
_MEASURES = ("一只", "一个", "一辆", "一座", "一艘", "一把", "一棵", "一朵", "一架", "一块", "一颗", "一杯")


@dataclass(frozen=True)
class Vocabulary:
    """What the model can draw: concepts in styles over plain colours or painted scenes."""

    styles: list[dict[str, Any]]
    concepts: list[dict[str, Any]]
    colours: list[dict[str, Any]]
    scenes: list[dict[str, Any]]
    prompts: list[str]

    @classmethod
    def load(cls, place: Path = PLACE) -> Vocabulary:
        """The vocabulary that is shipped with the model."""
        return cls(**json.loads(place.read_text(encoding="utf-8")))

    @property
    def backgrounds(self) -> list[dict[str, Any]]:
        """Colours, then scenes: the order in which backgrounds are numbered."""
        return self.colours + self.scenes


def _name(names: list[str], dice: random.Random) -> str:
    """Mostly the first name, sometimes a synonym."""
    return names[0] if len(names) == 1 or dice.random() < 0.65 else dice.choice(names[1:])


def _english(concept: str, style: str | None, place: str | None, colour: str | None, dice: random.Random) -> str:
    noun = f"{dice.choice(_ADJECTIVES)} {concept}" if dice.random() < 0.15 else concept
    if style and dice.random() < 0.5:
        text, style = (
            f"a {style} {dice.choice(('drawing', 'picture', 'image', 'icon'))} of {_article(noun)} {noun}",
            None,
        )
    else:
        text = noun if dice.random() < 0.3 else f"{_article(noun)} {noun}"
        if dice.random() < 0.15:
            text = f"{dice.choice(_OPENINGS)} {text}"
    if place:
        text = f"{place}, {text}" if dice.random() < 0.1 else f"{text} {place}"
    if colour:
        joined = (
            f"{text} on {_article(colour)} {colour} background",
            f"{text}, {colour} background",
            f"{text} with {_article(colour)} {colour} background",
            f"{colour} background, {text}",
        )
        text = dice.choices(joined, (6, 2, 1, 1))[0]
    return f"{text}, {style} style" if style else text


def _chinese(concept: str, style: str | None, place: str | None, colour: str | None, dice: random.Random) -> str:
    noun = f"{dice.choice(_ADJECTIVES_ZH)}{concept}" if dice.random() < 0.15 else concept
    noun = f"{dice.choice(_MEASURES)}{noun}" if dice.random() < 0.35 else noun
    if place:
        noun = dice.choices(
            (f"{place}的{noun}", f"在{place}的{noun}", f"{noun}在{place}", f"{noun}，{place}"), (5, 2, 2, 2)
        )[0]
    if colour:
        forms = (f"{colour}背景的{noun}", f"{noun}，{colour}背景", f"{colour}背景上的{noun}", f"{colour}背景，{noun}")
        noun = dice.choices(forms, (4, 4, 2, 1))[0]
    if style:
        return dice.choice((f"{style}风格，{noun}", f"{style}风格的{noun}", f"{noun}，{style}风格"))
    return f"{dice.choice(_OPENINGS_ZH)}{noun}" if dice.random() < 0.1 else noun


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"


def caption(words: Vocabulary, style: int, concept: int, background: int | None, dice: random.Random) -> str:
    """One caption; without a background none is named. The default style may go unnamed, others never do."""
    chinese = dice.random() < 0.45
    language = "zh" if chinese else "en"
    sort = words.styles[style]
    named = _name(sort[language], dice) if not sort["default"] or dice.random() < 0.35 else None
    place = colour = None
    if background is not None and background < len(words.colours):
        colour = _name(words.colours[background][language], dice)
    elif background is not None:
        place = _name(words.scenes[background - len(words.colours)][language], dice)
    write = _chinese if chinese else _english
    return write(_name(words.concepts[concept][language], dice), named, place, colour, dice)
