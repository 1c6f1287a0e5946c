"""The official C2PA asset rubrics, evaluated over a manifest store in C2PA's own JSON form (crJSON)."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UsageError
from . import formula

if TYPE_CHECKING:
    from ..asset import Asset
    from .trust import TrustStore

_FOLDER = Path(__file__).parent / "rubrics"
# name -> file, and the version of the specification that it expects
RUBRICS = {
    "conformance": ("asset-rubric-conformance0.2-spec2.4.yml", "2.4"),
    "conformance-2.2": ("asset-rubric-conformance0.2-spec2.2.yml", "2.2"),
    "integrity": ("asset-rubric-integrity.yml", "2.4"),
    "signals": ("asset-rubric-signals-local.yml", "2.4"),
    "text": ("asset-rubric-text-conformance.yml", "2.4"),
}


class Outcome(StrEnum):
    """What a check came to."""

    PASS = "pass"  # noqa: S105  a verdict, no secret
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a rubric: its id, its outcome, and the rubric's own words for it."""

    id: str
    outcome: Outcome
    text: str
    section: str = ""


def evaluate(crjson: Mapping[str, Any], *, rubric: str = "conformance") -> tuple[Check, ...]:
    """Every check of the rubric over the active manifest of a store, in the rubric's order.

    In the signals rubric "pass" means that the signal is there.

    Raises:
        UsageError: there is no such rubric.
    """
    loaded = _load(rubric)
    manifests = crjson.get("manifests")
    # The signals rubric speaks of one manifest, the others of the store.
    subject = manifests[0] if rubric == "signals" and isinstance(manifests, list) and manifests else crjson
    variables = {**loaded.variables, "$expected_spec_version": RUBRICS[rubric][1]}
    env = formula.Environment(subject, variables, loaded.helpers)
    return tuple(_check(entry, env) for entry in loaded.checks)


def check(
    asset: Asset, *, rubric: str = "conformance", trust: TrustStore | None = None, sidecar: Path | None = None
) -> tuple[Check, ...]:
    """Every check of the rubric over an asset's manifest; empty when it has none.

    Raises:
        BadContent: the manifest cannot be parsed.
        UsageError: there is no such rubric.
    """
    from .verify import crjson

    found = crjson(asset, trust=trust, sidecar=sidecar)
    return () if found is None else evaluate(found, rubric=rubric)


@dataclass(frozen=True, slots=True)
class _Entry:
    id: str
    node: formula.Node
    rule: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Rubric:
    variables: Mapping[str, Any]
    helpers: Mapping[str, formula.Node]
    checks: tuple[_Entry, ...]


def _check(entry: _Entry, env: formula.Environment) -> Check:
    found = entry.node(env, env.root)
    matched = formula.truth(found)
    if entry.rule.get("failIfMatched"):
        outcome = Outcome.FAIL if matched else Outcome.PASS
    elif entry.rule.get("warnIfMatched"):
        outcome = Outcome.WARN if matched else Outcome.PASS
    else:
        outcome = Outcome.PASS if matched else Outcome.FAIL
    words = entry.rule["reportText"]["true" if outcome is Outcome.PASS else "false"]["en"]
    matches = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
    text = str(words).strip().replace("{{matches}}", matches[:500])
    return Check(entry.id, outcome, text, str(entry.rule.get("specSection", "")))


@functools.cache
def _load(name: str) -> _Rubric:
    from ruamel.yaml import YAML

    if name not in RUBRICS:
        raise UsageError(f"no rubric {name!r}; there are: {', '.join(RUBRICS)}")
    text = (_FOLDER / RUBRICS[name][0]).read_text(encoding="utf-8")
    head, checks = YAML(typ="safe").load_all(text)
    helpers = {key: formula.parse(value) for key, value in head.get("expressions", {}).items()}
    entries = tuple(_Entry(rule["id"], formula.parse(rule["expression"]), rule) for rule in checks)
    return _Rubric(head.get("variables", {}), helpers, entries)
