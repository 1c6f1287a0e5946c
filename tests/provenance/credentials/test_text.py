"""Text that carries its manifest: two independent validators accept it, and an edit is noticed."""

import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import c2patxt
import encypher_c2pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicia.provenance import Asset, ClaimState
from indicia.provenance.credentials import FileSigner, Statement, TrustStore, read, rubric, sign_file
from indicia.provenance.credentials import text as texts
from indicia.provenance.credentials.sign import sign
from indicia.provenance.errors import BadContent, SigningFailed, UsageError

TEXTS = {
    "short": "Hi\n",
    "chinese": "人工智能生成的文字。\n第二行。\n",
    "emoji with selectors": "A ❤️ and a 👩‍💻, e\u0301 decomposed, \ufeff a mark inside.\n",
    "windows lines": "one\r\ntwo\r\n",
    "byte order mark": "\ufeffwith a mark first\n",
    "no line at the end": "x",
    "long": "All work and no play makes Jack a dull boy.\n" * 2000,
}


@pytest.mark.parametrize("name", list(TEXTS))
def test_two_independent_validators_accept_a_signed_text(
    name: str, made: Statement, signer: FileSigner, root: Any, trust: TrustStore
) -> None:
    data = sign(TEXTS[name].encode(), "text", made, signer)

    theirs = encypher_c2pa.verify(data, "text/plain", trust_pem=root.pem, telemetry=False)
    others = c2patxt.verify(data.decode())

    assert ("valid", "Trusted") == (theirs["integrity"], theirs["validation_state"])
    assert c2patxt.Provenance.VALID is others.state
    assert ClaimState.TRUSTED is read(Asset.of(data), trust=trust)[0].state


def test_the_visible_text_stays_as_it_was(made: Statement, signer: FileSigner) -> None:
    for text in TEXTS.values():
        data = sign(text.encode(), "text", made, signer).decode()

        assert unicodedata.normalize("NFC", text) == texts.strip(data)


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.replace("Hello", "Hallo"),
        lambda t: "Before. " + t,
        lambda t: t + "After.",
        lambda t: t.replace("\n", "\r\n"),
    ],
)
def test_a_visible_edit_is_noticed(change: Any, made: Statement, signer: FileSigner, trust: TrustStore) -> None:
    data = sign(b"Hello, world.\nBye.\n", "text", made, signer).decode()

    (claim,) = read(Asset.of(change(data).encode()), trust=trust)

    assert ClaimState.ALTERED is claim.state
    assert ("assertion.dataHash.mismatch",) == claim.codes


def test_other_encodings_of_the_same_text_still_hold(made: Statement, signer: FileSigner, trust: TrustStore) -> None:
    """Annex A.8 hashes over NFC, so that what a platform does to the code points does not matter."""
    data = sign("Café crème.\n".encode(), "text", made, signer).decode()

    for other in (unicodedata.normalize("NFD", data).encode(), data.encode("utf-16")):
        assert ClaimState.TRUSTED is read(Asset.of(other), trust=trust)[0].state


def test_text_without_its_selectors_has_no_manifest(made: Statement, signer: FileSigner, trust: TrustStore) -> None:
    data = sign(b"Hello.\n", "text", made, signer).decode()

    assert () == read(Asset.of(texts.strip(data).encode()), trust=trust)


def test_two_wrappers_or_a_cut_one_are_malformed(made: Statement, signer: FileSigner, trust: TrustStore) -> None:
    data = sign(b"Hello.\n", "text", made, signer).decode()
    wrapper = data[7:]

    twice = read(Asset.of((data + wrapper).encode()), trust=trust)
    cut = read(Asset.of(data[:-3].encode()), trust=trust)

    assert [(ClaimState.MALFORMED, ("manifest.text.multipleWrappers",))] == [(c.state, c.codes) for c in twice]
    assert [(ClaimState.MALFORMED, ("manifest.text.corruptedWrapper",))] == [(c.state, c.codes) for c in cut]


def test_a_wrapper_copied_to_another_text_is_noticed(made: Statement, signer: FileSigner, trust: TrustStore) -> None:
    data = sign(b"Hello.\n", "text", made, signer).decode()

    (claim,) = read(Asset.of(("Howdy.\n" + data[7:]).encode()), trust=trust)

    assert ClaimState.ALTERED is claim.state


