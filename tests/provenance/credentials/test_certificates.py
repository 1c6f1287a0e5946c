"""Certificates: why c2pa would refuse one, in words."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from indicia.provenance.credentials import FileSigner, Statement
from indicia.provenance.credentials.certificates import bundle, faults, to_pem
from indicia.provenance.credentials.sign import sign
from indicia.provenance.errors import SigningFailed

CLAIM_SIGNING = x509.ObjectIdentifier("1.3.6.1.4.1.62558.2.1")


@pytest.mark.parametrize(
    "usages",
    [
        (CLAIM_SIGNING,),
        (ExtendedKeyUsageOID.EMAIL_PROTECTION,),
        (x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36"),),
        (ExtendedKeyUsageOID.CLIENT_AUTH,),
        (ExtendedKeyUsageOID.CODE_SIGNING,),
        (ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,),
    ],
)
def test_a_usage_is_faulted_exactly_when_c2pa_refuses_it(usages: Any, root: Any, jpeg: bytes) -> None:
    signer = root.signer(usages=usages)

    try:
        sign(jpeg, "jpeg", Statement(), signer)
        refused = False
    except SigningFailed:
        refused = True

    assert refused == bool(faults(signer.chain_pem))


def test_time_decides_too(signer: FileSigner) -> None:
    now = dt.datetime.now(dt.UTC)

    assert () == faults(signer.chain_pem)
    assert "expired" in faults(signer.chain_pem, now=now + dt.timedelta(days=3))[0]
    assert "not valid before" in faults(signer.chain_pem, now=now - dt.timedelta(days=3))[0]


def test_an_authority_and_rubbish_cannot_sign(authorities: Callable[[str], Any]) -> None:
    assert "certificate authority" in faults(authorities("A").pem.encode())[0]
    assert "no certificate" in faults(b"rubbish")[0]


def test_a_bundle_comes_apart_and_together_again(signer: FileSigner, root: Any) -> None:
    both = signer.chain_pem + b"text between\n" + root.pem.encode()

    assert 2 == len(bundle(both))
    assert bundle(both) == bundle(to_pem(bundle(both)).encode())
