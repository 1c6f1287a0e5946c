"""`indicia trust`: the lists that say which signers are known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..provenance.errors import UnreadableFile, UsageError
from ._output import clean, row, say

group = typer.Typer(no_args_is_help=True, help="Trust lists: which certificates may speak for a signer.")


@group.command("list")
def list_() -> None:
    """The lists in use: name, what they vouch for, how many certificates, and as of when."""
    from ..provenance.credentials.trust import default_store

    widths = (24, 8, 5, 10)
    print(row(("NAME", "FOR", "CERTS", "AS OF", "SOURCE"), widths))
    for one in default_store().lists:
        print(row((clean(one.name), one.use.value, str(one.size), one.as_of, clean(one.source)), widths))


@group.command()
def show(name: Annotated[str, typer.Argument(help="A list's name, as in 'trust list'.")]) -> None:
    """The certificates of one list: until when, and whose."""
    from ..provenance.credentials.certificates import parsed
    from ..provenance.credentials.trust import default_store

    lists = {one.name: one for one in default_store().lists}
    if name not in lists:
        raise UsageError(f"no list {name!r}; there are: {', '.join(lists)}")
    for certificate in parsed(lists[name].pem.encode()):
        print(f"{certificate.not_valid_after_utc:%Y-%m-%d}  {clean(certificate.subject.rfc4514_string())}")


@group.command()
def add(
    file: Annotated[Path, typer.Argument(help="PEM of one or more authorities, or of a self-signed signer.")],
    *,
    name: Annotated[str, typer.Option(help="What to call the list; the file's name otherwise.")] = "",
) -> None:
    """Trust the certificates of a PEM file on this machine."""
    from ..provenance.credentials import trust

    added = trust.add(_read(file), name or file.stem)
    say(f"{clean(added.name)}: {added.size} certificates are trusted on this machine")


@group.command()
def remove(
    name: Annotated[str, typer.Argument(help="A list of yours, or a bundled one to take back as shipped.")],
) -> None:
    """Forget a list that was added, or go back to the bundled copy of one that was updated."""
    from ..provenance.credentials import trust

    trust.remove(name)
    say(f"{clean(name)}: forgotten")


@group.command()
def update(
    file: Annotated[Path, typer.Argument(help="The newer list, as PEM.")],
    *,
    name: Annotated[str, typer.Option("--list", help="Which bundled list it replaces.")] = "c2pa-signers",
) -> None:
    """Use a newer copy of a bundled list; indicia fetches none by itself."""
    from ..provenance.credentials import trust

    updated = trust.update(_read(file), name)
    say(f"{clean(updated.name)}: {updated.size} certificates, in place of the bundled copy")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"{path}: cannot be read ({error.strerror})") from error
