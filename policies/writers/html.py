"""A page that a compliance officer can read and print: by regulation, by asset, and what was not examined."""

from __future__ import annotations

import base64
import functools
import io
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..control import Finding, Status
from ..report import Report
from . import Writer
from .table import clean

if TYPE_CHECKING:
    from jinja2 import Template

MAX_SUBJECTS = 500  # shown with their findings; the page says how many more there are
MAX_FINDINGS = 5_000
MAX_PICTURES = 100
_SILENT = Status.NOT_APPLICABLE.value
_ORDER = (Status.FAIL, Status.INDETERMINATE, Status.WAIVED, Status.PASS, Status.NOT_APPLICABLE)
_WORDS = {status: {"indeterminate": "undecided"}.get(status.value, status.value.replace("_", " ")) for status in Status}
PICTURE = 160  # pixels of a thumbnail's longer side


class Html:
    """One file that needs nothing else; every string from a file is escaped and on one line."""

    suffix = ".html"
    machine = True

    def write(self, report: Report) -> str:
        """The page."""
        subjects = _by_subject(report)
        shown = list(itertools.islice(_fitting(subjects), MAX_SUBJECTS))
        return (
            _template().render(
                report=report,
                counts={_WORDS[s]: report.counts()[s] for s in _ORDER},
                packs=_by_pack(report),
                coverage=_coverage(report),
                controls={control.id: control for control in report.controls},
                waived=[f for f in report.findings if f.status is Status.WAIVED][:MAX_FINDINGS],
                subjects=shown,
                beyond=len(subjects) - len(shown),
                pictures={name: _picture(name) for name, _ in shown[:MAX_PICTURES]},
                gaps=report.gaps[:1000],
                clean=clean,
            )
            + "\n"
        )


def _by_subject(report: Report) -> list[tuple[str, list[Finding]]]:
    """Subjects with what is open, those with failures first; then those with nothing open."""
    found: dict[str, list[Finding]] = {f.subject: [] for f in report.open()}
    for finding in report.open():
        found[finding.subject].append(finding)
    return list(found.items())


def _fitting(subjects: list[tuple[str, list[Finding]]]) -> Iterator[tuple[str, list[Finding]]]:
    """Subjects from the first on, until their findings are more than a page holds."""
    room = MAX_FINDINGS
    for subject, findings in subjects:
        if room <= 0:
            return
        yield subject, findings[:room]
        room -= len(findings)


def _by_pack(report: Report) -> list[tuple[str, dict[str, int]]]:
    """How many findings of each status every regulation has that spoke of something here, worst first."""
    packs = {control.id: control.regulation or control.pack for control in report.controls}
    table: dict[str, dict[str, int]] = {}
    for finding in report.findings:
        row = table.setdefault(packs.get(finding.control, "Other rules"), {status.value: 0 for status in Status})
        row[finding.status.value] += 1
    spoken = ((pack, row) for pack, row in table.items() if any(n for s, n in row.items() if s != _SILENT))
    return sorted(spoken, key=lambda one: (-one[1]["fail"], -one[1]["indeterminate"], one[0]))


def _coverage(report: Report) -> dict[str, Any]:
    """How many controls spoke of something here, how many of those were decided everywhere, and who was silent."""
    spoke = {f.control for f in report.findings if f.status is not Status.NOT_APPLICABLE}
    open_ones = {f.control for f in report.findings if f.status is Status.INDETERMINATE}
    titles = {c.regulation or c.pack: False for c in report.controls}
    for control in report.controls:
        titles[control.regulation or control.pack] |= control.id in spoke
    return {
        "spoke": len(spoke),
        "decided": len(spoke - open_ones),
        "silent": [title for title, said in titles.items() if not said],
    }


def _picture(path: str) -> str:
    """A small picture of the asset as a data URI, or nothing for what cannot be shown."""
    from ...provenance.asset import Asset
    from ...provenance.errors import IndiciaError

    try:
        picture = Asset.open(Path(path)).image().convert("RGB")
    except IndiciaError:
        return ""
    picture.thumbnail((PICTURE, PICTURE))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=75)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


@functools.cache
def _template() -> Template:
    import jinja2

    environment: Any = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    found: Template = environment.from_string(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
    return found


writer: Writer = Html()
