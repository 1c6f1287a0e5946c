"""A signed audit holds as it is, and falls with any change of it, of its files, or of who vouches for its signer."""

import base64
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicia.policies import packs
from indicia.policies.audit import audit_dossiers
from indicia.policies.engine import Profile
from indicia.policies.facts import Facts
from indicia.policies.statement import sign, verify
from indicia.policies.writers import writer
from indicia.provenance import Dossier, keys
from indicia.provenance.asset import Asset
from indicia.provenance.errors import BadContent, UsageError

TODAY = dt.date(2026, 11, 23)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file, keys of our own, the keys of a stranger, and `signed.json` about the file."""
    where = tmp_path_factory.mktemp("statement")
    (where / "a.txt").write_text("words of a model")
    keys.init(where / "ours")
    keys.init(where / "theirs", name="a stranger")
    (where / "signed.json").write_text(sign(statement(where / "a.txt"), keys.load_signer(where / "ours")))
    return where


def statement(path: Path) -> str:
    dossier = Dossier(Asset.open(path).ref)
    object.__setattr__(dossier.asset, "path", path.name)
    report = audit_dossiers([dossier], packs.load(["security"]), Profile(TODAY, packs.ROLES))
    return writer("intoto").write(report)


def root(folder: Path, whose: str = "ours") -> list[bytes]:
    return [(folder / whose / "root.pem").read_bytes()]


def changed(folder: Path, **fields: Any) -> bytes:
    return json.dumps({**json.loads((folder / "signed.json").read_text()), **fields}).encode()


def test_a_signed_audit_holds_for_the_files_that_were_audited(folder: Path) -> None:
    found = verify((folder / "signed.json").read_bytes(), anchors=root(folder), files=folder)

    assert found.holds
    assert "indicia development signer" == found.signer
    assert ["a.txt"] == [one["name"] for one in found.statement["subject"]]


def test_changed_and_missing_files_are_named(folder: Path, tmp_path: Path) -> None:
    envelope = (folder / "signed.json").read_bytes()
    gone = verify(envelope, anchors=root(folder), files=tmp_path)
    (tmp_path / "a.txt").write_text("other words")
    other = verify(envelope, anchors=root(folder), files=tmp_path)

    assert (("a.txt",), False) == (gone.missing, gone.holds)
    assert (("a.txt",), False) == (other.changed, other.holds)


def test_a_signer_whom_no_anchor_of_mine_vouches_for_is_doubted(folder: Path) -> None:
    envelope = (folder / "signed.json").read_bytes()

    for anchors in ([], root(folder, "theirs")):
        found = verify(envelope, anchors=anchors, files=None)
        assert not found.holds
        assert "no anchor of yours vouches" in found.doubts[-1]


def test_a_certificate_that_has_expired_is_doubted(folder: Path) -> None:
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=4000)

    found = verify((folder / "signed.json").read_bytes(), anchors=root(folder), files=None, now=later)

    assert "was valid until" in found.doubts[0]


def test_a_stranger_who_signs_with_our_name_gains_nothing(folder: Path) -> None:
    theirs = json.loads(sign(statement(folder / "a.txt"), keys.load_signer(folder / "theirs")))
    ours = json.loads((folder / "signed.json").read_text())
    theirs["signatures"][0]["cert"] = ours["signatures"][0]["cert"]

    with pytest.raises(BadContent, match="does not fit"):
        verify(json.dumps(theirs).encode(), anchors=root(folder), files=folder)


def test_a_leaf_cannot_vouch_for_another(folder: Path) -> None:
    ours = json.loads((folder / "signed.json").read_text())
    theirs = json.loads(sign(statement(folder / "a.txt"), keys.load_signer(folder / "theirs")))
    theirs["signatures"][0]["cert"] += ours["signatures"][0]["cert"]

    assert not verify(json.dumps(theirs).encode(), anchors=root(folder), files=folder).holds


@given(st.data())
def test_any_other_byte_in_the_statement_or_the_signature_is_noticed(folder: Path, data: st.DataObject) -> None:
    body = json.loads((folder / "signed.json").read_text())
    place = body if data.draw(st.booleans()) else body["signatures"][0]
    name = "payload" if place is body else "sig"
    raw = bytearray(base64.b64decode(place[name]))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    place[name] = base64.b64encode(raw).decode()

    with pytest.raises(BadContent):
        verify(json.dumps(body).encode(), anchors=root(folder), files=None)


@pytest.mark.parametrize(
    "fields",
    [
        {"payloadType": "text/plain"},
        {"payload": "not base64!"},
        {"payload": 5},
        {"signatures": []},
        {"signatures": [{"sig": "aaaa"}]},
        {"signatures": [{"sig": "aaaa", "cert": "none"}]},
        {"signatures": 5},
    ],
)
def test_what_is_no_envelope_is_refused(folder: Path, fields: dict[str, Any]) -> None:
    with pytest.raises(BadContent):
        verify(changed(folder, **fields), anchors=root(folder), files=None)


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b"[" * 9000, b"\xff", b"null"])
def test_what_is_no_json_is_refused(folder: Path, text: bytes) -> None:
    with pytest.raises(BadContent, match="not a signed statement"):
        verify(text, anchors=root(folder), files=None)


def test_a_statement_about_nothing_is_not_signed(folder: Path) -> None:
    report = audit_dossiers([], packs.load(["security"]), Profile(TODAY, packs.ROLES), others=[Facts("p", "pipeline")])

    with pytest.raises(UsageError, match="none was audited"):
        sign(writer("intoto").write(report), keys.load_signer(folder / "ours"))


@pytest.mark.parametrize("kind", ["es256", "es384", "es512", "ps256", "ed25519"])
def test_every_kind_of_key_that_signs_media_signs_audits(folder: Path, kind: str) -> None:
    from indicia.policies import statement as module

    signer, leaf = made(kind)

    assert module._fits(leaf, module._signature(signer, b"words"), b"words")
    assert not module._fits(leaf, module._signature(signer, b"words"), b"other words")


def made(kind: str) -> tuple[Any, Any]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.x509.oid import NameOID

    key: Any = {
        "es256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "es384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "es512": lambda: ec.generate_private_key(ec.SECP521R1()),
        "ps256": lambda: rsa.generate_private_key(65537, 2048),
        "ed25519": ed25519.Ed25519PrivateKey.generate,
    }[kind]()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, kind)])
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + dt.timedelta(days=900))
    return key, builder.sign(key, None if kind == "ed25519" else hashes.SHA256())
