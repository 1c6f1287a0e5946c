"""Signed audit statements: an in-toto statement in a DSSE envelope, signed with our keys, and its verification.

DSSE 1.0: the signature covers `DSSEv1 <type's length> <type> <body's length> <body>`, so that neither can be exchanged.
The signer's certificate chain stands beside the signature; who may speak of your audits is decided by your own anchors
alone, never by the lists of those who sign media.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..provenance.credentials.certificates import is_anchor, parsed
from ..provenance.errors import BadContent, IndiciaError, KeyTrouble, UsageError

if TYPE_CHECKING:
    from cryptography import x509

    from ..provenance.credentials.signer import FileSigner

TYPE = "application/vnd.in-toto+json"
MAX_BYTES = 256 << 20  # of an envelope
MAX_CHAIN = 8  # certificates


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification came to. The files are looked for below a folder by the names that the statement uses."""

    statement: dict[str, Any]
    signer: str  # the common name in the signer's certificate
    doubts: tuple[str, ...]  # why the signer is not to be believed; empty when an anchor of yours vouches for it
    changed: tuple[str, ...]  # files whose bytes are no longer those that were audited
    missing: tuple[str, ...]  # files that are not there

    @property
    def holds(self) -> bool:
        """Whether the signer is vouched for and every file is as it was audited."""
        return not (self.doubts or self.changed or self.missing)


def sign(statement: str, signer: FileSigner) -> str:
    """The envelope of a statement (the text of `--format intoto`), as JSON.

    Raises:
        UsageError: the statement speaks of no file, so there is nothing to vouch for.
        KeyTrouble: a key of a kind that cannot sign here.
    """
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if not json.loads(statement)["subject"]:
        raise UsageError("a statement is signed about files by their hashes; none was audited")
    body = statement.encode()
    signature = _signature(load_pem_private_key(signer.key_pem, None), _covered(body))
    envelope = {
        "payloadType": TYPE,
        "payload": base64.b64encode(body).decode(),
        "signatures": [
            {
                "keyid": _key_id(parsed(signer.chain_pem)[0]),
                "sig": base64.b64encode(signature).decode(),
                "cert": signer.chain_pem.decode(),
            }
        ],
    }
    return json.dumps(envelope, indent=1) + "\n"


def verify(
    envelope: bytes, *, anchors: Sequence[bytes], files: Path | None, now: dt.datetime | None = None
) -> Verified:
    """What a signed statement is worth.

    Args:
        envelope: the JSON text.
        anchors: PEM bundles of those whom you let speak.
        files: the folder that the names of subjects are relative to; None looks at no file.
        now: the time to judge certificates at; the clock's when None.

    Raises:
        BadContent: no envelope, or a signature that does not fit: the statement or the signature was changed.
    """
    body, signatures = _opened(envelope)
    first = signatures[0]
    chain = parsed(first["cert"].encode())[:MAX_CHAIN]
    if not _fits(chain[0], _decoded(first["sig"]), _covered(body)):
        raise BadContent("the signature does not fit the statement: one of them was changed after signing")
    statement = _statement(body)
    changed, missing = _compared(statement, files) if files else ((), ())
    doubts = tuple(_doubts(chain, [c for pem in anchors for c in parsed(pem)], now or dt.datetime.now(dt.UTC)))
    return Verified(statement, _name(chain[0]), doubts, changed, missing)


def _covered(body: bytes) -> bytes:
    """DSSE's pre-authentication encoding."""
    return b"DSSEv1 %d %s %d %s" % (len(TYPE), TYPE.encode(), len(body), body)


def _opened(envelope: bytes) -> tuple[bytes, list[dict[str, str]]]:
    try:
        if len(envelope) > MAX_BYTES:
            raise ValueError(f"more than {MAX_BYTES} bytes")
        found = json.loads(envelope)
        if found["payloadType"] != TYPE:
            raise ValueError(f"its payload is not {TYPE}")
        signatures = [{key: str(one[key]) for key in ("sig", "cert")} for one in found["signatures"]]
        if len(signatures) != 1:
            raise ValueError("it has not exactly one signature")
        return _decoded(found["payload"]), signatures
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadContent(f"not a signed statement (a DSSE envelope with its certificate): {error}") from error


def _decoded(text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise BadContent(f"not a signed statement: not base64: {error}") from error


def _statement(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
        if found["_type"] != "https://in-toto.io/Statement/v1":
            raise ValueError("another type of statement")
        if not all(isinstance(s["name"], str) and isinstance(s["digest"]["sha256"], str) for s in found["subject"]):
            raise ValueError("a subject without name and digest")
        return dict(found)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadContent(f"what was signed is no in-toto statement: {error}") from error


def _compared(statement: dict[str, Any], folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    from ..provenance.asset import Asset

    changed, missing = [], []
    for subject in statement["subject"]:
        try:
            digest = Asset.open(folder / subject["name"]).ref.sha256
        except (IndiciaError, ValueError):
            missing.append(subject["name"])
            continue
        if digest != subject["digest"]["sha256"]:
            changed.append(subject["name"])
    return tuple(changed), tuple(missing)


def _doubts(chain: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate], now: dt.datetime) -> list[str]:
    """Why no anchor vouches for the first certificate of the chain; empty when one does."""
    doubts = []
    for number, one in enumerate(chain):
        if not one.not_valid_before_utc <= now <= one.not_valid_after_utc:
            doubts.append(f"the certificate of {_name(one)} was valid until {one.not_valid_after_utc:%Y-%m-%d}")
        if number and not is_anchor(one):
            doubts.append(f"{_name(one)} is no authority and cannot vouch for others")
        if any(one == anchor or _issued(one, anchor) for anchor in anchors):
            return doubts
        if number + 1 < len(chain) and not _issued(one, chain[number + 1]):
            break
    return [*doubts, f"no anchor of yours vouches for {_name(chain[0])}; trust its root with --trust"]


def _issued(one: x509.Certificate, by: x509.Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        one.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _signature(key: Any, data: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(_hash(key.curve.key_size)))
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, _pss(), _hash(0))
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    raise KeyTrouble(f"a statement cannot be signed with a {type(key).__name__}; use an EC, RSA or Ed25519 key")


def _fits(leaf: x509.Certificate, signature: bytes, data: bytes) -> bool:
    """Whether the leaf's key made the signature; the algorithm follows from the key, never from the envelope."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    key = leaf.public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(_hash(key.curve.key_size)))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, _pss(), _hash(0))
        elif isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, data)
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _hash(bits: int) -> Any:
    from cryptography.hazmat.primitives import hashes

    return {384: hashes.SHA384(), 521: hashes.SHA512()}.get(bits, hashes.SHA256())


def _pss() -> Any:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    return padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256().digest_size)


def _key_id(leaf: x509.Certificate) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return hashlib.sha256(leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _name(certificate: x509.Certificate) -> str:
    from cryptography.x509.oid import NameOID

    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.subject.rfc4514_string()
