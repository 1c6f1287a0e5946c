"""What a record is bound to by its content: the fingerprints of every method, and the sketch of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..evidence import Media
from ..fingerprints import methods
from .record import Binding

if TYPE_CHECKING:
    from ..asset import Asset


def enrol(asset: Asset, scope: str = "final") -> tuple[Binding, ...]:
    """The bindings to store for `asset` as it stands: call it before and after the visible label is drawn.

    Content with too little in it has no fingerprints, and is then found by its digest, manifest or mark alone.

    Raises:
        BadContent: damaged.
        TooLarge: a limit was met.
    """
    found = [Binding(f.algorithm, f.value, scope) for m in methods(asset.media) for f in m.enrol(asset)]
    if asset.media is Media.IMAGE:
        from ..fingerprints import _sketch

        found.append(Binding(_sketch.ALGORITHM, _sketch.sketch(asset), scope))
    return tuple(found)
