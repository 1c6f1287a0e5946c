"""RFC 3161 time-stamps, from an authority on the loopback interface that openssl answers for."""

import datetime as dt
import http.server
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from indicia.provenance import Asset, ClaimState
from indicia.provenance.credentials import Statement, TrustStore, read
from indicia.provenance.credentials.sign import sign
from indicia.provenance.credentials.trust import TrustList, Use

pytestmark = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="openssl is not installed: no time-stamps tried"
)
PEM = serialization.Encoding.PEM
_CONFIG = """
[tsa]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
"""


@dataclass(frozen=True)
class Clock:
    """A time-stamp authority that runs: where it is, and its root."""

    url: str
    root: str


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clock]:
    folder = tmp_path_factory.mktemp("clock")
    root = _authority(folder)
    (folder / "ts.conf").write_text(_CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            (folder / "query").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            subprocess.run(
                ["openssl", "ts", "-reply", "-config", "ts.conf", "-section", "tsa", "-queryfile", "query", "-signer",
                 "tsa.pem", "-inkey", "tsa.key", "-chain", "root.pem", "-out", "reply"],
                cwd=folder, check=True, capture_output=True,
            )  # fmt: skip
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write((folder / "reply").read_bytes())

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is logged."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Clock(f"http://127.0.0.1:{server.server_port}/", root)
    server.shutdown()
    server.server_close()


def test_a_trusted_time_stamp_keeps_a_file_trusted_after_its_signer_has_expired(
    jpeg: bytes, made: Statement, root: Any, clock: Clock
) -> None:
    soon = replace(root.signer(seconds=4), tsa_url=clock.url)
    until = time.monotonic() + 5
    asset = Asset.of(sign(jpeg, "jpeg", made, soon))
    with_clock = TrustStore((*root.store.lists, TrustList("clocks", Use.CLOCKS, clock.root)))

    time.sleep(max(0.0, until - time.monotonic()))
    (stamped,), (unstamped,) = read(asset, trust=with_clock), read(asset, trust=root.store)

    assert (ClaimState.TRUSTED, "tests") == (stamped.state, stamped.trust_list)
    assert stamped.signed_at.startswith(str(dt.datetime.now(dt.UTC).year))
    assert ClaimState.EXPIRED is unstamped.state
    assert "timeStamp.untrusted" in unstamped.codes


def test_text_is_time_stamped_too(made: Statement, root: Any, clock: Clock) -> None:
    stamped = replace(root.signer(), tsa_url=clock.url)

    (claim,) = read(Asset.of(sign(b"Hello.\n", "text", made, stamped)), trust=root.store)

    assert ClaimState.TRUSTED is claim.state
    assert claim.signed_at


def _authority(folder: Path) -> str:
    """A root and a time-stamping certificate under it, as files."""
    keys = [rsa.generate_private_key(65537, 2048) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in ("Clock root", "Clock")]
    now = dt.datetime.now(dt.UTC)
    for index, stem in enumerate(("root", "tsa")):
        builder = (
            x509.CertificateBuilder()
            .subject_name(names[index])
            .issuer_name(names[0])
            .public_key(keys[index].public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(index == 0, None), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(keys[0].public_key()), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(keys[index].public_key()), critical=False)
            .add_extension(_usage(authority=index == 0), critical=True)
        )
        if index == 1:
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        (folder / f"{stem}.pem").write_bytes(builder.sign(keys[0], hashes.SHA256()).public_bytes(PEM))
    secret = keys[1].private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "tsa.key").write_bytes(secret)
    return (folder / "root.pem").read_text()


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(not authority, False, False, False, False, authority, authority, False, False)
