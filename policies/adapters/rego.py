"""Rego policies over the facts: `deny`, `warn` and `undecided` sets of one package, as findings beside the controls'.

Rego has no third value: a comparison with an unknown fact is false, and a rule that is not met says nothing. So this
adapter looks up which facts a policy names, and where one of them is unknown a silent policy is undecided, not passed.
Needs `pip install 'indicia[rego]'`, which is one exact interpreter: others compute other minima.
"""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...provenance.errors import BadContent, MissingExtra
from ..control import Confidence, Finding, Force, Severity, Status
from ..facts import Facts
from ..located import read_text

_KINDS = ("asset", "pipeline", "records", "organisation")
_FACT = re.compile(rf"\binput\.({'|'.join(_KINDS)})\.(\w+)")
_PLAIN = re.compile(r"\binput\.(kind|subject)\b")
_PACKAGE = re.compile(r"^package\s+([\w.]+)\s*$", re.MULTILINE)
# What would reach out of the policy: nothing is fetched, and a verdict does not depend on the machine or the clock.
_OUTSIDE = re.compile(r"\b(http\.send|net\.\w+|opa\.runtime|rand\.\w+|time\.now_ns|trace)\b")
_SETS = (
    ("deny", Status.FAIL, Severity.ERROR),
    ("warn", Status.FAIL, Severity.WARNING),
    ("undecided", Status.INDETERMINATE, Severity.WARNING),
)


@dataclass(frozen=True, slots=True)
class Rego:
    """One policy, parsed. `facts` are the (part, name) pairs that it reads."""

    package: str
    facts: frozenset[tuple[str, str]]
    sets: tuple[str, ...]  # those of deny, warn, undecided that it has
    engine: Any

    def judge(self, facts: Facts) -> tuple[Finding, ...]:
        """A finding for each entry of its sets; one that passes, or is undecided, where there is none."""
        if facts.kind not in {part for part, _ in self.facts}:
            return (self._finding(facts, Status.NOT_APPLICABLE, f"speaks of no {facts.kind}"),)
        engine = self.engine.clone()
        engine.set_input_json(json.dumps(dataclasses.asdict(facts)))
        try:
            found = tuple(self._entries(engine, facts))
        except (RuntimeError, ValueError) as error:
            return (self._finding(facts, Status.INDETERMINATE, f"cannot be told: {_first_lines(error)}"),)
        if found:
            return found
        unknown = sorted(f"{p}.{n}" for p, n in self.facts if getattr(getattr(facts, p), n) is None)
        if unknown:
            return (self._finding(facts, Status.INDETERMINATE, f"not known: {', '.join(unknown)}"),)
        return (self._finding(facts, Status.PASS, "nothing is denied"),)

    def _entries(self, engine: Any, facts: Facts) -> Any:
        for name, status, severity in _SETS:
            if name in self.sets:
                for entry in json.loads(engine.eval_rule_as_json(f"data.{self.package}.{name}")):
                    text = entry.get("msg", entry) if isinstance(entry, dict) else entry
                    yield self._finding(facts, status, str(text), severity)

    def _finding(self, facts: Facts, status: Status, text: str, severity: Severity = Severity.WARNING) -> Finding:
        return Finding(
            control=f"REGO-{self.package}", subject=facts.subject, status=status, severity=severity,
            force=Force.INTERNAL, confidence=Confidence.MEDIUM, title=f"Rego policy {self.package}", clause="own rule",
            grounds=(text,), locator=text if status is Status.FAIL else "", sha256=facts.asset.sha256 or "",
        )  # fmt: skip


def load(path: Path) -> Rego:
    """The policy in a file.

    Raises:
        UsageError: the file cannot be read.
        BadContent: it does not parse, reads facts that are not in the vocabulary or in a way that hides which, or
            reaches out of itself.
        MissingExtra: the interpreter is not installed.
    """
    return parse(read_text(path, "a Rego policy"), str(path))


def parse(text: str, name: str = "policy.rego") -> Rego:
    """As `load`, of a policy's text."""
    try:
        import regorus
    except ModuleNotFoundError as error:
        raise MissingExtra("policies in Rego", "rego") from error
    code = re.sub(r"#.*", "", text)
    package = _PACKAGE.search(code)
    sets = tuple(each for each, _, _ in _SETS if re.search(rf"^{each}\b", code, re.MULTILINE))
    if package is None or not sets:
        raise BadContent(f"{name}: a policy has a package and at least one of deny, warn and undecided")
    if outside := _OUTSIDE.search(code):
        raise BadContent(f"{name}: {outside[0]} reaches out of the policy; a verdict follows from the facts alone")
    facts = _facts_read(code, name)
    engine = regorus.Engine()
    try:
        engine.add_policy(name, text)
    except (RuntimeError, ValueError) as error:
        raise BadContent(f"{name}: not Rego: {_first_lines(error)}") from error
    return Rego(package[1], facts, sets, engine)


def _facts_read(code: str, name: str) -> frozenset[tuple[str, str]]:
    found = frozenset(_FACT.findall(code))
    for part, fact in found:
        if fact not in {f.name for f in dataclasses.fields(getattr(Facts(), part))}:
            raise BadContent(f"{name}: unknown fact {part}.{fact}")
    rest = _PLAIN.sub("", _FACT.sub("", code))
    if not found or re.search(r"\binput\b", rest):
        raise BadContent(f"{name}: facts are named whole, as input.asset.generated, so that an unknown one is noticed")
    return found


def _first_lines(error: Exception) -> str:
    """The interpreter's message without its backtrace, on one line."""
    return " ".join(str(error).partition("Stack backtrace")[0].split())[:300]
