"""Packs of controls, one YAML file a regulation; read, checked against the vocabulary, and compiled.

A pack is data: nothing in it is ever run. Errors name the file, the line and the column.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from ...provenance.errors import BadContent, UsageError
from ..control import Confidence, Control, Example, Force, Mutation, Read, Severity, Status
from ..rules import compile_rule

FOLDER = Path(__file__).parent
MAX_BYTES = 2 << 20  # of one pack; ours are under 100 KB
ROLES = frozenset(
    "generator deployer platform app_store hosting_platform model_provider toolmaker capture_device".split()
)
MEDIA = frozenset("text image audio video document other".split())
SUBJECTS = frozenset("asset pipeline records organisation".split())
GROUPS = frozenset("labelling provenance watermark copyright misinformation transparency security platform".split())

_KEYS = frozenset(
    "id title group jurisdiction instrument clause in_force until force severity confidence read roles media subject "
    "when require remedy command source citation caict note examples mutations".split()
)
_Kind = TypeVar("_Kind", bound=StrEnum)


def names() -> tuple[str, ...]:
    """The packs that come with the package."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def load(which: Sequence[str] = ()) -> tuple[Control, ...]:
    """The controls of packs by name or path; all that come with the package when none is named.

    Raises:
        UsageError: no such pack, two controls of one id, or nothing in it (an empty policy is an error).
        BadContent: a pack that breaks the rules, with file, line and column.
    """
    paths = [_find(name) for name in (which or names())]
    controls = tuple(control for path in paths for control in _load(path))
    seen: dict[str, str] = {}
    for control in controls:
        if control.id in seen:
            raise UsageError(f"{control.where}: {control.id} stands already at {seen[control.id]}")
        seen[control.id] = control.where
    if not controls:
        raise UsageError("an empty policy is an error, not a pass: name at least one pack with controls")
    return controls


