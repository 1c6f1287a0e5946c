"""Keys: what a first use makes, who may read it, and what is refused."""

import datetime as dt
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from indicia.provenance import Asset, ClaimState, keys
from indicia.provenance.credentials import Statement, TrustStore, default_store, read
from indicia.provenance.credentials.certificates import bundle, faults, parsed
from indicia.provenance.credentials.sign import sign
from indicia.provenance.errors import KeyTrouble

Private = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


def test_a_first_use_makes_keys_that_sign_and_that_this_machine_trusts(home: Path) -> None:
    made = keys.ensure_keys()
    again = keys.ensure_keys()

    (claim,) = read(Asset.of(sign(b"Hello.\n", "text", Statement(), keys.load_signer())))

    assert made == again
    assert home / "keys" == made.folder
    assert (ClaimState.TRUSTED, "indicia-development") == (claim.state, claim.trust_list)


def test_keys_made_on_purpose_are_trusted_only_when_that_is_asked_for(home: Path) -> None:
    keys.init()
    before = {one.name for one in default_store().lists}
    keys.trust_own_root()

    assert {"indicia-development"} == {one.name for one in default_store().lists} - before


def test_nobody_else_may_read_what_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "k"
    keys.init(folder)

    assert 0o700 == folder.stat().st_mode & 0o777
    assert {0o600} == {path.stat().st_mode & 0o777 for path in folder.iterdir()}


def test_the_chain_is_what_the_conformance_program_demands(tmp_path: Path) -> None:
    from cryptography import x509

    keys.init(tmp_path, days=30)
    leaf, middle = parsed((tmp_path / "chain.pem").read_bytes())
    (root,) = parsed((tmp_path / "root.pem").read_bytes())

    usages = {u.dotted_string for u in leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value}
    assert {"1.3.6.1.4.1.62558.2.1", "1.3.6.1.5.5.7.3.4"} == usages
    assert (middle.subject, root.subject) == (leaf.issuer, middle.issuer)
    assert () == faults((tmp_path / "chain.pem").read_bytes())
    leaf.verify_directly_issued_by(middle)
    middle.verify_directly_issued_by(root)


def test_keys_are_never_made_over_and_a_renewal_keeps_the_marks(tmp_path: Path) -> None:
    first = keys.init(tmp_path)
    chain = (tmp_path / "chain.pem").read_bytes()

    with pytest.raises(KeyTrouble, match="renew"):
        keys.init(tmp_path)
    renewed = keys.renew(tmp_path)

    assert first.mark_ids == renewed.mark_ids
    assert chain != (tmp_path / "chain.pem").read_bytes()


@pytest.mark.parametrize("name", ["signer.key", "mark.key"])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_can_read_is_refused(name: str, mode: int, tmp_path: Path) -> None:
    keys.init(tmp_path)
    (tmp_path / name).chmod(mode)

    with pytest.raises(KeyTrouble, match="chmod 600"):
        keys.load_signer(tmp_path) if name == "signer.key" else keys.load_mark_keys(tmp_path)


def test_mark_keys_are_named_by_their_digest_and_old_ones_still_read(tmp_path: Path) -> None:
    import hashlib

    keys.init(tmp_path)
    old = tmp_path / "mark-2025.key"
    old.write_text("ab" * 32)
    old.chmod(0o600)

    current, older = keys.load_mark_keys(tmp_path)

    assert 32 == len(current.secret)
    assert hashlib.sha256(current.secret).hexdigest()[:8] == current.id
    assert bytes.fromhex("ab" * 32) == older.secret
    assert () == keys.load_mark_keys(tmp_path / "absent")


@pytest.mark.parametrize("content", ["", "zz", "ab" * 4, "\xff"])
def test_what_is_no_mark_key_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "mark.key"
    path.write_text(content)
    path.chmod(0o600)

    with pytest.raises(KeyTrouble, match=r"mark\.key"):
        keys.load_mark_keys(tmp_path)


@pytest.mark.parametrize("algorithm", ["es256", "es384", "es512", "ed25519", "ps256"])
def test_the_algorithm_follows_from_the_key_and_signs(algorithm: str, tmp_path: Path) -> None:
    makers: dict[str, Callable[[], Private]] = {
        "es256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "es384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "es512": lambda: ec.generate_private_key(ec.SECP521R1()),
        "ed25519": ed25519.Ed25519PrivateKey.generate,
        "ps256": lambda: rsa.generate_private_key(65537, 2048),
    }
    paths = _stored(tmp_path, makers[algorithm]())

    signer = keys.load_signer(*paths)
    store = TrustStore().with_anchors(signer.chain_pem)

    assert algorithm == signer.alg
    for name, data in (("svg", b"<svg xmlns='http://www.w3.org/2000/svg'></svg>"), ("text", b"Hello.\n")):
        asset = Asset.of(sign(data, name, Statement(), signer))
        assert ClaimState.TRUSTED is read(asset, trust=store)[0].state


def test_missing_encrypted_and_unfit_keys_are_refused_with_a_way_out(tmp_path: Path) -> None:
    keys.init(tmp_path)
    chain = tmp_path / "chain.pem"
    locked = tmp_path / "locked.key"
    locked.write_bytes(_pem(ec.generate_private_key(ec.SECP256R1()), b"secret"))
    locked.chmod(0o600)
    odd, odd_chain = _stored(tmp_path, ec.generate_private_key(ec.SECP256K1()))

    for key, given, words in (
        (tmp_path / "absent.key", chain, "keys init"),
        (tmp_path / "signer.key", None, "--chain"),
        (locked, chain, "encrypted"),
        (odd, odd_chain, "P-256"),
        (odd, chain, "not the key of"),
        (chain, chain, "not a private key"),
        (tmp_path / "signer.key", tmp_path / "root.pem", "certificate authority"),
    ):
        with pytest.raises(KeyTrouble, match=words):
            keys.load_signer(key, given)


def test_a_secret_is_in_no_text_that_could_be_logged(tmp_path: Path) -> None:
    keys.init(tmp_path)
    signer = keys.load_signer(tmp_path)

    assert "PRIVATE" not in repr(signer)
    assert 2 == len(bundle(signer.chain_pem))


def test_reading_the_package_loads_neither_c2pa_nor_cryptography() -> None:
    script = (
        "import sys, indicia.provenance, indicia.provenance.credentials, indicia.provenance.keys;"
        "sys.exit(any(name in sys.modules for name in ('c2pa', 'cryptography', 'numpy', 'PIL', 'torch')))"
    )

    assert 0 == subprocess.run([sys.executable, "-c", script], check=False).returncode


def _stored(folder: Path, key: Private) -> tuple[Path, Path]:
    """The key and a self-signed certificate for it, as files."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, "Bob"), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "B")]
    )
    now, public = dt.datetime.now(dt.UTC), key.public_key()
    # c2pa-rs follows a P-521 certificate only when it is signed with SHA-512.
    large = isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.key_size > 500
    signing = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA512() if large else hashes.SHA256()
    certificate = (
        x509.CertificateBuilder(name, name, public, x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.KeyUsage(True, False, False, False, False, False, False, False, False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .sign(key, signing)
    )
    secret, chain = folder / "bob.key", folder / "bob.pem"
    secret.write_bytes(_pem(key))
    secret.chmod(0o600)
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return secret, chain


def _pem(key: Private, password: bytes | None = None) -> bytes:
    locked: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        locked = serialization.BestAvailableEncryption(password)
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)
