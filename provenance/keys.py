"""Keys: a development authority and signer, signers from files, and the secrets of watermarks."""

from __future__ import annotations

import datetime
import hashlib
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import files, home
from .credentials import trust
from .credentials.signer import Algorithm, CallbackSigner, FileSigner, Signer
from .errors import KeyTrouble, WriteFailed
from .marks import MarkKey

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes

__all__ = [
    "Algorithm", "CallbackSigner", "FileSigner", "Keys", "Signer", "ensure_keys", "init", "load_mark_keys",
    "load_signer", "renew",
]  # fmt: skip

CHAIN, KEY, ROOT, MARK = "chain.pem", "signer.key", "root.pem", "mark.key"
DEVELOPMENT_LIST = "indicia-development"  # the name under which this machine trusts its own root
_SECRET_BYTES = 32
_README = """These keys are for development.

signer.key, chain.pem   sign manifests; nobody but you trusts them
root.pem                the root that vouches for them; its private key was thrown away
mark.key                the secret of your watermarks: whoever has it can forge or erase them, and
                        whoever loses it can no longer read the marks made with it. Keep a copy.

To sign for others, get a certificate from an authority on the C2PA trust list and give it with
--key and --chain, or sign through a KMS with CallbackSigner.
"""


@dataclass(frozen=True, slots=True)
class Keys:
    """What a keys folder holds: paths, the signer's name, and when its certificate ends (UTC)."""

    folder: Path
    signer: str
    expires: datetime.datetime
    mark_ids: tuple[str, ...]


def init(folder: Path | None = None, *, name: str = "indicia development signer", days: int = 365) -> Keys:
    """Make a development authority, a signer under it and a watermark key in a folder of the user's alone.

    The chain is root, intermediate, leaf on P-256 (ES256), the leaf with claimSigning and emailProtection, which is
    what c2pa and the Conformance Program demand. The private keys of the two authorities are not kept.

    Raises:
        KeyTrouble: the folder holds keys already; they are left as they are.
        WriteFailed: the folder cannot be written.
    """
    where = _folder(folder)
    if (where / KEY).exists() or (where / CHAIN).exists():
        raise KeyTrouble(
            f"{where}: holds keys already; 'indicia keys init --renew' makes a new signer beside its marks"
        )
    return renew(where, name=name, days=days)


def renew(folder: Path | None = None, *, name: str = "indicia development signer", days: int = 365) -> Keys:
    """As `init`, in place of the signer that was there; the watermark key stays, because marks are read with it."""
    where = _folder(folder)
    try:
        where.mkdir(parents=True, exist_ok=True)
        where.chmod(0o700)
    except OSError as error:
        raise WriteFailed(f"{where}: no folder for keys can be made there ({error.strerror})") from error
    chain, key, root = _authority(name, days)
    if not (where / MARK).exists():
        files.write_bytes(where / MARK, secrets.token_hex(_SECRET_BYTES).encode() + b"\n", mode=0o600)
    files.write_bytes(where / KEY, key, mode=0o600)
    files.write_bytes(where / CHAIN, chain, mode=0o600)
    files.write_bytes(where / ROOT, root, mode=0o600)
    files.write_bytes(where / "README.txt", _README.encode(), mode=0o600)
    return show(where)


def ensure_keys(folder: Path | None = None) -> Keys:
    """The keys of the folder; made on first use, and then trusted on this machine as `indicia-development`."""
    where = _folder(folder)
    if (where / KEY).exists() and (where / CHAIN).exists():
        return show(where)
    made = init(where)
    trust_own_root(where)
    return made


def trust_own_root(folder: Path | None = None) -> None:
    """Add the development root to this user's own anchors, so that what is signed here verifies as trusted here."""
    trust.add((_folder(folder) / ROOT).read_bytes(), DEVELOPMENT_LIST)


def show(folder: Path | None = None) -> Keys:
    """What the folder holds.

    Raises:
        KeyTrouble: no keys there, or keys that others can read.
    """
    from .credentials.certificates import parsed

    where = _folder(folder)
    leaf = parsed(_private(where / CHAIN))[0]
    marks = tuple(key.id for key in load_mark_keys(where))
    return Keys(where, _common_name(leaf), leaf.not_valid_after_utc, marks)


def load_signer(
    key: Path | None = None, chain: Path | None = None, *, tsa_url: str | None = None, alg: Algorithm | None = None
) -> FileSigner:
    """The signer of a keys folder (the user's own without arguments), or of a key file and a chain file.

    The algorithm follows from the key unless given.

    Raises:
        KeyTrouble: missing, readable by others, encrypted, no key at all, or unfit by C2PA's profile.
    """
    if key is None or key.is_dir():
        where = _folder(key)
        key, chain = where / KEY, chain or where / CHAIN
    if chain is None:
        raise KeyTrouble(f"{key}: a key needs its certificate chain; give it with --chain")
    secret = _private(key)
    pem = _read(chain)
    _require_fit(chain, pem)
    found = _algorithm(key, secret, pem)
    return FileSigner(pem, secret, alg or found, tsa_url)


