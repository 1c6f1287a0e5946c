"""`indicia audit`: files held against dated packs of law and good practice, with an exit code a build can act on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..provenance.errors import UsageError
from ._output import clean, say

if TYPE_CHECKING:
    from ..moderation.scan import Options
    from ..policies.audit import Judge
    from ..policies.facts import Facts
    from ..policies.manifest import Manifest
    from ..policies.report import Gate, Report
    from ..provenance.dossier import Dossier


MEASURE_SECONDS = 30.0  # for the headers of one file


def audit(
    paths: Annotated[list[str] | None, typer.Argument(help="Files and folders.")] = None,
    policy: Annotated[
        list[str] | None, typer.Option("--policy", "-p", help="Pack name or YAML file; all if none.")
    ] = None,
    rego: Annotated[list[Path] | None, typer.Option(help="Rego policy over the same facts (extra `rego`).")] = None,
    role: Annotated[list[str] | None, typer.Option(help="Role judged: generator, deployer, platform...")] = None,
    jurisdiction: Annotated[list[str] | None, typer.Option(help="CN, EU, US-CA...; all if none.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Date of the law, YYYY-MM-DD; today (UTC) if none.")] = None,
    generated: Annotated[
        bool, typer.Option("--generated", help="You answer for it: these are outputs of a model.")
    ] = False,
    declare: Annotated[
        list[str] | None, typer.Option(help="fact=value that you answer for, e.g. deepfake=true.")
    ] = None,
    waivers: Annotated[Path | None, typer.Option(help="YAML file of accepted breaches.")] = None,
    no_waivers: Annotated[bool, typer.Option("--no-waivers", help="Leave the waiver file out of account.")] = False,
    baseline: Annotated[Path | None, typer.Option(help="Known breaches: they stop nothing, and only shrink.")] = None,
    manifest: Annotated[Path | None, typer.Option(help="Pipeline manifest (indicia.yaml) to judge as well.")] = None,
    records: Annotated[
        list[Path] | None, typer.Option(help="Exported registers (JSON Lines) to judge as well.")
    ] = None,
    through: Annotated[str, typer.Option(help="Command with {in} and {out}: tell which marks it kills.")] = "",
    before: Annotated[Path | None, typer.Option(help="Originals of PATHS: tell which marks were lost since.")] = None,
    format: Annotated[str, typer.Option("--format", "-f", help="table, json, jsonl, sarif, junit, html...")] = "table",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write here instead of stdout.")] = None,
    fail_on: Annotated[str, typer.Option(help="Least severity that fails: error, warning or note.")] = "error",
    force: Annotated[str, typer.Option(help="Only these fail, e.g. law,code; all if none.")] = "",
    strict: Annotated[bool, typer.Option("--strict", help="Exit 3 if anything could not be told.")] = False,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=0, help="Processes; 0 takes one a core.")] = 0,
    see: Annotated[bool, typer.Option("--see", help="Read labels in pictures, video and sound: seconds each.")] = False,
    sign: Annotated[bool, typer.Option("--sign", help="With --format intoto: sign it with your own key.")] = False,
    key: Annotated[Path | None, typer.Option(help="With --sign: another private key, or a keys folder.")] = None,
    chain: Annotated[Path | None, typer.Option(help="With --key: its certificate chain, leaf first.")] = None,
    fix: Annotated[bool, typer.Option("--fix", help="Show what can be mended without a human.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --fix: do it, in place.")] = False,
) -> None:
    """Judge files by packs of controls: labelling, provenance, watermark, copyright, misinformation and more.

    Exit 0 clean, 1 a breach at or above the gate, 2 unusable input, 3 undecided with --strict. What the law asks of a
    person (is it a deep fake? an advertisement?) is declared with --declare, never guessed.
    """
    from ..policies import packs
    from ..policies import waivers as waiving
    from ..policies.audit import audit_dossiers
    from ..policies.baseline import read as read_baseline
    from ..policies.writers import writer

    if sign and format != "intoto":
        raise UsageError("--sign signs an in-toto statement; add --format intoto")
    known = read_baseline(baseline) if baseline and baseline.exists() else {}
    chosen, declared = writer(format), _declared(declare or [], generated)
    pipeline = _manifest(manifest)
    profile = _profile(role or pipeline.roles, jurisdiction or pipeline.jurisdictions, as_of)
    found = _files(paths or []) if not (through or before) else ()
    report = audit_dossiers(
        _dossiers(found, jobs, see),
        packs.load(policy or ()),
        profile,
        declared=declared,
        declarations=pipeline.assets,
        measured=_measured(found, jobs),
        others=[
            *_survivors(through, before, paths or [], declared),
            *_of_manifest(manifest, pipeline, profile.as_of),
            *_of_records(records or []),
        ],
        judges=_judges(rego or []),
        waivers=waiving.load(waivers) if waivers and not no_waivers else (),
        known=frozenset(known),
        gate=_gate(fail_on, force, strict),
    )
    if not report.findings:
        raise UsageError("nothing was audited: name files, folders, --manifest or --records")
    _keep_baseline(baseline, known, report)
    text = chosen.write(report)
    _deliver(_signed(text, key, chain) if sign else text, output)
    if fix:
        from ._fix import fix as mend

        mend(report, confirmed=yes)
    raise typer.Exit(report.exit_code)


commands = (audit,)


def _files(paths: Sequence[str]) -> Sequence[str]:
    from ..moderation.scan import files

    return tuple(files(paths))


def _dossiers(paths: Sequence[str], jobs: int, see: bool) -> Iterator[Dossier]:
    from ..moderation.pool import cores
    from ..moderation.scan import scan

    return scan(paths, _options(see), jobs=jobs or cores())


def _measured(paths: Sequence[str], jobs: int) -> Iterator[dict[str, Any]]:
    """What each file itself tells; measured in processes, since a hostile file may hang or kill its reader."""
    from ..moderation.pool import Failure, cores, run
    from ..policies.measure import measuring

    for _, found in run(measuring, paths, jobs=jobs or cores(), seconds=MEASURE_SECONDS):
        yield {} if isinstance(found, Failure) else found


def _options(see: bool = False) -> Options:
    """Registry and keys of the user's own home, where there are any."""
    from ..moderation.scan import Options
    from ..provenance.home import data_folder, keys_folder, registry_url

    own = registry_url() != f"sqlite:///{data_folder() / 'registry.db'}" or (data_folder() / "registry.db").exists()
    return Options(
        registry=registry_url() if own else None, keys=keys_folder() if keys_folder().is_dir() else None, see=see
    )


