"""Cases whose outcomes were concluded from the clauses before any pack was read, beside what the packs say.

A case names clauses and an outcome each. The controls of its jurisdiction whose clause holds that name are judged, and
the worst of their outcomes is the packs' answer: fail, then indeterminate, then pass, then not applicable. A case that
proved wrong keeps what it said; what is said now, and why, stands beside it under `revised`. Where the packs may answer
otherwise, the reason stands under `differs`.
"""

from __future__ import annotations

import copy
import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indicia.policies import packs
from indicia.policies.control import Control, Status
from indicia.policies.engine import Profile, evaluate
from indicia.policies.facts import facts_from
from indicia.policies.selftest import change

FOLDER = Path(__file__).parents[1] / "policies" / "cases"
_WORST = (Status.FAIL, Status.INDETERMINATE, Status.PASS, Status.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class Answer:
    """One clause of one case: what was concluded from the text, and what the packs say."""

    regime: str
    case: str
    clause: str
    expected: Status  # concluded before the packs were read, or what a written revision says
    found: Status | None  # None: no control has this clause
    controls: tuple[str, ...]
    differs: str = ""  # why the packs may answer otherwise

    @property
    def verdict(self) -> str:
        """Agree, differ or no control."""
        if self.found is None:
            return "no control"
        return "agree" if self.found is self.expected else "differ"


def answers(controls: Sequence[Control] | None = None) -> tuple[Answer, ...]:
    """Every expectation of every case beside the answer of the controls (all packs of the package when None)."""
    given = packs.load() if controls is None else controls
    return tuple(one for path in sorted(FOLDER.glob("*.yaml")) for one in _of_file(path, given))


def _of_file(path: Path, controls: Sequence[Control]) -> Iterator[Answer]:
    from ruamel.yaml import YAML

    for case in YAML(typ="safe").load(path.read_text(encoding="utf-8"))["cases"]:
        for expectation in case["expect"]:
            yield _answer(path.stem, case, expectation, controls)


def _answer(regime: str, case: dict[str, Any], expectation: dict[str, Any], controls: Sequence[Control]) -> Answer:
    named = [c for c in controls if c.jurisdiction == case["jurisdiction"] and _names(expectation["clause"], c)]
    given = copy.deepcopy(case["facts"])
    for path, value in case.get("revised", {}).get("set", {}).items():
        change(given, path, value)
    facts = facts_from({"subject": case["name"], **given})
    profile = Profile(_date(case["as_of"]), frozenset({case["role"]}), frozenset({case["jurisdiction"]}))
    statuses = {finding.status for finding in evaluate(facts, named, profile)} if named else set()
    return Answer(
        regime=regime,
        case=case["name"],
        clause=expectation["clause"],
        expected=Status(expectation.get("revised", expectation)["is"]),
        found=next((status for status in _WORST if status in statuses), None),
        controls=tuple(c.id for c in named),
        differs=expectation.get("differs", ""),
    )


def _names(clause: str, control: Control) -> bool:
    """Whether the control's clause holds this clause as a whole: "22757.3(a)" does not name "22757.3(a)(1)"."""
    wanted = r"[\s,§]*".join(map(re.escape, clause.split()))
    text = f"{control.instrument}; {control.clause}"
    return re.search(rf"(?<![\w.-]){wanted}(?!\w|\(|\.\d)", text) is not None


def _date(value: dt.date | str) -> dt.date:
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(value)
