"""`indicia keys`: development keys to sign with, and the secrets of watermarks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ._output import clean, say

group = typer.Typer(no_args_is_help=True, help="Keys to sign with, and the secrets of watermarks.")

Folder = Annotated[Path | None, typer.Option(help="Folder of keys; your own otherwise.")]

_WARNING = """\
These keys are for development. Nobody but this machine trusts what they sign. To sign for others, get a
certificate from an authority on the C2PA trust list (sign --key KEY --chain CHAIN), or sign through a KMS."""


@group.command()
def init(
    *,
    folder: Folder = None,
    name: Annotated[str, typer.Option(help="The signer's name in the certificate.")] = "indicia development signer",
    days: Annotated[int, typer.Option(min=1, max=366, help="How long the certificate lasts.")] = 365,
    renew: Annotated[bool, typer.Option("--renew", help="Replace the signer; watermark keys stay.")] = False,
    no_trust: Annotated[bool, typer.Option("--no-trust", help="Do not trust the new root on this machine.")] = False,
) -> None:
    """Make a development authority, a signer that c2pa accepts, and a watermark key; files for your eyes only."""
    from ..provenance import keys

    made = (keys.renew if renew else keys.init)(folder, name=name, days=days)
    print(clean(made.folder))
    say(f"signer {clean(made.signer)}, until {made.expires:%Y-%m-%d}; watermark key {', '.join(made.mark_ids)}")
    if not no_trust:
        keys.trust_own_root(folder)
        say(f"its root is trusted on this machine as '{keys.DEVELOPMENT_LIST}' (indicia trust list)")
    say(_WARNING)


@group.command("list")
def list_(*, folder: Folder = None) -> None:
    """The keys there are, one a line: what for, id or name, and until when."""
    from ..provenance import keys

    found = keys.show(folder)
    print(f"sign   {clean(found.signer)}  until {found.expires:%Y-%m-%d}  {clean(found.folder / keys.KEY)}")
    for mark in found.mark_ids:
        print(f"mark   {mark}")


@group.command()
def show(*, folder: Folder = None) -> None:
    """The certificate chain of the signer, and what is wrong with it if c2pa would refuse it."""
    from ..provenance import keys
    from ..provenance.credentials.certificates import faults, parsed

    found = keys.show(folder)
    chain = (found.folder / keys.CHAIN).read_bytes()
    for certificate in parsed(chain):
        print(f"subject  {clean(certificate.subject.rfc4514_string())}")
        print(f"  issuer   {clean(certificate.issuer.rfc4514_string())}")
        print(f"  valid    {certificate.not_valid_before_utc:%Y-%m-%d} to {certificate.not_valid_after_utc:%Y-%m-%d}")
    for fault in faults(chain):
        say(f"indicia: this certificate cannot sign: {fault}")
    say(_WARNING if "indicia development" in found.signer else "")
