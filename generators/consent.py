"""A person's consent to be imitated: read from a file, checked, and carried with everything made under it."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..provenance.errors import BadContent, UnreadableFile, UsageError

SCHEMA = "indicia/consent@1"
KINDS = ("voice", "face")

# An assertion label of our own: neither C2PA nor CAWG has one for consent. Reverse-domain, as C2PA 2.4, 6.2 asks.
LABEL = "io.github.indicia.consent"

_FIELDS = ("who", "what", "scope", "date", "expiry")
_MAX_BYTES = 64 << 10
_LONGEST = 500  # characters of one field


@dataclass(frozen=True, slots=True)
class Consent:
    """Who agreed to what. All of it stands in the manifest in clear: `who` may be a name, or a contract's number.

    `what` is of `KINDS`; `date` and `expiry` are ISO days, the last of them included; `sha256` is that of the file.
    """

    who: str
    what: tuple[str, ...]
    scope: str
    date: str
    expiry: str
    sha256: str = ""

    @staticmethod
    def open(path: str | os.PathLike[str]) -> Consent:
        """The consent in a JSON or YAML file.

        Raises:
            UnreadableFile: it cannot be read.
            BadContent: a field that is missing, empty, unknown or too long, or days that are none or out of order.
        """
        name = Path(path).name
        try:
            with open(path, "rb") as stream:
                data = stream.read(_MAX_BYTES + 1)
        except OSError as error:
            raise UnreadableFile(f"{path}: cannot be read ({error.strerror or error})") from error
        if len(data) > _MAX_BYTES:
            raise BadContent(f"{name}: more than {_MAX_BYTES} bytes are no consent record")
        return _checked(_parsed(data, name), hashlib.sha256(data).hexdigest(), name)

    def covers(self, likeness: Sequence[str], *, today: dt.date | None = None) -> None:
        """Nothing, if it holds today and for all of `likeness`.

        Raises:
            UsageError: it does not; the text says why.
        """
        now = today or dt.datetime.now(dt.UTC).date()
        if missing := [kind for kind in likeness if kind not in self.what]:
            raise UsageError(f"the consent of {self.who} covers {', '.join(self.what)}, not {', '.join(missing)}")
        if now < dt.date.fromisoformat(self.date):
            raise UsageError(f"the consent of {self.who} begins on {self.date}; nothing was made")
        if now > dt.date.fromisoformat(self.expiry):
            raise UsageError(f"the consent of {self.who} ran out on {self.expiry}; nothing was made")

    def assertion(self) -> dict[str, Any]:
        """The assertion that carries it in a manifest."""
        data = {"schema": SCHEMA, "who": self.who, "what": list(self.what), "scope": self.scope, "date": self.date,
                "expiry": self.expiry, "sha256": self.sha256}  # fmt: skip
        return {"label": LABEL, "data": data}


def require(consent: Consent | None, likeness: Sequence[str]) -> None:
    """Nothing, if no likeness is taken or a consent covers it; one that is given must hold in any case.

    Raises:
        UsageError: a call that imitates a person, without that person's consent.
    """
    if consent is None and likeness:
        raise UsageError(
            f"this call takes a person's {' and '.join(likeness)}: give that person's consent record "
            "(consent=Consent.open(FILE), --consent FILE)"
        )
    if consent is not None:
        consent.covers(likeness)


def _parsed(data: bytes, name: str) -> dict[str, Any]:
    """The mapping in the file. JSON is YAML too, and days stay the texts they are."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    reader = YAML(typ="base", pure=True)
    try:
        found = reader.load(data.decode("utf-8"))
    except (YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise BadContent(f"{name}: no consent record in YAML or JSON ({' '.join(str(error).split())[:200]})") from error
    if not isinstance(found, dict):
        raise BadContent(f"{name}: no consent record: it must be a mapping with {', '.join(_FIELDS)}")
    return found


def _checked(found: dict[str, Any], sha256: str, name: str) -> Consent:
    found = {key: value for key, value in found.items() if not (key == "schema" and value == SCHEMA)}
    if set(found) != set(_FIELDS):
        odd = ", ".join(sorted(map(str, set(found) ^ set(_FIELDS))))
        raise BadContent(f"{name}: a consent record has the fields {', '.join(_FIELDS)}; missing or unknown: {odd}")
    what = found["what"] if isinstance(found["what"], list) else [found["what"]]
    for field, value in (*((f, found[f]) for f in _FIELDS if f != "what"), *(("what", v) for v in what)):
        if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST:
            raise BadContent(f"{name}: {field} must be a text of 1 to {_LONGEST} characters")
    if not what or not set(what) <= set(KINDS):
        raise BadContent(f"{name}: what must be {' or '.join(KINDS)}, or a list of them")
    begins, ends = _day(found["date"], "date", name), _day(found["expiry"], "expiry", name)
    if ends < begins:
        raise BadContent(f"{name}: the expiry lies before the date")
    return Consent(found["who"].strip(), tuple(dict.fromkeys(what)), found["scope"].strip(), begins.isoformat(),
                   ends.isoformat(), sha256)  # fmt: skip


def _day(value: str, field: str, name: str) -> dt.date:
    try:
        return dt.date.fromisoformat(value.strip())
    except ValueError as error:
        raise BadContent(f"{name}: {field} must be a day such as 2026-11-26, not {value[:40]!r}") from error
