"""`indicia verify`: what is signed in files, by whom, and whether it still holds; in plain words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..provenance.errors import IndiciaError, UnreadableFile, UsageError
from ._output import language

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
    lang: Annotated[str | None, typer.Option(help="en or zh; by locale otherwise.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Check C2PA manifests through the whole chain of parents; nothing is fetched.

    Exit 0 when all that is signed is intact, 1 when something is altered, malformed, invalid or laundered (or fails
    a --require option or the --rubric), 2 when a file cannot be read.
    """
    from ._claims import lines
    from ._progress import follow

    spoken = language(lang)
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
            told = lines(one.path, one.status, one.claims, one.gaps, one.checks, error=one.error, lang=spoken)
            print("\n".join(told))
    raise typer.Exit(_code(found, require_trusted=require_trusted, require_signed=require_signed))


commands = (verify,)

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