def test_the_exclusion_may_cover_the_wrapper_and_nothing_else() -> None:
    text = "Hello.\n" + texts.wrap(b"store")
    found = texts.find(text)
    assert found is not None
    whole = {"start": 0, "length": len(text.encode()), "alg": "sha256", "hash": _sha256(b"")}
    right = {"start": 7, "length": len(text.encode()) - 7, "alg": "sha256", "hash": _sha256(b"Hello.\n")}

    assert "assertion.dataHash.mismatch" == texts.bound(found, text, whole)
    assert "assertion.dataHash.match" == texts.bound(found, text, right)
    assert "algorithm.unsupported" == texts.bound(found, text, {**right, "alg": "md5"})
    assert "assertion.dataHash.mismatch" == texts.bound(found, text, {})


def test_an_edited_text_keeps_its_chain_and_shows_a_laundered_one(
    made: Statement, signer: FileSigner, trust: TrustStore
) -> None:
    first = sign(b"First.\n", "text", made, signer)
    edit = Statement(kind="edited", source_type="humanEdits", parent=Asset.of(first))

    honest = read(Asset.of(sign(b"Second.\n", "text", edit, signer)), trust=trust)
    tampered = first.replace(b"First", b"Thirst")
    hiding = read(Asset.of(sign(tampered, "text", Statement(kind="opened"), signer)), trust=trust)

    assert [ClaimState.TRUSTED] * 2 == [claim.state for claim in honest]
    assert "tiny-diffusion" == honest[1].ai_model
    assert [(ClaimState.TRUSTED, False), (ClaimState.ALTERED, True)] == [(c.state, c.laundered) for c in hiding]


def test_an_edited_text_is_accepted_by_another_validator(made: Statement, signer: FileSigner, root: Any) -> None:
    data = sign(sign(b"First.\n", "text", made, signer), "text", Statement(kind="opened"), signer)

    report = encypher_c2pa.verify(data, "text/plain", trust_pem=root.pem, telemetry=False)

    assert ("valid", "Trusted") == (report["integrity"], report["validation_state"])


def test_a_signed_text_is_not_signed_over_as_if_it_were_new(made: Statement, signer: FileSigner) -> None:
    data = sign(b"Hello.\n", "text", made, signer)

    with pytest.raises(UsageError, match="edited"):
        sign(data, "text", made, signer)


def test_what_is_not_utf_8_is_told_to_be_converted(tmp_path: Path, made: Statement, signer: FileSigner) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes("中文内容，国标编码。".encode("gb18030"))

    with pytest.raises(BadContent, match=r"t\.txt.*convert"):
        sign_file(path, made, signer)


def test_what_would_not_read_as_text_is_not_signed_as_text(made: Statement, signer: FileSigner) -> None:
    with pytest.raises(SigningFailed, match="does not read as text"):
        sign(b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "text", made, signer)


def test_signed_text_is_conformant_and_bound(made: Statement, signer: FileSigner, trust: TrustStore) -> None:
    asset = Asset.of(sign(b"Hello.\n", "text", replace(made, prompt="say hello"), signer))

    conformance = rubric.check(asset, trust=trust)
    text = {check.id: check.outcome.value for check in rubric.check(asset, rubric="text", trust=trust)}

    assert 31 == sum(check.outcome is rubric.Outcome.PASS for check in conformance)
    # c2pa-rs writes no dc:format into a claim of version 2, and the parameter that the rubric would take instead is
    # refused by the conformance rubric.
    assert ["text:is_text_asset"] == [name for name, outcome in text.items() if outcome != "pass"]


@settings(max_examples=60)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.binary(max_size=300))
def test_unwrapping_gives_back_what_was_wrapped(text: str, store: bytes) -> None:
    plain = texts.strip(unicodedata.normalize("NFC", text))
    whole = plain + texts.wrap(store)

    found = texts.find(whole)

    assert found is not None
    assert store == found.store
    assert plain.encode() == whole.encode()[: found.start]
    assert plain == texts.strip(whole)


@settings(max_examples=100)
@given(
    st.text(
        alphabet=st.sampled_from([*map(chr, range(0xFE00, 0xFE10)), *map(chr, range(0xE0100, 0xE0140)), "\ufeff", "a"])
    )
)
def test_no_text_makes_the_search_for_a_wrapper_fall_over(text: str) -> None:
    with pytest.raises(BadContent, match=r"manifest\.text\."):
        texts.find(texts.PREFIX_UTF8.decode() + text)


def _sha256(data: bytes) -> bytes:
    import hashlib

    return hashlib.sha256(data).digest()
