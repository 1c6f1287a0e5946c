"""`indicia verify`: what is signed in files, by whom, and whether it still holds; in plain words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..provenance.errors import IndiciaError, UnreadableFile, UsageError
from ._output import clean, paint

if TYPE_CHECKING:
    from ..provenance.credentials import TrustStore
    from ..provenance.credentials.rubric import Check
    from ..provenance.evidence import Claim, Gap


def verify(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders; folders are walked.")],
    *,
    format: Annotated[str, typer.Option("--format", "-f", help="table or json.")] = "table",
    sidecar: Annotated[Path | None, typer.Option(help="The manifest beside the file, if not FILE.c2pa.")] = None,
    trust_anchor: Annotated[list[Path] | None, typer.Option(help="PEM of one more authority to trust.")] = None,
    rubric: Annotated[bool, typer.Option("--rubric", help="Run the official conformance rubric too.")] = False,
    require_trusted: Annotated[bool, typer.Option("--require-trusted", help="Exit 1 unless a list vouches.")] = False,
    require_signed: Annotated[
        bool, typer.Option("--require-signed", help="Exit 1 on files without a manifest.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Check C2PA manifests through the whole chain of parents; nothing is fetched.

    Exit 0 when all that is signed is intact, 1 when something is altered, malformed, invalid or laundered (or fails
    a --require option or the --rubric), 2 when a file cannot be read.
    """
    from ._progress import follow

    if format not in ("table", "json"):
        raise UsageError(f"no format {format!r}; there are: table, json")
    if sidecar is not None and (len(paths) != 1 or paths[0].is_dir()):
        raise UsageError("--sidecar goes with one file")
    trust = _trust(trust_anchor or [])
    files = follow(_files(paths), "verifying", quiet=quiet)
    found = [_look(path, trust, sidecar, rubric=rubric) for path in files]
    if format == "json":
        print(json.dumps([_as_json(one) for one in found], ensure_ascii=False, indent=2))
    else:
        for one in found:
            print("\n".join(_lines(one)))
    raise typer.Exit(_code(found, require_trusted=require_trusted, require_signed=require_signed))


commands = (verify,)

# status -> colour, sentence
_SAID = {
    "trusted": ("green", "signed and intact; {signer} is vouched for by {list}"),
    "untrusted": ("yellow", "signed and intact; no trust list vouches for {signer}"),
    "expired": (
        "yellow",
        "signed and intact; the certificate of {signer} had run out, and no trusted time-stamp helps",
    ),
    "invalid": ("red", "signed, but the manifest or the certificate of {signer} breaks the rules: {codes}"),
    "altered": ("red", "altered after it was signed by {signer}: {codes}"),
    "malformed": ("red", "its manifest is damaged and cannot be read: {codes}"),
    "laundered": ("red", "signed and intact itself, but over a parent that was altered before: {codes}"),
    "no manifest": ("dim", "no manifest"),
    "unreadable": ("red", "{codes}"),
}
_BAD = frozenset({"invalid", "altered", "malformed", "laundered"})


@dataclass(frozen=True, slots=True)
class _Found:
    path: Path
    claims: tuple[Claim, ...] = ()
    gaps: tuple[Gap, ...] = ()
    checks: tuple[Check, ...] | None = None
    error: str = ""

    @property
    def status(self) -> str:
        """One word for the file: the worst of what its active manifests and their chains say."""
        if self.error:
            return "unreadable"
        states = {claim.state.value for claim in self.claims if claim.depth == 0}
        if any(claim.laundered for claim in self.claims) and not states & _BAD:
            return "laundered"
        order = ("malformed", "altered", "invalid", "expired", "untrusted", "trusted")
        return next((state for state in order if state in states), "no manifest")


def _look(path: Path, trust: TrustStore, sidecar: Path | None, *, rubric: bool) -> _Found:
    from ..provenance.asset import Asset
    from ..provenance.credentials.verify import examine

    try:
        asset = Asset.open(path)
        claims, gaps = examine(asset, trust=trust, sidecar=sidecar)
        checks = _checked(asset, trust, sidecar) if rubric and claims else None
    except IndiciaError as error:
        return _Found(path, error=str(error))
    return _Found(path, claims, gaps, checks)


