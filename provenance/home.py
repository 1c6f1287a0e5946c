"""Where indicia keeps a user's keys, registry and models: $INDICIA_HOME, else the XDG folders."""

from __future__ import annotations

import os
from pathlib import Path


def data_folder() -> Path:
    """The folder of keys and the registry; it is not created here."""
    if home := os.environ.get("INDICIA_HOME"):
        return Path(home)
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "indicia"


def cache_folder() -> Path:
    """The folder of things that can be fetched or made again, such as converted models."""
    if home := os.environ.get("INDICIA_HOME"):
        return Path(home) / "cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "indicia"


def keys_folder() -> Path:
    """The folder of signing and watermark keys (files 0600, folder 0700)."""
    return data_folder() / "keys"


def registry_url() -> str:
    """The registry to use: $INDICIA_REGISTRY, else a SQLite file in the data folder."""
    return os.environ.get("INDICIA_REGISTRY") or f"sqlite:///{data_folder() / 'registry.db'}"