def _survivors(command: str, before: Path | None, paths: Sequence[str], declared: dict[str, Any]) -> list[Facts]:
    """Facts of each file, with what it keeps and loses on its way through a command, or has since it was `before`."""
    if command and before:
        raise UsageError("--through runs a step, --before names what was there before one; choose one of them")
    if not command and not before:
        return []
    from ..moderation.scan import files, scan
    from ..policies.examine import of_dossier
    from ..policies.survival import compare, originals, run_through

    def look(path: Path) -> Dossier:
        return next(scan([str(path)], _options()))

    if before:
        pairs = [(look(old), look(new)) for old, new in originals(before, paths, files)]
    else:
        pairs = run_through(command, [Path(p) for p in files(paths)], look)
    found = [compare(of_dossier(old, declared), old, new) for old, new in pairs]
    for facts in found:
        lost = facts.asset.marks_lost or ()
        say(
            f"{clean(facts.subject)}: kept {len(facts.asset.marks_kept or ())}, lost {clean(', '.join(lost) or 'none')}"
        )
    return found


def _manifest(path: Path | None) -> Manifest:
    from ..policies.manifest import Manifest, load

    return load(path) if path else Manifest(name="")


def _of_manifest(path: Path | None, manifest: Manifest, as_of: dt.date) -> Sequence[Facts]:
    from ..policies.examine import subject
    from ..policies.manifest import facts_of

    return facts_of(manifest, path.parent, as_of, subject=subject(str(path))) if path else ()


def _of_records(paths: Sequence[Path]) -> Sequence[Facts]:
    from ..policies.records import load

    return [load(path) for path in paths]


def _judges(paths: Sequence[Path]) -> Sequence[Judge]:
    if not paths:
        return ()
    from ..policies.adapters import rego

    return [rego.load(path) for path in paths]


def _profile(roles: Sequence[str] | None, jurisdictions: Sequence[str] | None, as_of: str | None) -> Any:
    from ..policies.engine import Profile
    from ..policies.packs import ROLES

    asked = frozenset(roles or ["generator"])
    if strange := asked - ROLES:
        raise UsageError(f"no role {', '.join(sorted(strange))}; there are: {', '.join(sorted(ROLES))}")
    try:
        date = dt.date.fromisoformat(as_of) if as_of else dt.datetime.now(dt.UTC).date()
    except ValueError as error:
        raise UsageError(f"--as-of {as_of}: not a date such as 2026-01-31") from error
    return Profile(date, asked, frozenset(jurisdictions or ()))


def _declared(pairs: Sequence[str], generated: bool) -> dict[str, Any]:
    """`fact=value` pairs as asset facts; values are true, false, a number, a list after commas, or a word."""
    found: dict[str, Any] = {"generated": True} if generated else {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name.isidentifier():
            raise UsageError(f"--declare {pair}: write fact=value, such as deepfake=true")
        found[name] = _value(text)
    return found


def _value(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    if "," in text:
        return [part.strip() for part in text.split(",") if part.strip()]
    try:
        return int(text)
    except ValueError:
        return text


def _gate(fail_on: str, forces: str, strict: bool) -> Gate:
    from ..policies.control import Force, Severity
    from ..policies.report import Gate

    try:
        severity = Severity(fail_on)
        wanted = frozenset(Force(name.strip()) for name in forces.split(",") if name.strip())
    except ValueError as error:
        raise UsageError(f"--fail-on takes {', '.join(Severity)}; --force takes {', '.join(Force)}") from error
    return Gate(severity, wanted or frozenset(Force), strict)


def _keep_baseline(path: Path | None, known: dict[str, str], report: Report) -> None:
    """A baseline that is not there yet takes the present breaches; one that is there only shrinks."""
    if path is None:
        return
    from ..policies import baseline
    from ..provenance.files import write_bytes

    kept = baseline.shrunk(known, report.findings) if path.exists() else baseline.begun(report.findings)
    if not path.exists():
        say(f"indicia: {path} now holds {len(kept)} known breaches; from the next run on they stop nothing")
    elif kept == known:
        return
    write_bytes(path, baseline.text(kept).encode())


def _signed(statement: str, key: Path | None, chain: Path | None) -> str:
    from ..policies.statement import sign
    from ..provenance.keys import load_signer

    return sign(statement, load_signer(key, chain))


def _deliver(text: str, output: Path | None) -> None:
    from ..policies.writers import encoded

    data = encoded(text)
    if output is None:
        typer.echo(data, nl=False)
        return
    from ..provenance.files import write_bytes

    write_bytes(output, data)
    say(f"indicia: wrote {output}")
