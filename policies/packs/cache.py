"""Packs as they were parsed, kept as JSON in the user's cache: reading YAML takes most of a second, this a hundredth.

The key is the hash of a pack's text and name, so that a pack that changes is read anew. What is kept is plain data and
is compiled and checked again each time; a file of somebody else, or that is no JSON, is as good as none.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...provenance import files, home
from ...provenance.errors import WriteFailed

FORM = 2  # of what is kept; another number makes old files unknown
MAX_FILES = 100


def get(text: str, name: str) -> dict[str, Any] | None:
    """The plain data of a pack that was read before, or None."""
    path = _path(text, name)
    try:
        if os.name == "posix" and ((stat := path.stat()).st_uid != os.getuid() or stat.st_mode & 0o022):
            return None  # somebody else could have written it
        body = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) and body.get("form") == FORM else None


def put(text: str, name: str, plain: Mapping[str, Any]) -> None:
    """Keep a pack's plain data where it can be kept; a cache that cannot be written is no fault."""
    path = _path(text, name)
    with contextlib.suppress(WriteFailed, OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        _make_room(path.parent)
        files.write_bytes(path, json.dumps({"form": FORM, **plain}, ensure_ascii=False).encode(), mode=0o600)


def _make_room(folder: Path) -> None:
    kept = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
    for path in kept[: max(0, len(kept) - MAX_FILES + 1)]:
        path.unlink(missing_ok=True)


def _path(text: str, name: str) -> Path:
    key = hashlib.sha256(f"{FORM}\0{name}\0{text}".encode()).hexdigest()
    return home.cache_folder() / "packs" / f"{key}.json"
