"""Trust lists: which certificates may speak for a signer, and which only for a clock."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from .. import files, home
from ..errors import BadContent, UnreadableFile, UsageError
from .certificates import bundle, is_anchor, parsed, to_pem

BUNDLED_AS_OF = "2026-08-05"
_FOLDER = Path(__file__).parent / "trust_lists"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Use(StrEnum):
    """What the certificates of a list may vouch for."""

    SIGNERS = "signers"  # issuers of those who sign manifests
    LEAVES = "leaves"  # single signers, by their own certificate
    CLOCKS = "clocks"  # time-stamp authorities; they never make a signer trusted


@dataclass(frozen=True, slots=True)
class TrustList:
    """A named list of certificates. `as_of` is its date (ISO 8601), empty when unknown."""

    name: str
    use: Use
    pem: str
    as_of: str = ""
    source: str = ""

    @property
    def size(self) -> int:
        """How many certificates it has."""
        return len(bundle(self.pem.encode()))


_BUNDLED = (
    ("c2pa-signers", Use.SIGNERS, "official C2PA Trust List"),
    ("interim-anchors", Use.SIGNERS, "Interim Trust List, frozen: issuers"),
    ("interim-allowed", Use.LEAVES, "Interim Trust List, frozen: single signers"),
    ("c2pa-tsa", Use.CLOCKS, "official C2PA TSA Trust List"),
)


@dataclass(frozen=True, slots=True)
class TrustStore:
    """The lists that are asked whether they vouch for a signer; an empty one trusts nobody."""

    lists: tuple[TrustList, ...] = ()

    def with_anchors(self, pem: str | bytes, *, name: str = "given") -> TrustStore:
        """This store and one more list of issuers (or self-signed signers).

        Raises:
            BadContent: no certificate in `pem`.
        """
        text = to_pem(bundle(pem.encode() if isinstance(pem, str) else pem))
        return TrustStore((*self.lists, TrustList(name, Use.SIGNERS, text)))

    def without_clocks(self) -> TrustStore:
        """This store with only the lists that may vouch for a signer."""
        return TrustStore(tuple(one for one in self.lists if one.use is not Use.CLOCKS))

    def settings(self) -> str:
        """The JSON of c2pa-rs's `trust.anchors`."""
        return _settings(self.lists)

    def vouches(self, uri: str) -> str:
        """The name of the signer list behind a list name that c2pa-rs reports; empty when it is a list of clocks.

        c2pa-rs lets a list of any kind make a manifest signer trusted, so its word is checked here.
        """
        if uri == "":  # c2pa-rs does not name the lists of single signers
            return next((one.name for one in self.lists if one.use is Use.LEAVES), "")
        found = next((one for one in self.lists if one.name == uri), None)
        return found.name if found is not None and found.use is not Use.CLOCKS else ""


@functools.lru_cache(maxsize=16)
def _settings(lists: tuple[TrustList, ...]) -> str:
    """Each certificate stands once, in the first list that has it and in no list of clocks if it can be helped.

    Where two lists vouch for a signer, c2pa-rs names one of them by chance.
    """
    seen: set[bytes] = set()
    entries = []
    for one in sorted(lists, key=lambda each: each.use is Use.CLOCKS):
        ders = bundle(one.pem.encode())
        if one.use is not Use.LEAVES:
            ders = tuple(der for der in ders if der not in seen)
            seen.update(ders)
        if ders:
            entries.append(_entry(one, ders))
    return json.dumps(entries)


def _entry(one: TrustList, ders: tuple[bytes, ...]) -> dict[str, str]:
    if one.use is Use.LEAVES:
        # By their digests: as certificates they would be parsed again at every read.
        digests = "\n".join(base64.b64encode(hashlib.sha256(der).digest()).decode() for der in ders)
        return {"trust_uri": one.name, "trust_kind": "manifest", "trust_anchors": "", "allowed_list": digests}
    kind = "tsa" if one.use is Use.CLOCKS else "manifest"
    return {"trust_uri": one.name, "trust_kind": kind, "trust_anchors": to_pem(ders)}


