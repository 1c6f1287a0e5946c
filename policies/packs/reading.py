"""The controls of one pack, from plain data: every key, date, word and fact is checked, and the rules are compiled."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from ...provenance.errors import BadContent
from ..control import Confidence, Control, Example, Force, Mutation, Read, Severity, Status
from ..located import place
from ..rules import compile_rule

ROLES = frozenset(
    "generator deployer platform app_store hosting_platform model_provider toolmaker capture_device".split()
)
MEDIA = frozenset("text image audio video document other".split())
SUBJECTS = frozenset("asset pipeline records organisation".split())
GROUPS = frozenset("labelling provenance watermark copyright misinformation transparency security platform".split())

KEYS = frozenset(
    "id title group jurisdiction instrument clause in_force until force severity confidence read roles media subject "
    "when require remedy command source citation caict note examples mutations".split()
)
_Kind = TypeVar("_Kind", bound=StrEnum)


def control(own: Any, defaults: Mapping[str, Any], pack: str, where: str, *, regulation: str = "") -> Control:
    """One control of a pack; `where` is its file, line and column, `regulation` the title of the pack.

    Raises:
        BadContent: it breaks the rules; with file, line and column.
    """
    if not isinstance(own, Mapping):
        raise BadContent(f"{where}: a control is a mapping")
    for key in own:
        if key not in KEYS:
            raise BadContent(f"{place(own, where, key)}: unknown key: {key}")
    entry = {**defaults, **own}
    needed = {"id", "title", "group", "clause", "in_force", "force", "severity", "read", "roles", "require", "remedy"}
    if missing := needed - set(entry):
        raise BadContent(f"{where}: missing keys: {', '.join(sorted(missing))}")

    def at(key: str) -> str:
        return place(own, where, key)

    found = Control(
        id=str(entry["id"]),
        pack=pack,
        title=str(entry["title"]),
        group=_one_of(entry["group"], GROUPS, "group", at("group")),
        jurisdiction=str(entry.get("jurisdiction", "*")),
        instrument=str(entry.get("instrument", "")),
        clause=str(entry["clause"]),
        in_force=_date(entry["in_force"], at("in_force")),
        until=_date(entry["until"], at("until")) if "until" in entry else None,
        force=_enum(Force, entry["force"], at("force")),
        severity=_enum(Severity, entry["severity"], at("severity")),
        confidence=_enum(Confidence, entry.get("confidence", "medium"), at("confidence")),
        read=_enum(Read, entry["read"], at("read")),
        roles=_some_of(entry["roles"], ROLES, "roles", at("roles")),
        media=_some_of(entry.get("media", sorted(MEDIA)), MEDIA, "media", at("media")),
        subjects=_some_of(entry.get("subject", ["asset"]), SUBJECTS, "subject", at("subject")),
        require=compile_rule(entry["require"], where=at("require")),
        when=compile_rule(entry["when"], where=at("when")) if "when" in entry else None,
        remedy=str(entry["remedy"]),
        source=str(entry.get("source", "")),
        citation=str(entry.get("citation", "")),
        command=str(entry.get("command", "")),
        caict=tuple(map(str, _list(entry, "caict", at))),
        note=str(entry.get("note", "")),
        examples=tuple(_examples(_list(entry, "examples", at), where)),
        mutations=tuple(_mutations(_list(entry, "mutations", at), where)),
        where=where,
        regulation=regulation,
    )
    _consistent(found, where)
    return found


def _consistent(control: Control, where: str) -> None:
    if control.read is Read.MEMORY and control.severity is Severity.ERROR:
        raise BadContent(f"{where}: {control.id}: a clause known from memory is never an error; read it first")
    if control.until and control.until <= control.in_force:
        raise BadContent(f"{where}: {control.id}: ends before it begins")


def _examples(entries: Iterable[Any], where: str) -> Iterable[Example]:
    for entry in entries:
        if not isinstance(entry, Mapping) or set(entry) != {"name", "expect", "facts"}:
            raise BadContent(f"{place(entry, where)}: an example has exactly name, expect and facts")
        yield Example(str(entry["name"]), _enum(Status, entry["expect"], place(entry, where)), _plain(entry["facts"]))


def _mutations(entries: Iterable[Any], where: str) -> Iterable[Mutation]:
    for entry in entries:
        if not isinstance(entry, Mapping) or set(entry) != {"of", "set"}:
            raise BadContent(f"{place(entry, where)}: a mutation has exactly `of` and `set`")
        yield Mutation(str(entry["of"]), _plain(entry["set"]))


def _list(entry: Mapping[str, Any], key: str, at: Callable[[str], str]) -> Sequence[Any]:
    value = entry.get(key, ())
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise BadContent(f"{at(key)}: {key} is a list")
    return value


def _plain(value: Any) -> Any:
    """The loader's containers as plain ones, which pydantic and equality like better."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one) for one in value]
    return value


def _date(value: Any, where: str) -> dt.date:
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", str(value)):
            raise ValueError("not in the form of one")
        return dt.date.fromisoformat(str(value))
    except ValueError as error:
        raise BadContent(f"{where}: {value!r} is not a date such as 2025-09-01 ({error})") from error


def _enum(kind: type[_Kind], value: Any, where: str) -> _Kind:
    try:
        return kind(str(value))
    except ValueError as error:
        raise BadContent(f"{where}: {value!r} is none of {', '.join(kind)}") from error


def _one_of(value: Any, allowed: frozenset[str], what: str, where: str) -> str:
    if str(value) not in allowed:
        raise BadContent(f"{where}: {what} {value!r} is none of {', '.join(sorted(allowed))}")
    return str(value)


def _some_of(values: Any, allowed: frozenset[str], what: str, where: str) -> frozenset[str]:
    listed = [values] if isinstance(values, str) else values
    if not isinstance(listed, Sequence) or not listed:
        raise BadContent(f"{where}: {what} is empty, or no list")
    return frozenset(_one_of(value, allowed, what, where) for value in listed)
