"""Certificates: the profile that C2PA demands of a signer, in words, and PEM bundles taken apart."""

from __future__ import annotations

import base64
import datetime
import re
from typing import TYPE_CHECKING, TypeVar

from ..errors import BadContent

if TYPE_CHECKING:
    from cryptography import x509

_E = TypeVar("_E", bound="x509.ExtensionType")

CLAIM_SIGNING = "1.3.6.1.4.1.62558.2.1"  # c2pa-kp-claimSigning
_ACCEPTED = {CLAIM_SIGNING, "1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.36"}
_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")


def bundle(pem: bytes) -> tuple[bytes, ...]:
    """The DER certificates of a PEM bundle, in order; text between them is passed over.

    Raises:
        BadContent: no certificate in it, or one that is not base64.
    """
    try:
        found = tuple(base64.b64decode(b"".join(m.group(1).split()), validate=True) for m in _BLOCK.finditer(pem))
    except ValueError as error:
        raise BadContent(f"a certificate in the PEM is not base64: {error}") from error
    if not found:
        raise BadContent("no certificate in it: a PEM bundle has -----BEGIN CERTIFICATE----- blocks")
    return found


def to_pem(ders: tuple[bytes, ...]) -> str:
    """The certificates as PEM, without any text between them."""
    head, foot = "-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n"
    return "".join(head + base64.encodebytes(der).decode() + foot for der in ders)


def parsed(pem: bytes) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM bundle.

    Raises:
        BadContent: none, or one that is not X.509.
    """
    from cryptography import x509

    try:
        return tuple(x509.load_der_x509_certificate(der) for der in bundle(pem))
    except ValueError as error:
        raise BadContent(f"not an X.509 certificate: {error}") from error


def is_anchor(certificate: x509.Certificate) -> bool:
    """Whether a chain may end in this certificate: an authority's, or a self-signed signer's."""
    from cryptography import x509

    constraints = _extension(certificate, x509.BasicConstraints)
    return certificate.issuer == certificate.subject or (constraints is not None and constraints.ca)


def faults(chain_pem: bytes, *, now: datetime.datetime | None = None) -> tuple[str, ...]:
    """Why c2pa would refuse the first certificate of the chain as a signer's; empty when it has no fault.

    The profile is C2PA 2.4 section 14.5.1 as c2pa-rs 0.91 enforces it, whose own message for every fault is "the
    certificate is invalid".
    """
    try:
        leaf = parsed(chain_pem)[0]
    except BadContent as error:
        return (str(error),)
    now = now or datetime.datetime.now(datetime.UTC)
    found = []
    if now > leaf.not_valid_after_utc:
        found.append(f"it expired on {leaf.not_valid_after_utc:%Y-%m-%d}")
    if now < leaf.not_valid_before_utc:
        found.append(f"it is not valid before {leaf.not_valid_before_utc:%Y-%m-%d %H:%M} UTC")
    return (*found, *_profile(leaf))


def _profile(leaf: x509.Certificate) -> list[str]:
    from cryptography import x509

    found = []
    constraints = _extension(leaf, x509.BasicConstraints)
    if constraints is not None and constraints.ca:
        found.append("it is a certificate authority's, not a signer's")
    usage = _extension(leaf, x509.KeyUsage)
    if usage is None or not (usage.digital_signature or usage.content_commitment):
        found.append("its key usage lacks digitalSignature")
    if usage is not None and usage.key_cert_sign:
        found.append("its key usage has keyCertSign")
    extended = _extension(leaf, x509.ExtendedKeyUsage)
    purposes = {p.dotted_string for p in extended} if extended is not None else set()
    if not purposes & _ACCEPTED:
        found.append(f"its extended key usage lacks claimSigning ({CLAIM_SIGNING}) and emailProtection")
    if _extension(leaf, x509.AuthorityKeyIdentifier) is None:
        found.append("it lacks an authority key identifier")
    return found


def _extension(leaf: x509.Certificate, kind: type[_E]) -> _E | None:
    from cryptography import x509

    try:
        return leaf.extensions.get_extension_for_class(kind).value
    except (x509.ExtensionNotFound, ValueError):
        return None
