"""Spoken labels, understood by a speech recogniser on this machine (faster-whisper); nothing is downloaded."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..asset import Asset
from ..errors import MissingExtra, UnreadableFile
from ._statement import Statement, statements, tidy

_RATE = 16_000  # Hz, what the recogniser wants
_PIECE = 30.0  # seconds at the start and at the end that are listened to
# What a recogniser writes for words that sound the same: 生成 (shēngchéng) and 合成 (héchéng).
_HOMOPHONES = re.compile(r"生产|生產|升成|生辰|生城|声成|聲成")
_BY = re.compile(r"(?<=[频音声曲乐容品语])[有又油](?=人工智能|AI)")  # 由 (yóu)
# 本音频 and its like are often misheard; what is said of it is not. Words that count many things are left alone.
_SUBJECT = re.compile(
    r"(?<![\u4e00-\u9fff])(?!很多|许多|大量|不少|越来越|哪|如|谁|所|有|这些|那些|未来)[\u4e00-\u9fff]{2,5}(?=是?由(?:人工智能|AI))"
)
_HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence that was spoken. `pace` is in characters a minute; where words are not Chinese, in words."""

    statement: Statement
    starts: float
    ends: float
    pace: float


def spoken(asset: Asset, length: float, folder: Path) -> Iterator[Said]:
    """The statements spoken in the first and the last half minute.

    Raises:
        UnreadableFile: `folder` holds no model that can be used.
        MissingExtra: faster-whisper is not installed.
        BadContent: the sound cannot be decoded.
    """
    from ..media import audio

    sound = audio.decode(asset, rate=_RATE, mono=True, limits=asset.limits)
    pieces = [0.0, length - _PIECE] if length > 2 * _PIECE else [0.0]
    for at in pieces:
        until = at + (_PIECE if len(pieces) > 1 else 2 * _PIECE)
        samples = sound.samples[round(at * _RATE) : round(until * _RATE), 0]
        yield from _said(samples, at, folder)


def _said(samples: Any, at: float, folder: Path) -> Iterator[Said]:
    if len(samples) < _RATE // 10:
        return
    segments, _ = _model(folder).transcribe(samples, word_timestamps=True, beam_size=1)
    words = [word for segment in segments for word in segment.words or ()]
    text, where = "", []
    for word in words:
        where.append(len(text))
        text += word.word
    heard = _BY.sub("由", _HOMOPHONES.sub("生成", text))
    for found, first, last in statements(understood(heard)):
        there = [word for word, start in zip(words, where, strict=True) if first - 1 <= start < last]
        if there:
            yield _timed(replace(found, wording=tidy(heard[first:last])), there, at)


def understood(heard: str) -> str:
    """A transcript with the subject of a sentence put right; no character more or less, so that times stay."""
    return _SUBJECT.sub(lambda match: ("本" * len(match[0]) + "音频")[-len(match[0]) :], heard)


def _timed(found: Statement, words: Sequence[Any], at: float) -> Said:
    starts, ends = words[0].start, words[-1].end
    han = len(_HAN.findall(found.wording))
    # A word of another script, such as AI, counts as one character.
    count = han + len(re.findall(r"[A-Za-zÀ-ž']+", found.wording))
    return Said(found, at + starts, at + ends, 60 * count / max(0.1, ends - starts))


@functools.lru_cache(maxsize=1)
def _model(folder: Path) -> Any:
    if not (folder / "model.bin").is_file():
        raise UnreadableFile(f"{folder}: no faster-whisper model (model.bin) there; name the folder of one")
    try:
        from faster_whisper import WhisperModel
    except ModuleNotFoundError as error:
        raise MissingExtra("understanding spoken labels", "asr") from error
    return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True)
