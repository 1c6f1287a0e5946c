"""Reads the labels that people hear: the rhythm short-long short-short, and a spoken sentence (GB 45438-2025, 5.3)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..asset import Asset
from ..errors import BadContent, MissingExtra
from ..evidence import Label, Media
from . import LabelReader
from ._rhythm import Rhythm, rhythms
from ._wording import gb_problems

if TYPE_CHECKING:
    from ._speech import Said

MODEL = "INDICIA_ASR_MODEL"  # the folder of a faster-whisper model on this machine

_RATE = 8000  # Hz: the rhythm is a tone of some hundred
_NEAR = 3.0  # seconds from either end that count as start and end
_SLOW, _FAST = 96.0, 200.0  # characters a minute; a quarter beyond what 5.3, note 4 calls normal
_FAINT = 12.0  # dB over what is around it, below which a rhythm is not "clearly audible"; our measure


def read(asset: Asset) -> Iterator[Label]:
    """The labels in the sound of an asset.

    Raises:
        BadContent: the sound cannot be decoded.
        TooLarge: more sound than the limit.
        MissingExtra: PyAV is not installed; or, after any rhythm was given, there is no recogniser for speech.
        UnreadableFile: the folder that `MODEL` names holds no recogniser.
    """
    from ..media import audio

    try:
        sound = audio.decode(asset, rate=_RATE, mono=True, limits=asset.limits)
    except BadContent:
        if asset.media is Media.VIDEO:
            return  # a silent film has nothing to hear; what is damaged in it, those tell who look at its pictures
        raise
    for rhythm in rhythms(sound.samples[:, 0], _RATE):
        yield _of_rhythm(rhythm, sound.seconds)
    if not (folder := os.environ.get(MODEL)):
        raise MissingExtra(f"a label in speech is understood by a model whose folder {MODEL} names; that", "asr")
    from ._speech import spoken

    for said in spoken(asset, sound.seconds, Path(folder)):
        yield _of_speech(said, sound.seconds)


def _of_speech(said: Said, length: float) -> Label:
    fields = [("form", "voice"), ("language", said.statement.language)]
    fields += [("position", _position(said.starts, said.ends, length))]
    fields += [("starts", f"{said.starts:.2f}"), ("ends", f"{said.ends:.2f}")]
    fields += [("characters_per_minute", f"{said.pace:.0f}"), ("duration", f"{length:.3f}")]
    wording = said.statement.wording
    return Label(
        "heard", "heard", True, said.statement.origin, tuple(f for f in fields if f[1]), wording,
        (*gb_problems(wording), *_of_pace(said.pace)), _locator(said.starts, said.ends, length),
    )  # fmt: skip


def _of_rhythm(rhythm: Rhythm, length: float) -> Label:
    findings = []
    if rhythm.clear < _FAINT:
        findings.append(f"it stands out by {rhythm.clear:.0f} dB, less than {_FAINT:.0f} (GB 45438-2025, 5.3 f)")
    return Label(
        "heard",
        "heard",
        True,
        "synthetic",  # the rhythm is no word, but it has this one meaning (GB 45438-2025, 5.3 c)
        (
            ("form", "rhythm"),
            ("position", _position(rhythm.starts, rhythm.ends, length)),
            ("starts", f"{rhythm.starts:.2f}"),
            ("ends", f"{rhythm.ends:.2f}"),
            ("pulses", "SLSS"),
            ("pulse_ratio", f"{rhythm.ratio:.2f}"),
            ("pulse_snr", f"{rhythm.clear:.1f}"),
            ("duration", f"{length:.3f}"),
        ),
        findings=tuple(findings),
        locator=_locator(rhythm.starts, rhythm.ends, length),
    )


def _of_pace(pace: float) -> Iterator[str]:
    if not _SLOW <= pace <= _FAST:
        yield f"it is spoken at {pace:.0f} characters a minute, not at about 120 to 160 (GB 45438-2025, 5.3, note 4)"


def _position(starts: float, ends: float, length: float) -> str:
    if starts <= _NEAR:
        return "start"
    return "end" if ends >= length - _NEAR else "middle"


def _locator(starts: float, ends: float, length: float) -> str:
    return f"{_position(starts, ends, length)}, {starts:.1f} to {ends:.1f} s"


class _HeardReader:
    """Listens for labels in sound and in the sound of videos; seconds of work, so it runs only when asked for."""

    name = "heard"
    media = frozenset({Media.AUDIO, Media.VIDEO})
    asked = True

    def read(self, asset: Asset) -> Iterator[Label]:
        return read(asset)


label: LabelReader = _HeardReader()
