"""Who signs: a key in a file, or a callback into a KMS or a PKCS#11 token."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol
from weakref import WeakKeyDictionary

from ..errors import BadContent, KeyTrouble, SigningFailed

if TYPE_CHECKING:
    import c2pa

Algorithm = Literal["es256", "es384", "es512", "ps256", "ps384", "ps512", "ed25519"]
ALGORITHMS: tuple[Algorithm, ...] = ("es256", "es384", "es512", "ps256", "ps384", "ps512", "ed25519")


class Signer(Protocol):
    """Someone who signs claims. `chain_pem` is the leaf, then its issuers, without the root."""

    @property
    def chain_pem(self) -> bytes:
        """The certificate chain in PEM."""
        ...

    def opened(self) -> contextlib.AbstractContextManager[c2pa.Signer]:
        """The native signer for one signature; errors of the signature come out as `SigningFailed`."""
        ...


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class FileSigner:
    """Signs with a private key held in memory (PKCS#8 PEM, not encrypted).

    With `tsa_url` each signature asks that RFC 3161 authority for a time-stamp over the network, and fails when it
    does not answer.
    """

    chain_pem: bytes
    key_pem: bytes = field(repr=False)
    alg: Algorithm = "es256"
    tsa_url: str | None = None

    @contextlib.contextmanager
    def opened(self) -> Iterator[c2pa.Signer]:
        """The native signer; it is made once a process and shared by its threads."""
        if self not in _native:
            _native[self] = _made(self)
        with _in_our_words(self.chain_pem, self.tsa_url):
            yield _native[self]


@dataclass(frozen=True, slots=True)
class CallbackSigner:
    """Signs through `callback(data) -> signature`: a KMS, a PKCS#11 token, a signing service.

    ECDSA signatures may be DER or raw r||s. What the callback raises is the cause of the `SigningFailed` that the
    caller gets.
    """

    callback: Callable[[bytes], bytes]
    alg: Algorithm
    chain_pem: bytes
    tsa_url: str | None = None

    @contextlib.contextmanager
    def opened(self) -> Iterator[c2pa.Signer]:
        """A native signer of its own for each signature, so that an error goes to the call that met it."""
        import c2pa

        raised: list[BaseException] = []

        def sign(data: bytes) -> bytes:
            # c2pa-python swallows what a callback raises and reports a broken signature instead.
            try:
                return self.callback(data)
            except BaseException as error:
                raised.append(error)
                raise

        number = getattr(c2pa.C2paSigningAlg, self.alg.upper())
        try:
            with _in_our_words(self.chain_pem, self.tsa_url):
                yield c2pa.Signer.from_callback(sign, number, self.chain_pem.decode(), self.tsa_url)
        except SigningFailed as error:
            if raised:
                cause = raised[0]
                text = f"the signing callback failed: {type(cause).__name__}: {cause}"
                raise SigningFailed(text) from cause
            raise error from error.__cause__


_native: WeakKeyDictionary[FileSigner, c2pa.Signer] = WeakKeyDictionary()
os.register_at_fork(after_in_child=_native.clear)


def consumed(native: c2pa.Signer) -> None:
    """A context has taken this native signer over: the next signature makes another."""
    for signer, known in list(_native.items()):
        if known is native:
            del _native[signer]


def _made(signer: FileSigner) -> c2pa.Signer:
    import c2pa

    info = c2pa.C2paSignerInfo(signer.alg.encode(), signer.chain_pem, signer.key_pem, _url(signer.tsa_url))
    try:
        return c2pa.Signer.from_info(info)
    except c2pa.C2paError as error:
        raise KeyTrouble(
            f"this key and chain cannot sign: {error}; check that both are PEM and fit {signer.alg}"
        ) from error


def _url(url: str | None) -> bytes | None:
    if url is None:
        return None
    if not url.startswith(("http://", "https://")):
        raise KeyTrouble(f"{url}: a time-stamp authority is an http(s) URL")
    return url.encode()


@contextlib.contextmanager
def _in_our_words(chain_pem: bytes, tsa_url: str | None) -> Iterator[None]:
    import c2pa

    from .certificates import faults
    from .native import reason

    try:
        yield
    except c2pa.C2paError as error:
        said = reason(error)
        if found := faults(chain_pem):
            raise SigningFailed(f"the certificate cannot sign: {'; '.join(found)}") from error
        if tsa_url and ("time" in said.lower() or "http" in said.lower()):
            raise SigningFailed(
                f"the time-stamp authority {tsa_url} gave no time-stamp ({said}); sign without --tsa"
            ) from error
        if "could not be parsed" in said or "fill whole buffer" in said:
            raise BadContent(f"the file is damaged, or built in a way that cannot carry a manifest ({said})") from error
        raise SigningFailed(f"not signed: {said}") from error
