"""Names a model without giving away where it lies: hub id or folder name, revision, licence."""

from __future__ import annotations

import hashlib
import importlib.metadata
import re
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..creation import Model

_SNAPSHOT = re.compile(r"models--(?P<owner>[^/]+?)--(?P<name>[^/]+)/snapshots/(?P<commit>[0-9a-f]{40})")
_LICENCE = re.compile(r"^license(?:_name)?:\s*[\"']?([^\s\"'\[#]+)", re.MULTILINE)
_CONFIGS = ("model_index.json", "config.json")


def describe(where: str, library: str, *, commit: str = "", licence: str = "") -> Model:
    """The model that was loaded from `where`, a hub id or a folder.

    A local folder is named by its last part only, so that no path of the user's machine leaves it.
    """
    if match := _SNAPSHOT.search(where):
        found = licence or licence_of(Path(where[: match.end()]))
        return Model(f"{match['owner']}/{match['name']}", match["commit"], found, library)
    folder = Path(where) if where else None
    if folder is not None and folder.is_dir():
        return Model(folder.resolve().name, commit or digest_of(folder), licence or licence_of(folder), library)
    # A path that is no longer there must not leak either; a hub id has at most one slash and no leading dot.
    name = where if re.fullmatch(r"[\w-][\w.-]*(/[\w.-]+)?", where) else Path(where).name
    return Model(name or "unnamed", commit, licence, library)


def licence_of(folder: Path) -> str:
    """The licence that the model card's front matter states, or nothing."""
    try:
        card = (folder / "README.md").read_text("utf-8", "replace")[:20_000]
    except OSError:
        return ""
    match = _LICENCE.search(card.split("\n---", 1)[0]) if card.startswith("---") else None
    return match[1] if match else ""


def digest_of(folder: Path) -> str:
    """A digest of configuration and weight sizes, which changes when the model is another one: "sha256:..."."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.safetensors")):
        digest.update(f"{path.relative_to(folder)} {path.stat().st_size}\n".encode())
    for name in _CONFIGS:
        if (folder / name).is_file():
            digest.update((folder / name).read_bytes())
    return f"sha256:{digest.hexdigest()[:32]}"


def version_of(library: str) -> str:
    """Such as "diffusers 0.42.1"."""
    return f"{library} {importlib.metadata.version(library)}"


def new_seed() -> int:
    """A seed for a call that named none, so that the creation can be told again."""
    return secrets.randbelow(1 << 31)


def first_text(value: object) -> str:
    """The prompt of a call as one text: a string, chat messages, or several prompts joined by lines."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return str(value.get("content", ""))
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return "\n".join(filter(None, map(first_text, value)))
    return ""


def flat(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a call with those of dictionaries among them in their place, for the log."""
    inner = {k: v for value in options.values() if isinstance(value, Mapping) for k, v in value.items()}
    return {**{k: v for k, v in options.items() if not isinstance(v, Mapping)}, **inner}


def of_transformers(network: Any) -> Model:
    """The model that a network of transformers was loaded from."""
    config = network.config
    where = str(getattr(network, "name_or_path", "") or getattr(config, "_name_or_path", ""))
    return describe(where, version_of("transformers"), commit=str(getattr(config, "_commit_hash", None) or ""))