def _checked(asset: Any, trust: TrustStore, sidecar: Path | None) -> tuple[Check, ...]:
    from ..provenance.credentials.rubric import check
    from ..provenance.errors import BadContent

    try:
        return check(asset, trust=trust, sidecar=sidecar)
    except BadContent:
        return ()  # said already: the manifest is malformed


def _trust(anchors: list[Path]) -> TrustStore:
    from ..provenance.credentials.trust import default_store

    store = default_store()
    for path in anchors:
        try:
            store = store.with_anchors(path.read_bytes(), name=path.stem)
        except OSError as error:
            raise UnreadableFile(f"{path}: cannot be read ({error.strerror})") from error
        except IndiciaError as error:
            raise UsageError(f"{path}: {error}") from error
    return store


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        from ..provenance.credentials.sign import candidates

        yield from sorted(candidates(path))


def _code(found: list[_Found], *, require_trusted: bool, require_signed: bool) -> int:
    from .main import CLEAN, FINDINGS, USAGE

    if any(one.error for one in found):
        return USAGE
    unwanted = set(_BAD)
    unwanted |= {"untrusted", "expired"} if require_trusted else set()
    unwanted |= {"no manifest"} if require_signed or require_trusted else set()
    failed = any(check.outcome == "fail" for one in found for check in one.checks or ())
    return FINDINGS if failed or any(one.status in unwanted for one in found) else CLEAN


def _lines(one: _Found) -> Iterator[str]:
    colour, sentence = _SAID[one.status]
    worst = next((c for c in one.claims if c.laundered), None) if one.status == "laundered" else None
    top = next((c for c in one.claims if c.depth == 0 and c.state.value == one.status), None)
    top = top or next(iter(one.claims), None)
    said = sentence.format(
        signer=_signer(top),
        list=clean(top.trust_list) if top else "",
        codes=clean(one.error or ", ".join((worst or top).codes if top else ()), most=300),
    )
    yield (
        f"{clean(one.path)}: {paint(one.status, colour)}: {said}"
        if said != one.status
        else f"{clean(one.path)}: {said}"
    )
    for claim in one.claims:
        yield "  " * (claim.depth + 1) + _chain_line(claim)
    for gap in one.gaps:
        yield f"  not examined: {clean(gap.detail, most=300)}"
    if one.checks is not None:
        yield from _rubric_lines(one.checks)


def _signer(claim: Claim | None) -> str:
    if claim is None:
        return ""
    names = dict.fromkeys(filter(None, (clean(claim.signer, most=80), clean(claim.issuer, most=80))))
    return " of ".join(names) or "an unnamed signer"


def _chain_line(claim: Claim) -> str:
    role = {"": "the file", "parentOf": "its parent", "componentOf": "a component", "inputTo": "an input"}
    where = role.get(claim.relationship, clean(claim.relationship, most=40))
    parts = [f"{where}{' (sidecar)' if claim.sidecar else ''}: {claim.state.value}"]
    did = [_action_words(a.name, a.source_type, a.agent) for a in claim.actions[:6]]
    parts += [", ".join(did)] if did else []
    parts += [f"by {clean(claim.generator, most=80)}"] if claim.generator else []
    parts += [f"signed {clean(claim.signed_at, most=40)}"] if claim.signed_at else []
    return "; ".join(parts)


def _action_words(name: str, source_type: str, agent: str) -> str:
    words = clean(name.removeprefix("c2pa."), most=40)
    words += f" as {clean(source_type, most=60)}" if source_type else ""
    return words + (f" with {clean(agent, most=60)}" if agent else "")


def _rubric_lines(checks: tuple[Check, ...]) -> Iterator[str]:
    passed = sum(check.outcome != "fail" for check in checks)
    yield f"  official conformance rubric: {passed} of {len(checks)}"
    for check in checks:
        yield f"    {check.outcome.value:4}  {clean(check.text, most=300)}"


def _as_json(one: _Found) -> dict[str, Any]:
    from dataclasses import asdict

    made: dict[str, Any] = {
        "path": str(one.path).encode(errors="replace").decode(),
        "status": one.status,
        "claims": [asdict(claim) for claim in one.claims],
        "gaps": [asdict(gap) for gap in one.gaps],
    }
    if one.error:
        made["error"] = one.error
    if one.checks is not None:
        made["rubric"] = [asdict(check) for check in one.checks]
    return made
