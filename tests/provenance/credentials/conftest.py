"""Keys, pictures and signed files that the tests of C2PA share; the certificates are made without indicia's help."""

import datetime as dt
import io
import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from PIL import Image

from indicia.provenance.credentials import FileSigner, Statement, TrustStore

CLAIM_SIGNING = x509.ObjectIdentifier("1.3.6.1.4.1.62558.2.1")
PEM = serialization.Encoding.PEM


@dataclass(frozen=True)
class Authority:
    """A root, and what it issues."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(PEM).decode()

    @property
    def store(self) -> TrustStore:
        return TrustStore().with_anchors(self.pem, name="tests")

    def signer(self, *, usages: tuple[x509.ObjectIdentifier, ...] = (), seconds: int = 86_400) -> FileSigner:
        """A signer under this root; claimSigning and emailProtection unless said otherwise."""
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = _certificate(
            "Alice", key, self, usages or (CLAIM_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION), seconds
        )
        secret = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return FileSigner(leaf.public_bytes(PEM), secret)


def authority(name: str = "Test root") -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    return Authority(key, _certificate(name, key, None, (), 864_000, ca=True))


def self_signed() -> FileSigner:
    """A signer that nobody issued."""
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = _certificate("Solo", key, None, (CLAIM_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION), 86_400)
    secret = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return FileSigner(leaf.public_bytes(PEM), secret)


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: Authority | None, usages: tuple[x509.ObjectIdentifier, ...],
    seconds: int, *, ca: bool = False,
) -> x509.Certificate:  # fmt: skip
    now = dt.datetime.now(dt.UTC)
    subject = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Tests")]
    )
    over = issuer.key if issuer else key
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(seconds=seconds))
        .add_extension(x509.BasicConstraints(ca, None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(over.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False),
            critical=True,
        )
    )
    if usages:
        made = made.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    return made.sign(over, hashes.SHA256())


@pytest.fixture(scope="session")
def root() -> Authority:
    return authority()


@pytest.fixture(scope="session")
def signer(root: Authority) -> FileSigner:
    return root.signer()


@pytest.fixture(scope="session")
def trust(root: Authority) -> TrustStore:
    return root.store


@pytest.fixture(scope="session")
def made() -> Statement:
    """What most tests say of a file."""
    return Statement(model="tiny-diffusion", model_version="1.2", title="a circle")


def _picture() -> Image.Image:
    return Image.fromarray(np.random.default_rng(7).integers(0, 256, (48, 64, 3), dtype=np.uint8))


def picture(format: str) -> bytes:
    """A small picture with noise in it, in any format that Pillow writes."""
    buffer = io.BytesIO()
    _picture().save(buffer, format)
    return buffer.getvalue()


def wav() -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(np.random.default_rng(7).integers(-999, 999, 800, dtype=np.int16).tobytes())
    return buffer.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'
TEXT = "Hello, wörld.\n你好，世界。\n".encode()

MEDIA: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: picture("JPEG"),
    "png": lambda: picture("PNG"),
    "webp": lambda: picture("WEBP"),
    "gif": lambda: picture("GIF"),
    "tiff": lambda: picture("TIFF"),
    "avif": lambda: picture("AVIF"),
    "pdf": lambda: picture("PDF"),
    "svg": lambda: SVG,
    "wav": wav,
    "text": lambda: TEXT,
    "markdown": lambda: b"# Title\n\n- one\n- two\n",
}


@pytest.fixture(scope="session")
def jpeg() -> bytes:
    return picture("JPEG")


@pytest.fixture(scope="session")
def signed(jpeg: bytes, made: Statement, signer: FileSigner) -> bytes:
    """A signed JPEG."""
    from indicia.provenance.credentials.sign import sign

    return sign(jpeg, "jpeg", made, signer)


@pytest.fixture
def signed_file(tmp_path: Path, signed: bytes) -> Path:
    path = tmp_path / "signed.jpg"
    path.write_bytes(signed)
    return path


@pytest.fixture(scope="session")
def media() -> dict[str, Callable[[], bytes]]:
    """format -> a maker of a small file of it."""
    return MEDIA


@pytest.fixture(scope="session")
def authorities() -> Callable[[str], Authority]:
    """Makes one more root of that name."""
    return authority


@pytest.fixture(scope="session")
def solo() -> FileSigner:
    """A self-signed signer."""
    return self_signed()
