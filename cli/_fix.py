"""`indicia audit --fix`: the remedies that need no human, shown first, carried out in place when confirmed."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..provenance.errors import IndiciaError
from ._output import clean, say

if TYPE_CHECKING:
    from ..policies.report import Report
    from ..provenance.imprint.settings import Layer

# Switches of `indicia label`, as remedies in packs write them -> the layer they leave out.
_WITHOUT = {
    "--no-visible": "visible",
    "--no-watermark": "watermark",
    "--no-metadata": "metadata",
    "--no-sign": "signature",
    "--no-register": "record",
}


def fix(report: Report, *, confirmed: bool) -> int:
    """Say, for each failing file, which layers would mend it; lay them in place if `confirmed`. How many failed."""
    plan = dict(_plan(report))
    for subject, layers in plan.items():
        say(f"fix {clean(subject)}: {', '.join(sorted(layers))}")
    if not plan:
        say("fix: nothing here is mended without a human")
        return 0
    if not confirmed:
        say(f"fix: {len(plan)} files would change in place; add --yes to do it")
        return 0
    return sum(not _mended(subject, layers) for subject, layers in plan.items())


def _plan(report: Report) -> Iterator[tuple[str, frozenset[Layer]]]:
    """Subjects with the layers that the remedies of their failures name, in the report's order."""
    from ..policies.control import Status

    wanted: dict[str, frozenset[Layer]] = {}
    for finding in report.findings:
        if finding.status is Status.FAIL and finding.sha256:
            wanted[finding.subject] = wanted.get(finding.subject, frozenset()) | _layers(finding.command)
    yield from ((subject, layers) for subject, layers in wanted.items() if layers)


def _layers(command: str) -> frozenset[Layer]:
    from ..provenance.imprint.settings import ALL_LAYERS, Layer

    try:
        words = shlex.split(command)
    except ValueError:  # the template of somebody's pack, with quotes that do not match
        return frozenset()
    match words[:2]:
        case ["indicia", "label"]:
            return ALL_LAYERS - {Layer(_WITHOUT[word]) for word in words if word in _WITHOUT}
        case ["indicia", "sign"] if not {"--tsa", "--model", "--training-mining"} & set(words):
            return frozenset({Layer.SIGNATURE})
    return frozenset()  # a person has to say which authority, model or licence is meant


def _mended(subject: str, layers: frozenset[Layer]) -> bool:
    from ..provenance.asset import Asset
    from ..provenance.imprint import Press, Settings, from_elsewhere

    try:
        with Press.open(Settings(layers=layers)) as press:
            press.imprint(from_elsewhere(Asset.open(subject), label="1", model=""), target=Path(subject))
    except IndiciaError as error:
        say(f"fix {clean(subject)}: not done: {clean(error)}")
        return False
    say(f"fix {clean(subject)}: done")
    return True
