"""A control is one dated, cited requirement; a finding is what it says of one subject."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .nodes import Node


class Status(StrEnum):
    """The outcome of one control on one subject. Indeterminate is never a pass."""

    PASS = "pass"  # noqa: S105 - a status
    NOT_APPLICABLE = "not_applicable"
    WAIVED = "waived"
    INDETERMINATE = "indeterminate"
    FAIL = "fail"


class Severity(StrEnum):
    """How bad a breach is, worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Force(StrEnum):
    """What stands behind a control; kept apart from severity and from confidence."""

    LAW = "law"
    CODE = "code"  # a code of practice: adherence helps to show compliance
    STANDARD = "standard"
    GUIDE = "guide"
    CASE = "case"  # case law
    INTERNAL = "internal"  # good practice that follows from a cited recommendation


class Read(StrEnum):
    """How the clause was read. A text known from memory never makes an error (`Control` refuses it)."""

    PRIMARY = "primary"  # the text itself, in a verbatim copy
    SECONDARY = "secondary"  # a digest, an implementation, a report about it
    MEMORY = "memory"
    OWN = "own"  # our engineering rule, no outside text


class Confidence(StrEnum):
    """How sure the rule is to say what the clause says."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Example:
    """Facts under which a control must have this status; the tests run every one."""

    name: str
    expect: Status
    facts: dict[str, object]


@dataclass(frozen=True, slots=True)
class Mutation:
    """A change of a passing example's facts after which the control must fail: a dotted path and its new value."""

    of: str
    set: dict[str, object]


@dataclass(frozen=True, slots=True)
class Control:
    """One requirement. `when` narrows it to the subjects it speaks about, `require` is what must hold for them."""

    id: str
    pack: str
    title: str
    group: str
    jurisdiction: str  # "CN", "EU", "US-CA"..., or "*" for everywhere
    instrument: str
    clause: str
    in_force: dt.date
    until: dt.date | None
    force: Force
    severity: Severity
    confidence: Confidence
    read: Read
    roles: frozenset[str]
    media: frozenset[str]
    subjects: frozenset[str]  # asset, pipeline, records, organisation
    require: Node
    when: Node | None
    remedy: str
    source: str = ""
    citation: str = ""
    command: str = ""  # a command that would mend it, with {path}
    caict: tuple[str, ...] = ()
    note: str = ""
    examples: tuple[Example, ...] = ()
    mutations: tuple[Mutation, ...] = ()
    where: str = ""  # file and line in the pack
    regulation: str = ""  # the pack's title

    @property
    def help(self) -> str:
        """The page of this control in the documentation."""
        return f"docs/controls/{self.id}.md"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one control says of one subject."""

    control: str
    subject: str
    status: Status
    severity: Severity
    force: Force
    confidence: Confidence
    title: str
    clause: str
    grounds: tuple[str, ...] = ()
    remedy: str = ""
    command: str = ""
    locator: str = ""
    sha256: str = ""
    waiver: str = ""
    kind: str = field(default="finding")

    @property
    def fingerprint(self) -> str:
        """A stable name of this finding: the same control on the same path, whatever the run and the bytes."""
        return _digest(self.control, self.subject, self.locator)

    @property
    def identity(self) -> str:
        """What a baseline knows it by: as the fingerprint, but of these bytes. A new file at a known path is new."""
        return _digest(self.control, self.subject, self.locator, self.sha256)


def _digest(*parts: str) -> str:
    import hashlib

    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]
