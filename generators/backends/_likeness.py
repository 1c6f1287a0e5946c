"""Arguments by which a person's face or voice is given to a model: such a call needs that person's consent."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

# The arguments of identity-keeping pipelines (InstantID, PhotoMaker, ConsisID, Wan-Animate, face adapters).
FACES = ("face_image", "face_video", "input_id_images", "id_images", "id_cond", "id_vit_hidden", "id_embeds")
# Of voices: SpeechT5, Bark, XTTS, CSM, Dia, and what others call it.
VOICES = (
    "speaker_embeddings", "speaker_embedding", "speaker_wav", "voice_preset", "history_prompt", "reference",
    "reference_audio", "audio_prompt", "voice_sample",
)  # fmt: skip
_PRESETS = ("voice_preset", "history_prompt")


def faces_in(call: Mapping[str, Any]) -> tuple[str, ...]:
    """("face",) when the call gives one."""
    return ("face",) if any(call.get(name) is not None for name in FACES) else ()


def voices_in(call: Mapping[str, Any]) -> tuple[str, ...]:
    """("voice",) when the call gives one, itself or in a dictionary among its arguments."""
    inner = [value for value in call.values() if isinstance(value, Mapping)]
    given = any(_is_sample(name, part.get(name)) for part in (call, *inner) for name in VOICES)
    return ("voice",) if given else ()


def _is_sample(name: str, value: Any) -> bool:
    """Bark's presets are voices of nobody; they are called by name, and everything else is of somebody."""
    if name in _PRESETS and isinstance(value, str):
        return bool(PurePath(value).suffix)
    return value is not None
