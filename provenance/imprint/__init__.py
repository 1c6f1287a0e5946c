"""Lays all layers on a work in a fixed order, or none: label, watermark, metadata, fingerprints, signature, record."""

from __future__ import annotations

from .elsewhere import from_elsewhere
from .press import Press
from .settings import ALL_LAYERS, Layer, Settings
from .work import Imprint, Making, Work

__all__ = ["ALL_LAYERS", "Imprint", "Layer", "Making", "Press", "Settings", "Work", "from_elsewhere"]
