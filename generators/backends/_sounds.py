"""Recordings as back ends take them: files, bytes, decoded sound."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from ...provenance.asset import Asset
from ...provenance.errors import BadContent, Unsupported
from ...provenance.evidence import Media
from ...provenance.media import Sound


def as_sound_asset(value: Any) -> Asset:
    """A given recording as an asset: a file keeps its bytes and so its chain of manifests; samples become a WAV.

    Raises:
        BadContent: a file that is neither sound nor video.
        Unsupported: something else.
    """
    if isinstance(value, Sound):
        return _written(value)
    if isinstance(value, Asset):
        asset = value
    elif isinstance(value, bytes):
        asset = Asset.of(value, name="recording")
    elif isinstance(value, str | os.PathLike):
        asset = Asset.open(value)
    else:
        raise Unsupported(f"{type(value).__name__} is no recording; give a path, bytes, an Asset or a Sound")
    if asset.media not in (Media.AUDIO, Media.VIDEO):
        raise BadContent(f"{asset.ref.name}: {asset.format} is no recording")
    return asset


def heard(asset: Asset, *, rate: int) -> Any:
    """The recording as one channel at that rate (Hz), float32 in -1..1."""
    from ...provenance.media import audio

    return audio.decode(asset, rate=rate, mono=True).samples[:, 0]


def _written(sound: Sound) -> Asset:
    from ...provenance.media import audio

    with tempfile.TemporaryDirectory(prefix="indicia-sound-") as scratch:
        path = Path(scratch) / "recording.wav"
        audio.encode(sound, path)
        return Asset.of(path.read_bytes(), name="recording.wav")
