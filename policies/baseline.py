"""Baselines: the breaches that were there when somebody began; they stop nothing, and a baseline only shrinks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from ..provenance.errors import BadContent, UsageError
from .control import Finding, Status

SCHEMA = "indicia/baseline@1"


def read(path: Path) -> dict[str, str]:
    """What a baseline file knows: the identity of each finding, and "CONTROL subject" for people who read the file.

    Raises:
        UsageError: the file cannot be read.
        BadContent: not a baseline.
    """
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: the baseline cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise BadContent(f"{path}: not a baseline: {error}") from error
    if not isinstance(body, dict) or body.get("schema") != SCHEMA or not isinstance(body.get("known"), dict):
        raise BadContent(f"{path}: not a baseline: its schema is not {SCHEMA}")
    return {str(identity): str(name) for identity, name in body["known"].items()}


def begun(findings: Iterable[Finding]) -> dict[str, str]:
    """A baseline of today's breaches."""
    return {f.identity: _name(f) for f in findings if f.status is Status.FAIL}


def shrunk(known: Mapping[str, str], findings: Iterable[Finding]) -> dict[str, str]:
    """The baseline without what has been mended, replaced or removed; it never grows by itself.

    What this run did not look at, could not decide or waived stays, as long as its file is there.
    """
    status = {f.identity: f.status for f in findings}
    judged = {_name(f) for f in findings}
    return {
        identity: name
        for identity, name in known.items()
        if (status[identity] is not Status.PASS if identity in status else name not in judged and _is_there(name))
    }


def text(known: Mapping[str, str]) -> str:
    """The text of a baseline file, by subject, so that a change of it can be read."""
    by_name = dict(sorted(known.items(), key=lambda entry: (entry[1].partition(" ")[::-1], entry[0])))
    return json.dumps({"schema": SCHEMA, "known": by_name}, ensure_ascii=False, indent=1) + "\n"


def _name(finding: Finding) -> str:
    return f"{finding.control} {finding.subject}"


def _is_there(name: str) -> bool:
    return Path(name.partition(" ")[2]).exists()
