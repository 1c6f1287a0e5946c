"""What stands for the reader of a label that its own file writes only."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..asset import Asset
from ..evidence import Label, Media


@dataclass(slots=True)
class Unread:
    """Looks at no medium and claims nothing: what was written is read by other files, or by none."""

    name: str
    media: frozenset[Media] = field(default=frozenset())

    def read(self, asset: Asset) -> tuple[Label, ...]:
        """Nothing."""
        return ()
