"""JUnit XML, which every build server shows as tests."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from ..control import Finding, Status
from ..report import Report
from . import Writer

# Characters that XML 1.0 cannot hold at all (its production 2).
_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Junit:
    """A suite for each subject, a case for each control that applies; undecided cases are skipped with the reason."""

    suffix = ".xml"
    machine = True

    def write(self, report: Report) -> str:
        """The XML document."""
        root = ET.Element("testsuites", name="indicia")
        by_subject: dict[str, list[Finding]] = {subject: [] for subject in report.subjects}
        for finding in report.findings:
            if finding.status is not Status.NOT_APPLICABLE:
                by_subject[finding.subject].append(finding)
        for subject, cases in by_subject.items():
            failures = sum(f.status is Status.FAIL for f in cases)
            skipped = sum(f.status in (Status.INDETERMINATE, Status.WAIVED) for f in cases)
            suite = ET.SubElement(
                root, "testsuite", name=_clean(subject), tests=str(len(cases)), failures=str(failures),
                skipped=str(skipped), errors="0",
            )  # fmt: skip
            for finding in cases:
                _case(suite, finding)
        ET.indent(root, " ")
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(suite: ET.Element, finding: Finding) -> None:
    name = f"{finding.control} {finding.title}"
    case = ET.SubElement(suite, "testcase", classname=_clean(finding.subject), name=_clean(name), time="0")
    text = _clean("\n".join([*finding.grounds, finding.remedy, finding.command]).strip())
    match finding.status:
        case Status.FAIL:
            ET.SubElement(case, "failure", type=finding.severity.value, message=_clean(finding.clause)).text = text
        case Status.INDETERMINATE:
            ET.SubElement(case, "skipped", message=_clean("cannot be told: " + "; ".join(finding.grounds)))
        case Status.WAIVED:
            ET.SubElement(case, "skipped", message=_clean("waived: " + finding.waiver))


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)


writer: Writer = Junit()
