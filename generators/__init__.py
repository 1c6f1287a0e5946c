"""Makes new assets that carry their origin: `mark(...)` wraps any generator so that what it makes leaves marked."""

from __future__ import annotations

from ..provenance.imprint.settings import Layer, Settings
from .consent import Consent
from .creation import Creation, Model
from .marking import Marked, Marker, mark

__all__ = ["Consent", "Creation", "Layer", "Marked", "Marker", "Model", "Settings", "mark"]