def folder() -> Path:
    """Where the user's own lists and newer copies of the bundled ones are; it need not exist."""
    return home.data_folder() / "trust"


def default_store() -> TrustStore:
    """The bundled lists, or the user's newer copies of them, and the user's own anchors.

    Raises:
        BadContent: a list in the user's folder is not a PEM bundle.
    """
    return TrustStore(bundled() + own())


def bundled() -> tuple[TrustList, ...]:
    """The four lists that come with indicia, each replaced by the user's newer copy where there is one."""
    newer = folder()
    return tuple(
        _stored(newer / f"{name}.pem", name, use, source)
        if (newer / f"{name}.pem").is_file()
        else TrustList(name, use, _shipped(name), BUNDLED_AS_OF, source)
        for name, use, source in _BUNDLED
    )


def own() -> tuple[TrustList, ...]:
    """The user's own anchors, one list a file."""
    names = {name for name, _, _ in _BUNDLED}
    paths = sorted(folder().glob("*.pem"))
    return tuple(_stored(p, p.stem, Use.SIGNERS, "added here") for p in paths if p.stem not in names)


def add(pem: bytes, name: str) -> TrustList:
    """Take in a PEM bundle as the user's own anchors under `name`.

    Raises:
        BadContent: no X.509 certificate in it.
        UsageError: the name is not a plain word, or is a bundled list's; or a certificate is neither an authority's
            nor self-signed, so that nothing could chain to it.
    """
    if name in {bundled_name for bundled_name, _, _ in _BUNDLED}:
        raise UsageError(f"{name} is a bundled list: use 'indicia trust update FILE --list {name}'")
    for certificate in parsed(pem):
        if not is_anchor(certificate):
            issuer = certificate.issuer.rfc4514_string()
            raise UsageError(
                f"{certificate.subject.rfc4514_string()} is a signer, no authority: add its issuer {issuer}"
            )
    return _store(pem, name, Use.SIGNERS, "added here")


def update(pem: bytes, name: str) -> TrustList:
    """Take in a newer copy of a bundled list.

    Raises:
        BadContent: no X.509 certificate in it.
        UsageError: there is no bundled list of that name.
    """
    for bundled_name, use, source in _BUNDLED:
        if name == bundled_name:
            return _store(pem, name, use, source)
    raise UsageError(f"no bundled list {name!r}; there are: {', '.join(n for n, _, _ in _BUNDLED)}")


def remove(name: str) -> None:
    """Forget the user's own anchors of that name, or go back to the bundled copy of a list.

    Raises:
        UsageError: the user has no list of that name.
    """
    path = folder() / f"{_plain(name)}.pem"
    if not path.is_file():
        raise UsageError(f"no list of yours is named {name!r}; 'indicia trust list' shows them")
    path.unlink()


def _store(pem: bytes, name: str, use: Use, source: str) -> TrustList:
    parsed(pem)
    folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder() / f"{_plain(name)}.pem"
    files.write_bytes(path, pem)
    return _stored(path, name, use, source)


def _stored(path: Path, name: str, use: Use, source: str) -> TrustList:
    import datetime

    try:
        pem, seconds = path.read_bytes(), path.stat().st_mtime
    except OSError as error:
        raise UnreadableFile(f"{path}: cannot be read ({error.strerror})") from error
    try:
        text = to_pem(bundle(pem))
    except BadContent as error:
        raise BadContent(f"{path}: {error}") from error
    day = datetime.datetime.fromtimestamp(seconds, datetime.UTC).date().isoformat()
    return TrustList(name, use, text, day, source)


@functools.cache
def _shipped(name: str) -> str:
    return (_FOLDER / f"{name}.pem").read_text(encoding="utf-8")


def _plain(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot name a list: use letters, digits, '.', '-' and '_'")
    return name
