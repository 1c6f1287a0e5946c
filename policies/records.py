"""Registers that the moderation side exports as JSON Lines, as facts; and the figures computed from them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..provenance.errors import BadContent, UsageError
from .facts import Facts, Record, RecordFacts, facts_from

MAX_LINES = 1_000_000
# The first line may carry figures that no single entry holds, under this kind.
FIGURES = "figures"


def load(path: Path) -> Facts:
    """The facts of one export: a line is a `Record` as a JSON object; a line of kind "figures" holds totals.

    Raises:
        UsageError: the file cannot be read.
        BadContent: a line that is no record; the text names file and line.
    """
    try:
        with path.open(encoding="utf-8") as stream:
            return _facts(_objects(path, stream), path)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: the records cannot be read ({error})") from error


def json_schema() -> dict[str, Any]:
    """The JSON Schema of one line: an entry of a register, or the line of kind "figures" with totals."""
    from . import facts

    whole = facts.json_schema()["$defs"]
    record = dict(whole["Record"])
    figures = {name: one for name, one in whole["RecordFacts"]["properties"].items() if name != "entries"}
    totals = {
        "type": "object",
        "properties": {"kind": {"const": FIGURES}, **figures},
        "required": ["kind"],
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "indicia/records@1",
        "anyOf": [{**record, "required": ["kind"]}, totals],
    }


def _objects(path: Path, lines: Iterable[str]) -> Iterable[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(lines, 1):
        if number > MAX_LINES:
            raise BadContent(f"{path}:{number}: more than {MAX_LINES} records; split the export by period")
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BadContent(f"{path}:{number}: not JSON: {error}") from error
        if not isinstance(value, dict) or "kind" not in value:
            raise BadContent(f"{path}:{number}: a record is an object with a kind")
        yield number, value


def _facts(objects: Iterable[tuple[int, dict[str, Any]]], path: Path) -> Facts:
    entries: list[Record] = []
    figures: dict[str, Any] = {}
    for number, value in objects:
        try:
            if value["kind"] == FIGURES:
                figures |= {k: v for k, v in value.items() if k != "kind"}
                facts_from({"records": figures})
            else:
                found = facts_from({"records": {"entries": [value]}}).records.entries
                entries += found or ()
        except BadContent as error:
            raise BadContent(f"{path}:{number}: {error}") from error
    whole = facts_from({"records": figures}).records
    return Facts(subject=str(path), kind="records", records=_computed(whole, tuple(entries)))


def _computed(figures: RecordFacts, entries: tuple[Record, ...]) -> RecordFacts:
    """The given figures, and those that the entries themselves prove."""
    from dataclasses import replace

    decisions = [e for e in entries if e.kind == "decision"]
    answered = sorted(e.hours for e in entries if e.kind == "flag" and e.hours is not None and not e.open)
    complete = all(e.sha256 and e.rule_ids and e.outcome and e.actor for e in decisions) if decisions else None
    return replace(
        figures,
        entries=entries,
        log_complete=figures.log_complete if complete is None else complete,
        flag_p95_hours=answered[(len(answered) * 95 - 1) // 100] if answered else figures.flag_p95_hours,
    )