def parse(text: str, name: str = "pack.yaml") -> tuple[Control, ...]:
    """The controls of a pack's text; as `load`."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    if len(text.encode()) > MAX_BYTES:
        raise BadContent(f"{name}: a pack is at most {MAX_BYTES} bytes")
    try:
        body = YAML(typ="rt").load(text)  # the round-trip loader makes plain data and keeps lines and columns
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        raise BadContent(f"{place}: not YAML: {error.problem or error.context}") from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise BadContent(f"{name}: not YAML: {error}") from error
    if not isinstance(body, Mapping) or set(body) - {"defaults"} != {"pack", "title", "checked_on", "controls"}:
        raise BadContent(f"{name}:1:1: a pack has the keys pack, title, checked_on, controls, and maybe defaults")
    if not isinstance(body["controls"], Sequence) or not body["controls"]:
        raise BadContent(f"{name}: a pack without controls is an error, not a pass")
    defaults = body.get("defaults", {})
    if not isinstance(defaults, Mapping) or set(defaults) & {"id", "title", "require", "examples", "mutations"}:
        raise BadContent(f"{_line(defaults, name)}: defaults hold what controls share, not their id, title or rule")
    return tuple(_control(entry, defaults, str(body["pack"]), name) for entry in body["controls"])


@functools.cache
def _load(path: Path) -> tuple[Control, ...]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read as a pack ({error})") from error
    return parse(text, path.name)


def _find(name: str) -> Path:
    if name in names():
        return FOLDER / f"{name}.yaml"
    path = Path(name)
    if path.suffix in (".yaml", ".yml") and path.is_file():
        return path.resolve()
    raise UsageError(f"no pack named {name!r}; there are: {', '.join(names())}, or give the path of a YAML file")


def _control(own: Any, defaults: Mapping[str, Any], pack: str, name: str) -> Control:
    place = _line(own, name)
    if not isinstance(own, Mapping):
        raise BadContent(f"{place}: a control is a mapping")
    entry = {**defaults, **own}
    if extra := set(entry) - _KEYS:
        raise BadContent(f"{place}: unknown keys: {', '.join(sorted(map(str, extra)))}")
    needed = {"id", "title", "group", "clause", "in_force", "force", "severity", "read", "roles", "require", "remedy"}
    if missing := needed - set(entry):
        raise BadContent(f"{place}: missing keys: {', '.join(sorted(missing))}")
    control = Control(
        id=str(entry["id"]),
        pack=pack,
        title=str(entry["title"]),
        group=_one_of(entry["group"], GROUPS, "group", place),
        jurisdiction=str(entry.get("jurisdiction", "*")),
        instrument=str(entry.get("instrument", "")),
        clause=str(entry["clause"]),
        in_force=_date(entry["in_force"], place),
        until=_date(entry["until"], place) if "until" in entry else None,
        force=_enum(Force, entry["force"], place),
        severity=_enum(Severity, entry["severity"], place),
        confidence=_enum(Confidence, entry.get("confidence", "medium"), place),
        read=_enum(Read, entry["read"], place),
        roles=_some_of(entry["roles"], ROLES, "roles", place),
        media=_some_of(entry.get("media", sorted(MEDIA)), MEDIA, "media", place),
        subjects=_some_of(entry.get("subject", ["asset"]), SUBJECTS, "subject", place),
        require=compile_rule(entry["require"], where=_line(entry["require"], place)),
        when=compile_rule(entry["when"], where=_line(entry["when"], place)) if "when" in entry else None,
        remedy=str(entry["remedy"]),
        source=str(entry.get("source", "")),
        citation=str(entry.get("citation", "")),
        command=str(entry.get("command", "")),
        caict=tuple(map(str, entry.get("caict", ()))),
        note=str(entry.get("note", "")),
        examples=tuple(_examples(entry.get("examples", ()), place)),
        mutations=tuple(_mutations(entry.get("mutations", ()), place)),
        where=place,
    )
    _consistent(control, place)
    return control


def _consistent(control: Control, place: str) -> None:
    if control.read is Read.MEMORY and control.severity is Severity.ERROR:
        raise BadContent(f"{place}: {control.id}: a clause known from memory is never an error; read it first")
    if control.until and control.until <= control.in_force:
        raise BadContent(f"{place}: {control.id}: ends before it begins")


def _examples(entries: Iterable[Any], place: str) -> Iterable[Example]:
    for entry in entries:
        if not isinstance(entry, Mapping) or set(entry) != {"name", "expect", "facts"}:
            raise BadContent(f"{_line(entry, place)}: an example has exactly name, expect and facts")
        yield Example(str(entry["name"]), _enum(Status, entry["expect"], _line(entry, place)), _plain(entry["facts"]))


def _mutations(entries: Iterable[Any], place: str) -> Iterable[Mutation]:
    for entry in entries:
        if not isinstance(entry, Mapping) or set(entry) != {"of", "set"}:
            raise BadContent(f"{_line(entry, place)}: a mutation has exactly `of` and `set`")
        yield Mutation(str(entry["of"]), _plain(entry["set"]))


def _plain(value: Any) -> Any:
    """The loader's containers as plain ones, which pydantic and equality like better."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one) for one in value]
    if isinstance(value, dt.date):
        return value.isoformat()
    return value


def _date(value: Any, place: str) -> dt.date:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    raise BadContent(f"{place}: {value!r} is not a date such as 2025-09-01")


def _enum(kind: type[_Kind], value: Any, place: str) -> _Kind:
    try:
        return kind(str(value))
    except ValueError as error:
        raise BadContent(f"{place}: {value!r} is none of {', '.join(kind)}") from error


def _one_of(value: Any, allowed: frozenset[str], what: str, place: str) -> str:
    if str(value) not in allowed:
        raise BadContent(f"{place}: {what} {value!r} is none of {', '.join(sorted(allowed))}")
    return str(value)


def _some_of(values: Any, allowed: frozenset[str], what: str, place: str) -> frozenset[str]:
    listed = [values] if isinstance(values, str) else list(values or ())
    if not listed:
        raise BadContent(f"{place}: {what} is empty")
    return frozenset(_one_of(value, allowed, what, place) for value in listed)


def _line(node: Any, outer: str) -> str:
    mark = getattr(node, "lc", None)
    if mark is None or mark.line is None:
        return outer
    return f"{outer.split(':', 1)[0]}:{mark.line + 1}:{mark.col + 1}"
