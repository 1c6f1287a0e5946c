"""`indicia sign`: a C2PA manifest in files, or beside them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..provenance.errors import IndiciaError, UsageError
from ._output import clean, is_folder, say

if TYPE_CHECKING:
    from ..provenance.credentials import Statement
    from ..provenance.credentials.signer import FileSigner


def sign(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders; folders are walked.")],
    *,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file for one, a folder for many.")] = None,
    key: Annotated[Path | None, typer.Option(help="Private key (PEM), or a keys folder; your own otherwise.")] = None,
    chain: Annotated[
        Path | None, typer.Option(help="Its certificate chain (PEM), leaf first, without the root.")
    ] = None,
    created: Annotated[bool, typer.Option("--created", help="State that the content was made new.")] = False,
    edited: Annotated[bool, typer.Option("--edited", help="State that a parent was changed.")] = False,
    source_type: Annotated[str, typer.Option(help="How it came about, e.g. trainedAlgorithmicMedia.")] = "",
    agent: Annotated[str, typer.Option(help="The software that made it, when no model did.")] = "",
    model: Annotated[str, typer.Option(help="The model that made it.")] = "",
    model_version: Annotated[str, typer.Option(help="The model's version or revision.")] = "",
    parent: Annotated[Path | None, typer.Option(help="What was edited; its chain is kept. Itself otherwise.")] = None,
    prompt: Annotated[str | None, typer.Option(help="The prompt; everyone who has the file can read it.")] = None,
    title: Annotated[str, typer.Option(help="A title to state.")] = "",
    training_mining: Annotated[str, typer.Option(help="allowed, notAllowed or constrained, for all uses.")] = "",
    sidecar: Annotated[bool, typer.Option("--sidecar", help="Write FILE.c2pa; the file stays as it is.")] = False,
    tsa: Annotated[str | None, typer.Option(help="Time-stamp authority; the only use of the network.")] = None,
    thumbnail: Annotated[int, typer.Option(min=0, max=1024, help="Long edge of a stored preview; 0 for none.")] = 0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Sign files with a C2PA manifest, in place or to -o; a failure leaves each file as it was.

    Without --created and --edited nothing is said of where the content comes from, unless --model or --source-type
    say that it is new. A file that is signed already keeps its chain. The paths written are printed on stdout.
    """
    from ..provenance import keys
    from ._progress import progress

    statement = _statement(
        created=created, edited=edited, source_type=source_type, model=model, model_version=model_version,
        agent=agent, prompt=prompt, title=title, parent=parent, training_mining=training_mining,
    )  # fmt: skip
    signer = keys.load_signer(key, chain, tsa_url=tsa)
    failed = 0
    with progress("signing", quiet=quiet) as advance:
        for source, target in _targets(paths, output, sidecar=sidecar):
            failed += not _one(source, target, statement, signer, sidecar=sidecar, thumbnail=thumbnail, quiet=quiet)
            advance(str(source))
    if failed:
        say(f"indicia: {failed} not signed; they are as they were")
        raise typer.Exit(2)


commands = (sign,)


def _one(
    source: Path, target: Path | None, statement: Statement, signer: FileSigner, *, sidecar: bool, thumbnail: int,
    quiet: bool,
) -> bool:  # fmt: skip
    """Sign one file; False and a line on stderr when that failed."""
    from ..provenance.credentials.sign import sign_file
    from ._progress import measured

    try:
        if target is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
        with measured(source.name, quiet=quiet) as tell:
            size = source.stat().st_size if tell is not None and source.is_file() else 0
            told = None if tell is None else lambda doing, done: tell(doing, min(done, size), size)
            written = sign_file(
                source, statement, signer, output=target, sidecar=sidecar, thumbnail=thumbnail, progress=told
            )
    except IndiciaError as error:
        say(f"indicia: {clean(error)}")
        return False
    except OSError as error:
        say(f"indicia: {clean(target)}: cannot write there ({error.strerror})")
        return False
    print(clean(written))
    if statement.kind != "created":
        _warn_of_laundering(source, written, sidecar or written.suffix == ".c2pa")
    return True


def _warn_of_laundering(source: Path, written: Path, sidecar: bool) -> None:
    """What was taken in as a parent may have been tampered with; the new signature must not hide that."""
    from ..provenance.asset import Asset
    from ..provenance.credentials.verify import read

    claims = read(Asset.open(source), sidecar=written) if sidecar else read(Asset.open(written))
    if any(claim.laundered for claim in claims):
        say(f"indicia: warning: {clean(written)}: its parent was altered after it was signed, and verify will say so")


def _statement(
    *, created: bool, edited: bool, source_type: str, model: str, model_version: str, agent: str, prompt: str | None,
    title: str, parent: Path | None, training_mining: str,
) -> Statement:  # fmt: skip
    from ..provenance.asset import Asset
    from ..provenance.credentials import Statement
    from ..provenance.credentials.manifest import MINING, checked

    if created and edited:
        raise UsageError("give either --created or --edited")
    edited = edited or parent is not None
    created = created or bool(not edited and (source_type or model))
    if (created or edited) and not source_type:
        if not model:
            raise UsageError("say how it came about with --source-type (e.g. trainedAlgorithmicMedia, humanEdits)")
        source_type = "compositeWithTrainedAlgorithmicMedia" if edited else "trainedAlgorithmicMedia"
    return checked(
        Statement(
            kind="created" if created else "edited" if edited else "opened",
            source_type=source_type or "empty",
            model=model,
            model_version=model_version,
            agent=agent or "indicia",
            prompt=prompt,
            title=title,
            parent=Asset.open(parent) if parent is not None else None,
            training_mining=dict.fromkeys(MINING, training_mining) if training_mining else None,
        )
    )


def _targets(paths: list[Path], output: Path | None, *, sidecar: bool) -> list[tuple[Path, Path | None]]:
    """Each file with where its signed form goes; None for its own place. No two go to one place.

    Raises:
        UsageError: two would.
    """
    pairs = list(_pairs(paths, output, ".c2pa" if sidecar else ""))
    taken: dict[Path, Path] = {}
    for source, target in pairs:
        if target is not None and target in taken:
            raise UsageError(f"{source} and {taken[target]} would both become {target}; sign them one by one")
        taken |= {target: source} if target is not None else {}
    return pairs


def _pairs(paths: list[Path], output: Path | None, suffix: str) -> Iterator[tuple[Path, Path | None]]:
    from ..provenance.credentials.sign import candidates

    single = len(paths) == 1 and not paths[0].is_dir()
    for path in paths:
        for source in sorted(candidates(path)) if path.is_dir() else [path]:
            if output is None:
                yield source, None
            elif single and not is_folder(output, source):
                yield source, output
            else:
                inner = source.relative_to(path) if path.is_dir() else Path(source.name)
                yield source, output / inner.with_name(inner.name + suffix)
