"""Trust lists: bundled, the user's own, and newer copies."""

from pathlib import Path
from typing import Any

import pytest

from indicia.provenance import Asset, ClaimState
from indicia.provenance.credentials import FileSigner, Statement, TrustStore, default_store, read, trust
from indicia.provenance.credentials.sign import sign
from indicia.provenance.credentials.trust import TrustList, Use
from indicia.provenance.errors import BadContent, UsageError


def test_an_anchor_that_is_added_vouches_and_one_that_is_removed_does_not(home: Path, signed: bytes, root: Any) -> None:
    asset = Asset.of(signed)
    before = read(asset)[0].state

    trust.add(root.pem.encode(), "newsroom")
    with_it = read(asset)[0]
    trust.remove("newsroom")

    assert (ClaimState.UNTRUSTED, ClaimState.UNTRUSTED) == (before, read(asset)[0].state)
    assert (ClaimState.TRUSTED, "newsroom") == (with_it.state, with_it.trust_list)


def test_a_self_signed_signer_can_be_an_anchor_itself(home: Path, jpeg: bytes, solo: FileSigner) -> None:
    asset = Asset.of(sign(jpeg, "jpeg", Statement(), solo))

    trust.add(solo.chain_pem, "solo")

    assert (ClaimState.TRUSTED, "solo") == (read(asset)[0].state, read(asset)[0].trust_list)


def test_a_signer_that_another_issued_is_no_anchor(home: Path, signer: FileSigner) -> None:
    with pytest.raises(UsageError, match="Test root"):
        trust.add(signer.chain_pem, "alice")


def test_a_newer_copy_stands_in_for_a_bundled_list_and_can_be_taken_back(home: Path, root: Any) -> None:
    trust.update(root.pem.encode(), "c2pa-signers")
    newer = {one.name: one.size for one in default_store().lists}
    trust.remove("c2pa-signers")

    assert (1, 30) == (newer["c2pa-signers"], {one.name: one.size for one in default_store().lists}["c2pa-signers"])
    assert 4 == len(newer)


@pytest.mark.parametrize("name", ["../up", "a/b", "", ".hidden", "x" * 99, "c2pa-signers"])
def test_a_name_that_is_a_path_or_taken_is_refused(name: str, home: Path, root: Any) -> None:
    with pytest.raises(UsageError):
        trust.add(root.pem.encode(), name)


def test_what_is_no_certificate_is_refused_and_nothing_changes(home: Path, root: Any) -> None:
    key = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"

    for pem in (b"", b"\xff\xfe", key, broken):
        with pytest.raises(BadContent):
            trust.add(pem, "mine")
    with pytest.raises(UsageError):
        trust.update(root.pem.encode(), "unknown")
    with pytest.raises(UsageError):
        trust.remove("mine")

    assert 4 == len(default_store().lists)


def test_a_damaged_list_of_the_user_is_named(home: Path) -> None:
    trust.folder().mkdir(parents=True)
    (trust.folder() / "mine.pem").write_text("not a certificate")

    with pytest.raises(BadContent, match=r"mine\.pem"):
        default_store()


def test_each_certificate_is_given_once_and_never_as_a_clock_if_it_may_vouch(root: Any) -> None:
    both = TrustStore((TrustList("clocks", Use.CLOCKS, root.pem), TrustList("signers", Use.SIGNERS, root.pem)))

    assert 1 == both.settings().count("BEGIN CERTIFICATE")
    assert '"signers"' in both.settings()
    assert '"clocks"' not in both.settings()


def test_every_bundled_certificate_is_one() -> None:
    from indicia.provenance.credentials.certificates import parsed

    for one in trust.bundled():
        assert one.size == len(parsed(one.pem.encode()))


def test_two_anchors_under_one_signer_make_it_trusted_by_the_one_that_may_vouch(
    jpeg: bytes, home: Path, signer: FileSigner, root: Any
) -> None:
    """Its own certificate is on the list of signers and its root on the list of clocks; c2pa-rs names either."""
    data = Asset.of(sign(jpeg, "jpeg", Statement(), signer))
    store = TrustStore(
        (TrustList("clocks", Use.CLOCKS, root.pem), TrustList("leaves", Use.LEAVES, signer.chain_pem.decode()))
    )

    for number in range(6):
        fresh = TrustStore((*store.lists, TrustList(f"empty-{number}", Use.LEAVES, root.pem)))
        assert (ClaimState.TRUSTED, "leaves") == (
            read(data, trust=fresh)[0].state,
            read(data, trust=fresh)[0].trust_list,
        )
