"""Patterns that packs may use: regular expressions whose worst case is counted before they are ever run.

A pack may come from anywhere, and Python's matcher tries every way a text could be read: `(a+)+$` needs longer than a
life on forty letters. Here a pattern is taken only when the number of ways it can be tried is small.
"""

from __future__ import annotations

import re
import warnings

MAX_TEXT = 512  # characters of a fact that a pattern looks at
MAX_PATTERN = 200  # characters
MAX_WAYS = MAX_TEXT * MAX_TEXT * 16  # about 0.1 s for the worst text; one open repeat and a few choices fit

_TOKEN = re.compile(
    r"""\\(?P<escaped>.) | \[\^?\]?(?:\\.|[^\]\\])*\] | (?P<group>\((?P<special>\?:?)?) | (?P<close>\))
    | (?P<choice>\|) | (?P<repeat>[*+?]|\{(?P<least>\d*)(?P<comma>,?)(?P<most>\d*)\}) | .""",
    re.VERBOSE | re.DOTALL,
)


def bounded(text: str) -> re.Pattern[str]:
    """The compiled pattern.

    Raises:
        ValueError: no pattern, or one that could take long; the text says what to change.
    """
    if len(text) > MAX_PATTERN:
        raise ValueError(f"the pattern is longer than {MAX_PATTERN} characters; write it simpler or use a predicate")
    if _ways(text) > MAX_WAYS:
        raise ValueError("the pattern could take long: too many repeats and choices; write it simpler")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # "possible nested set" and the like: what is ambiguous is refused
            return re.compile(text)
    except (re.error, Warning, OverflowError, RecursionError) as error:
        raise ValueError(f"not a pattern: {error}") from error


def _ways(text: str) -> int:
    """An upper bound on how many ways the matcher can try: starts, times every repeat's and every group's choices."""
    ways, choices, closed = MAX_TEXT, [1], False
    for token in _TOKEN.finditer(text):
        if token["group"]:
            if token["special"] == "?":
                raise ValueError("the pattern has a special group (?...); only (...) and (?:...) are taken")
            choices.append(1)
        elif token["close"] and len(choices) > 1:
            ways *= choices.pop()
        elif token["choice"]:
            choices[-1] += 1
        elif token["repeat"]:
            if closed:
                raise ValueError("the pattern repeats a group; write it simpler or use a predicate")
            ways *= _repeats(token)
        elif (token["escaped"] or "").isdigit():
            raise ValueError("the pattern refers back to a group; write it simpler or use a predicate")
        closed = bool(token["close"])
    return ways * choices[0]


def _repeats(token: re.Match[str]) -> int:
    """How many lengths one repeat can have in a text of at most `MAX_TEXT` characters."""
    if token["repeat"] == "?":
        return 2
    if token["repeat"] in "*+" or (token["comma"] and not token["most"]):
        return MAX_TEXT
    least, most = int(token["least"] or 0), int(token["most"] or token["least"] or 0)
    return max(1, min(most - least + 1, MAX_TEXT))
