"""Arguments by which a person's face or voice is given to a model: such a call needs that person's consent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# The arguments of identity-keeping pipelines (InstantID, PhotoMaker, ConsisID, Wan-Animate, face adapters).
FACES = ("face_image", "face_video", "input_id_images", "id_images", "id_cond", "id_vit_hidden", "id_embeds")
# Of voices: SpeechT5, Bark, XTTS, CSM, Dia, and what others call it.
VOICES = (
    "speaker_embeddings", "speaker_embedding", "speaker_wav", "voice_preset", "history_prompt", "reference",
    "reference_audio", "audio_prompt", "voice_sample",
)  # fmt: skip


def faces_in(call: Mapping[str, Any]) -> tuple[str, ...]:
    """("face",) when the call gives one."""
    return ("face",) if any(call.get(name) is not None for name in FACES) else ()


def voices_in(call: Mapping[str, Any]) -> tuple[str, ...]:
    """("voice",) when the call gives one, itself or in a dictionary among its arguments."""
    inner = [value for value in call.values() if isinstance(value, Mapping)]
    given = any(part.get(name) is not None for part in (call, *inner) for name in VOICES)
    return ("voice",) if given else ()