def load_mark_keys(folder: Path | None = None) -> tuple[MarkKey, ...]:
    """The watermark keys of the folder, the one to write with first: `mark.key`, then older `mark-*.key` files.

    A key file has 64 hex digits. The public id is the first 8 hex digits of the secret's SHA-256. A folder without
    any gives an empty tuple.

    Raises:
        KeyTrouble: a key that others can read, or that is no key.
    """
    where = _folder(folder)
    paths = [where / MARK, *sorted(where.glob("mark-*.key"))]
    return tuple(read_mark_key(path) for path in paths if path.exists())


def _folder(folder: Path | None) -> Path:
    return folder if folder is not None else home.keys_folder()


def read_mark_key(path: Path) -> MarkKey:
    """The watermark key in one file of 64 hex digits.

    Raises:
        KeyTrouble: missing, readable by others, or no key.
    """
    try:
        secret = bytes.fromhex(_private(path).decode("ascii"))
    except ValueError as error:
        raise KeyTrouble(f"{path}: not a watermark key of {2 * _SECRET_BYTES} hex digits") from error
    if len(secret) < 16:
        raise KeyTrouble(f"{path}: a watermark key has at least 16 bytes")
    return MarkKey(hashlib.sha256(secret).hexdigest()[:8], secret)


def _private(path: Path) -> bytes:
    """The content of a file that only its owner may read."""
    data = _read(path)
    mode = path.stat().st_mode
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyTrouble(f"{path}: others can read this key (mode {mode & 0o777:o}); run: chmod 600 {path}")
    return data


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise KeyTrouble(f"{path}: no such key; 'indicia keys init' makes a development signer") from error
    except OSError as error:
        raise KeyTrouble(f"{path}: cannot be read ({error.strerror})") from error


def _require_fit(path: Path, chain: bytes) -> None:
    from .credentials.certificates import faults

    if found := faults(chain):
        raise KeyTrouble(f"{path}: this certificate cannot sign: {'; '.join(found)}")


def _algorithm(path: Path, secret: bytes, chain: bytes) -> Algorithm:
    """The algorithm that goes with the key, which has to be the one that the first certificate names."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    from .credentials.certificates import parsed

    try:
        key = serialization.load_pem_private_key(secret, password=None)
    except TypeError as error:
        raise KeyTrouble(f"{path}: the key is encrypted; decrypt it, or sign with CallbackSigner") from error
    except ValueError as error:
        raise KeyTrouble(f"{path}: not a private key in PEM ({error})") from error
    if key.public_key() != parsed(chain)[0].public_key():
        raise KeyTrouble(f"{path}: not the key of the first certificate in the chain")
    by_curve: dict[str, Algorithm] = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
    match key:
        case ec.EllipticCurvePrivateKey() if key.curve.name in by_curve:
            return by_curve[key.curve.name]
        case ed25519.Ed25519PrivateKey():
            return "ed25519"
        case rsa.RSAPrivateKey() if key.key_size >= 2048:
            return "ps256"
    raise KeyTrouble(f"{path}: C2PA signs with P-256, P-384, P-521, Ed25519 or RSA of 2048 bits and more")


def _authority(name: str, days: int) -> tuple[bytes, bytes, bytes]:
    """A chain (leaf, intermediate), the leaf's key and the root, all PEM."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    root_key, middle_key, leaf_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    root_name, middle_name = "indicia development root", "indicia development intermediate"
    root = _certificate(root_name, root_key.public_key(), root_name, root_key, days=3650, authority=1)
    middle = _certificate(middle_name, middle_key.public_key(), root_name, root_key, days=1825, authority=0)
    leaf = _certificate(name, leaf_key.public_key(), middle_name, middle_key, days=days)
    pem = serialization.Encoding.PEM
    key = leaf_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return leaf.public_bytes(pem) + middle.public_bytes(pem), key, root.public_bytes(pem)


def _certificate(
    name: str, public: Any, issuer: str, issuer_key: CertificateIssuerPrivateKeyTypes, *, days: int,
    authority: int | None = None,
) -> x509.Certificate:  # fmt: skip
    """A certificate of C2PA 2.4 section 14.5.1; `authority` is the path length below it, None for a signer."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID

    from .credentials.certificates import CLAIM_SIGNING

    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=5)  # clocks differ a little
    is_ca = authority is not None
    made = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=authority), critical=True)
        .add_extension(_usage(is_ca), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(_issuer_id(issuer_key), critical=False)
    )
    if not is_ca:
        purposes = [x509.ObjectIdentifier(CLAIM_SIGNING), ExtendedKeyUsageOID.EMAIL_PROTECTION]
        made = made.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    return made.sign(issuer_key, hashes.SHA256())


def _issuer_id(issuer_key: Any) -> x509.AuthorityKeyIdentifier:
    from cryptography import x509

    return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())


def _usage(is_ca: bool) -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not is_ca, content_commitment=not is_ca, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=is_ca, crl_sign=is_ca, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _name(common: str) -> x509.Name:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    parts = ((NameOID.COMMON_NAME, common), (NameOID.ORGANIZATION_NAME, "indicia development"))
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts])


def _common_name(certificate: x509.Certificate) -> str:
    from cryptography.x509.oid import NameOID

    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else certificate.subject.rfc4514_string()
