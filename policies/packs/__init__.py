"""Packs of controls, one YAML file a regulation; read, checked against the vocabulary, and compiled.

A pack is data: nothing in it is ever run. Errors name the file, the line and the column.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...provenance.errors import BadContent, UsageError
from .. import located
from ..control import Control
from . import cache
from .reading import GROUPS, KEYS, MEDIA, ROLES, SUBJECTS, control

__all__ = ["FOLDER", "GROUPS", "MEDIA", "ROLES", "SUBJECTS", "load", "names", "parse"]

FOLDER = Path(__file__).parent
MAX_PACKS = 100  # that one call reads, with all that they include
_WHOLE = frozenset({"pack", "title", "checked_on"})


@dataclass(frozen=True, slots=True)
class Pack:
    """One file: its own controls, and the packs it includes, each with the place that names it."""

    controls: tuple[Control, ...]
    include: tuple[tuple[str, str], ...]


def names() -> tuple[str, ...]:
    """The packs that come with the package."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def load(which: Sequence[str] = ()) -> tuple[Control, ...]:
    """The controls of packs by name or path, with those they include; all that come with the package without a name.

    Raises:
        UsageError: no such pack, two controls of one id, or nothing in it (an empty policy is an error).
        BadContent: a pack that breaks the rules or includes itself, with file, line and column.
    """
    read: dict[Path, Pack] = {}
    controls = tuple(c for name in (which or names()) for c in _with_included(_find(name), (), read))
    seen: dict[str, str] = {}
    for one in controls:
        if one.id in seen:
            raise UsageError(f"{one.where}: {one.id} stands already at {seen[one.id]}")
        seen[one.id] = one.where
    if not controls:
        raise UsageError("an empty policy is an error, not a pass: name at least one pack with controls")
    return controls


def parse(text: str, name: str = "pack.yaml") -> tuple[Control, ...]:
    """The controls that stand in a pack's text itself; as `load`."""
    return _pack(text, name).controls


def _with_included(path: Path, above: tuple[Path, ...], read: dict[Path, Pack]) -> Iterator[Control]:
    """Controls of what a pack includes, then its own; a file that was read before adds nothing."""
    if path in read:
        return
    if len(read) >= MAX_PACKS:
        raise BadContent(f"{path}: more than {MAX_PACKS} packs in one policy")
    pack = read[path] = _pack(located.read_text(path, "a pack"), path.name)
    for name, place in pack.include:
        found = _included(name, path, place)
        if found in (*above, path):
            raise BadContent(f"{place}: {name} includes itself: {' -> '.join(p.name for p in (*above, path, found))}")
        yield from _with_included(found, (*above, path), read)
    yield from pack.controls


def _find(name: str) -> Path:
    if name in names():
        return FOLDER / f"{name}.yaml"
    path = Path(name)
    if path.suffix in (".yaml", ".yml") and path.is_file():
        return path.resolve()
    raise UsageError(f"no pack named {name!r}; there are: {', '.join(names())}, or give the path of a YAML file")


def _included(name: str, by: Path, place: str) -> Path:
    """A pack of ours by name, or a file at or below the folder of the pack that names it."""
    if name in names():
        return FOLDER / f"{name}.yaml"
    path = (by.parent / name).resolve()
    if path.suffix not in (".yaml", ".yml") or not path.is_relative_to(by.parent) or not path.is_file():
        raise BadContent(f"{place}: no pack {name!r}: include a pack by name, or a YAML file beside or below this one")
    return path


@functools.lru_cache(maxsize=MAX_PACKS)
def _pack(text: str, name: str) -> Pack:
    with contextlib.suppress(KeyError, TypeError, ValueError, BadContent):  # a damaged cache is as good as none
        if (kept := cache.get(text, name)) is not None:
            return _compiled(kept)
    body = located.parse(text, name)
    _check_whole(body, name)
    plain = {
        "pack": str(body["pack"]),
        "title": str(body["title"]),
        "defaults": body.get("defaults", {}),
        "controls": [(one, located.place(one, name)) for one in body.get("controls", ())],
        "include": [(str(one), located.place(body, name, "include")) for one in body.get("include", ())],
    }
    pack = _compiled(plain)
    cache.put(text, name, plain)  # only what is sound is kept
    return pack


def _compiled(plain: Mapping[str, Any]) -> Pack:
    controls = (
        control(own, plain["defaults"], plain["pack"], where, regulation=plain["title"])
        for own, where in plain["controls"]
    )
    return Pack(tuple(controls), tuple((name, where) for name, where in plain["include"]))


def _check_whole(body: Any, name: str) -> None:
    if not isinstance(body, Mapping) or not set(body) >= _WHOLE or not {"controls", "include"} & set(body):
        raise BadContent(f"{name}:1:1: a pack has pack, title, checked_on, controls, and maybe defaults and include")
    for key in body:
        if key not in {*_WHOLE, "controls", "defaults", "include"}:
            raise BadContent(f"{located.place(body, name, key)}: unknown key: {key}")
    for key in ("controls", "include"):
        value = body.get(key, [None])
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise BadContent(f"{located.place(body, name, key)}: {key} is a list")
        if not value:
            raise BadContent(f"{located.place(body, name, key)}: a pack with no {key} is an error, not a pass")
    defaults = body.get("defaults", {})
    if not isinstance(defaults, Mapping):
        raise BadContent(f"{located.place(body, name, 'defaults')}: defaults is a mapping")
    for key in defaults:
        if key not in KEYS - {"id", "title", "require", "examples", "mutations"}:
            place = located.place(defaults, name, key)
            raise BadContent(f"{place}: defaults hold what controls share, not {key}")
