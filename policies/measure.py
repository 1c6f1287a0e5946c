"""Facts that a dossier does not hold and the file itself does: its size in pixels, its length, its rubric's outcome."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..provenance.asset import Asset
from ..provenance.errors import IndiciaError
from ..provenance.evidence import Media


def measuring() -> Callable[[str], dict[str, Any]]:
    """`measure`, as a pool of processes starts it."""
    return measure


def measure(path: str) -> dict[str, Any]:
    """`width`, `height`, `duration` (seconds) and `rubric_failures`, as far as the file's headers and manifest tell.

    What cannot be measured is left out: it stays unknown.
    """
    found: dict[str, Any] = {}
    for look in (_size, _length, _rubric):
        try:
            found |= look(Asset.open(Path(os.fspath(path))))
        except (IndiciaError, OSError, ValueError, OverflowError):
            continue
    return found


def _size(asset: Asset) -> dict[str, Any]:
    if asset.media is not Media.IMAGE:
        return {}
    from PIL import Image

    with asset.stream() as stream, Image.open(stream) as picture:  # the header alone; nothing is decoded
        return {"width": picture.width, "height": picture.height}


def _length(asset: Asset) -> dict[str, Any]:
    if asset.media not in (Media.VIDEO, Media.AUDIO):
        return {}
    from ..provenance.media._av import library, opened

    scale = library().time_base  # units a second of a container's own clock
    with opened(asset) as media:
        streams = media.container.streams.video
        size = {"width": streams[0].width, "height": streams[0].height} if streams else {}
        length = media.container.duration
        return size if not length else {**size, "duration": length / scale}


def _rubric(asset: Asset) -> dict[str, Any]:
    from ..provenance.credentials.rubric import Outcome, check

    checks = check(asset)
    return {"rubric_failures": sum(one.outcome is Outcome.FAIL for one in checks)} if checks else {}
