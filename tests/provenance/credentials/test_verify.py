"""Reading: what was done to a file after signing, who signed it, and what lies below."""

import io
import json
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import c2pa
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from indicia.provenance import Asset, Claim, ClaimState, Reason, Verdict, weigh
from indicia.provenance.credentials import FileSigner, Statement, TrustStore, default_store, examine, read, states
from indicia.provenance.credentials.chain import Store, claims
from indicia.provenance.credentials.sign import sign
from indicia.provenance.credentials.trust import TrustList, Use
from indicia.provenance.errors import UnreadableFile

WORDS = [
    "a", "active_manifest", "manifests", "ingredients", "assertions", "label", "data", "actions", "softwareAgent",
    "softwareAgentIndex", "softwareAgents", "blocks", "value", "entries", "validation_results", "activeManifest",
    "success", "failure", "code", "c2pa.actions", "c2pa.soft-binding", "ingredientDeltas", "validation_status",
]  # fmt: skip
Media = dict[str, Callable[[], bytes]]


def flipped(data: bytes, at: int) -> bytes:
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)


def one(data: bytes, trust: TrustStore) -> Claim:
    (claim,) = read(Asset.of(data), trust=trust)
    return claim


@pytest.mark.parametrize(
    ("state", "code", "change"),
    [
        (ClaimState.ALTERED, "assertion.dataHash.mismatch", lambda d: flipped(d, len(d) - 40)),
        (ClaimState.ALTERED, "assertion.dataHash.mismatch", lambda d: d + b"more"),
        (ClaimState.ALTERED, "assertion.dataHash.mismatch", lambda d: d[:-20]),
        (ClaimState.ALTERED, "assertion.hashedURI.mismatch", lambda d: d.replace(b"trainedAlgo", b"trainedAlgp")),
        (ClaimState.ALTERED, "claimSignature.mismatch", lambda d: d.replace(b"a circle", b"a corcle")),
        (ClaimState.MALFORMED, "", lambda d: flipped(d, d.index(b"jumdc2cl") + 3)),
        (ClaimState.MALFORMED, "", lambda d: flipped(d, d.index(b"jumdc2ma") - 6)),
    ],
)  # fmt: skip
def test_each_way_of_tampering_has_its_name(
    state: ClaimState, code: str, change: Callable[[bytes], bytes], signed: bytes, trust: TrustStore
) -> None:
    claim = one(change(signed), trust)

    assert state is claim.state
    assert not code or code in claim.codes
    assert all(claim.codes)


@pytest.mark.parametrize("format", ["png", "webp", "gif", "tiff", "avif", "wav", "pdf"])
def test_a_changed_byte_of_content_is_noticed_in_every_format(
    format: str, media: Media, made: Statement, signer: FileSigner, trust: TrustStore
) -> None:
    original = media[format]()
    data = sign(original, format, made, signer)
    half = len(original) // 2
    middle = data.index(original[half : half + 8]) + 4  # wherever the manifest went

    assert ClaimState.ALTERED is one(flipped(data, middle), trust).state


def test_a_manifest_moved_to_another_picture_is_noticed(signed: bytes, trust: TrustStore) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), "blue").save(buffer, "JPEG")
    end = signed.index(b"\xff\xdb")
    other = buffer.getvalue()

    moved = signed[:end] + other[other.index(b"\xff\xdb") :]

    assert ClaimState.ALTERED is one(moved, trust).state


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed: no independent look at files")
def test_exiftool_edits_are_noticed_and_stripping_leaves_nothing(signed_file: Path, trust: TrustStore) -> None:
    subprocess.run(["exiftool", "-q", "-XMP:Title=x", "-overwrite_original", str(signed_file)], check=True)
    edited = read(Asset.open(signed_file), trust=trust)
    subprocess.run(["exiftool", "-q", "-all=", "-overwrite_original", str(signed_file)], check=True)

    assert [ClaimState.ALTERED] == [claim.state for claim in edited]
    assert () == read(Asset.open(signed_file), trust=trust)


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed: no independent look at files")
def test_exiftool_reads_the_source_type_that_was_signed(signed_file: Path) -> None:
    shown = json.loads(
        subprocess.run(["exiftool", "-j", "-G", str(signed_file)], check=True, capture_output=True).stdout
    )[0]

    assert any("trainedAlgorithmicMedia" in str(value) for key, value in shown.items() if key.startswith("JUMBF"))


def test_an_unknown_signer_is_intact_and_untrusted(signed: bytes) -> None:
    claim = one(signed, TrustStore())

    assert ClaimState.UNTRUSTED is claim.state
    assert ("Alice", "Tests", "") == (claim.signer, claim.issuer, claim.trust_list)
    assert ("intact", "untrusted", "signed") == _verdict((claim,))


def test_an_expired_signer_is_intact_and_expired_and_not_tampered(
    jpeg: bytes, made: Statement, root: Any, trust: TrustStore
) -> None:
    soon = root.signer(seconds=2)
    until = time.monotonic() + 3
    data = sign(jpeg, "jpeg", made, soon)

    time.sleep(max(0.0, until - time.monotonic()))
    claim, tampered = one(data, trust), one(data + b"x", trust)

    assert ClaimState.EXPIRED is claim.state
    assert ("intact", "expired", "signed") == _verdict((claim,))
    assert ClaimState.ALTERED is tampered.state


def test_a_tampered_parent_shows_through_an_intact_signature(
    signed: bytes, signer: FileSigner, trust: TrustStore
) -> None:
    again = sign(flipped(signed, len(signed) - 40), "jpeg", Statement(kind="opened"), signer)

    top, parent = read(Asset.of(again), trust=trust)

    assert (ClaimState.TRUSTED, False) == (top.state, top.laundered)
    assert (ClaimState.ALTERED, True, "parentOf") == (parent.state, parent.laundered, parent.relationship)
    assert weigh((top, parent)).laundered
    assert "altered" == weigh((top, parent)).integrity


def test_laundering_shows_two_steps_down_too(signed: bytes, signer: FileSigner, trust: TrustStore) -> None:
    twice = flipped(signed, len(signed) - 40)
    for _ in range(2):
        twice = sign(twice, "jpeg", Statement(kind="opened"), signer)

    chain = read(Asset.of(twice), trust=trust)

    assert [False, False, True] == [claim.laundered for claim in chain]


def test_an_untrusted_parent_is_not_laundering(signed: bytes, authorities: Callable[[str], Any]) -> None:
    other = authorities("Other root")
    again = sign(signed, "jpeg", Statement(kind="opened"), other.signer())

    top, parent = read(Asset.of(again), trust=other.store)

    assert (ClaimState.TRUSTED, ClaimState.UNTRUSTED, False) == (top.state, parent.state, parent.laundered)


def test_a_signer_cannot_vouch_for_its_parent_by_what_it_recorded(jpeg: bytes, signer: FileSigner, root: Any) -> None:
    """The recorded results say "trusted", because the signer trusted its parent then; this reader does not."""
    trusting = c2pa.Context.from_dict(
        {
            "trust": {"anchors": json.loads(root.store.settings()), "trust_config": "1.3.6.1.5.5.7.3.4"},
            "builder": {"thumbnail": {"enabled": False}},
        }
    )
    parent, out = sign(jpeg, "jpeg", Statement(), signer), io.BytesIO()
    definition = {
        "claim_generator_info": [{"name": "other"}],
        "assertions": [
            {
                "label": "c2pa.actions.v2",
                "data": {"actions": [{"action": "c2pa.opened", "parameters": {"ingredientIds": ["p"]}}]},
            }
        ],
    }
    with c2pa.Builder(definition, context=trusting) as builder, signer.opened() as native:
        builder.add_ingredient(
            {"title": "p", "relationship": "parentOf", "label": "p"}, "image/jpeg", io.BytesIO(parent)
        )
        builder.sign(native, "image/jpeg", io.BytesIO(jpeg), out)

    below = read(Asset.of(out.getvalue()), trust=TrustStore())[1]

    assert ClaimState.UNTRUSTED is below.state


def test_a_list_of_clocks_never_makes_a_signer_trusted(signed: bytes, root: Any) -> None:
    clocks = TrustList("clocks", Use.CLOCKS, root.pem)
    signers = TrustList("signers", Use.SIGNERS, root.pem)

    assert ClaimState.UNTRUSTED is one(signed, TrustStore((clocks,))).state
    for lists in ((clocks, signers), (signers, clocks)):
        claim = one(signed, TrustStore(lists))
        assert (ClaimState.TRUSTED, "signers") == (claim.state, claim.trust_list)


def test_a_list_of_clocks_does_not_vouch_for_a_parent_either(
    signed: bytes, root: Any, authorities: Callable[[str], Any]
) -> None:
    other = authorities("Other root")
    again = sign(signed, "jpeg", Statement(kind="opened"), other.signer())
    store = TrustStore((*other.store.lists, TrustList("clocks", Use.CLOCKS, root.pem)))

    assert [ClaimState.TRUSTED, ClaimState.UNTRUSTED] == [c.state for c in read(Asset.of(again), trust=store)]


def test_a_list_of_single_signers_vouches_by_its_own_name(signed: bytes, signer: FileSigner) -> None:
    claim = one(signed, TrustStore((TrustList("leaves", Use.LEAVES, signer.chain_pem.decode()),)))

    assert (ClaimState.TRUSTED, "leaves") == (claim.state, claim.trust_list)


def test_the_library_still_needs_its_key_usages_spelt_out(jpeg: bytes, made: Statement, root: Any) -> None:
    """c2pa-rs 0.91 has no default usages: when this fails, the pin has moved and trust is to be measured again."""
    from cryptography import x509

    only_official = root.signer(usages=(x509.ObjectIdentifier("1.3.6.1.4.1.62558.2.1"),))
    data = sign(jpeg, "jpeg", made, only_official)

    bare = c2pa.Context.from_dict({"trust": {"trust_anchors": root.pem}})
    with c2pa.Reader("image/jpeg", io.BytesIO(data), context=bare) as reader:
        codes = {entry["code"] for entry in reader.get_validation_results()["activeManifest"]["failure"]}

    assert "signingCredential.invalid" in codes
    assert ClaimState.TRUSTED is one(data, root.store).state


def test_a_file_of_the_first_specification_is_read_like_a_new_one(
    jpeg: bytes, signer: FileSigner, trust: TrustStore
) -> None:
    data = _old_manifest(
        jpeg, signer, {"action": "c2pa.created", "digitalSourceType": _TRAINED, "softwareAgent": "Adobe Firefly"}
    )

    claim = one(data, trust)

    assert ("c2pa.created", "trainedAlgorithmicMedia", "Adobe Firefly") == (
        claim.actions[0].name, claim.actions[0].source_type, claim.actions[0].agent,
    )  # fmt: skip
    assert ("trainedAlgorithmicMedia",) == claim.source_types
    assert ("intact", "trusted", "signed") == _verdict((claim,))


def test_what_bing_says_in_words_only_is_understood(jpeg: bytes, signer: FileSigner, trust: TrustStore) -> None:
    action = {
        "action": "c2pa.created",
        "softwareAgent": "Bing Image Creator",
        "parameters": {"description": "AI Generated Image"},
    }

    claim = one(_old_manifest(jpeg, signer, action, "c2pa.actions"), trust)

    assert ("", "AI Generated Image") == (claim.actions[0].source_type, claim.actions[0].description)
    assert ("trainedAlgorithmicMedia",) == claim.source_types


def test_files_without_a_manifest_give_nothing_and_so_does_what_is_not_supported(media: Media) -> None:
    plain = [make() for make in media.values()]
    strange = [
        b"",
        b"\0",
        b"PK\x03\x04",
        b"OggS",
        b"\x1aE\xdf\xa3",
        b"%PDF-",
        b"\xff\xd8\xff",
        b"RIFF1234WEBP",
        b"{}",
        b"\xef\xbb\xbf",
    ]

    for data in plain + strange:
        assert ((), ()) == examine(Asset.of(data), trust=TrustStore())


def test_a_truncated_file_never_raises_and_never_passes(signed: bytes, trust: TrustStore) -> None:
    cuts = [*range(0, 600, 7), *range(600, len(signed) - 1, 61), len(signed) - 1]

    states_found = {claim.state for cut in cuts for claim in read(Asset.of(signed[:cut]), trust=trust)}

    assert states_found <= {ClaimState.ALTERED, ClaimState.MALFORMED}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_mutation_of_a_signed_file_raises_or_brings_up_a_new_word(
    data: st.DataObject, signed: bytes, trust: TrustStore
) -> None:
    changed = bytearray(signed)
    for _ in range(data.draw(st.integers(1, 8))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))

    claims, gaps = examine(Asset.of(bytes(changed)), trust=trust)

    assert all(isinstance(claim, Claim) for claim in claims)
    assert all(gap.reason in set(Reason) for gap in gaps)


@pytest.mark.slow
@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "gif", "tiff", "pdf", "svg", "wav", "text"])
def test_thousands_of_mutations_in_every_format_never_raise(
    format: str, media: Media, made: Statement, signer: FileSigner, trust: TrustStore
) -> None:
    data = sign(media[format](), format, made, signer)
    rng = np.random.default_rng(11)
    passed = 0

    for _ in range(600):
        changed = bytearray(data)
        for at in rng.integers(0, len(data), rng.integers(1, 5)):
            changed[at] ^= 1 << int(rng.integers(0, 8))
        passed += any(c.state is ClaimState.TRUSTED for c in read(Asset.of(bytes(changed)), trust=trust))

    # What still passes changed only the padding of the signature, which nothing signs.
    assert passed < 600 * 0.35


def test_a_manifest_kept_elsewhere_is_a_gap_and_is_not_fetched(
    jpeg: bytes, signer: FileSigner, trust: TrustStore
) -> None:
    out = io.BytesIO()
    with (
        c2pa.Builder(_definition({"action": "c2pa.created", "digitalSourceType": _TRAINED})) as builder,
        signer.opened() as native,
    ):
        builder.set_no_embed()
        builder.set_remote_url("http://127.0.0.1:9/manifest.c2pa")
        builder.sign(native, "image/jpeg", io.BytesIO(jpeg), out)

    claims, gaps = examine(Asset.of(out.getvalue()), trust=trust)

    assert () == claims
    assert "127.0.0.1:9" in gaps[0].detail


def test_a_sidecar_of_rubbish_is_malformed_and_a_given_one_that_is_missing_is_a_gap(
    tmp_path: Path, jpeg: bytes
) -> None:
    path = tmp_path / "p.jpg"
    path.write_bytes(jpeg)
    (tmp_path / "p.jpg.c2pa").write_bytes(b"rubbish")

    (claim,) = read(Asset.open(path), trust=TrustStore())
    _, gaps = examine(Asset.open(path), trust=TrustStore(), sidecar=tmp_path / "absent.c2pa")

    assert (ClaimState.MALFORMED, True) == (claim.state, claim.sidecar)
    assert (Reason.UNREADABLE,) == tuple(gap.reason for gap in gaps)


def test_a_file_that_vanishes_raises_what_the_caller_expects(signed_file: Path) -> None:
    asset = Asset.open(signed_file)
    signed_file.unlink()

    with pytest.raises(UnreadableFile):
        read(asset, trust=TrustStore())


def test_hostile_words_and_masses_of_them_stay_within_bounds(
    jpeg: bytes, signer: FileSigner, trust: TrustStore
) -> None:
    hostile = "\x1b[2J<script>../../" + "A" * 1_000
    actions = [{"action": "c2pa.edited", "digitalSourceType": _TRAINED, "description": hostile}] * 400
    definition = _definition(
        {"action": "c2pa.created", "digitalSourceType": _TRAINED, "softwareAgent": {"name": hostile}}
    )
    definition["assertions"][0]["data"]["actions"] += actions
    out = io.BytesIO()
    with c2pa.Builder(definition) as builder, signer.opened() as native:
        builder.sign(native, "image/jpeg", io.BytesIO(jpeg), out)

    claim = one(out.getvalue(), trust)

    assert 200 == len(claim.actions)
    assert all(len(a.description) <= 501 and len(a.agent) <= 501 for a in claim.actions)


@given(
    st.sets(st.sampled_from(["signingCredential.expired", "assertion.action.malformed", "signingCredential.untrusted"]))
)
def test_no_failure_that_leaves_the_bytes_alone_is_called_alteration(codes: set[str]) -> None:
    assert states.state((), codes) not in (ClaimState.ALTERED, ClaimState.MALFORMED)


def test_a_failed_identity_or_time_stamp_is_told_and_does_not_spoil_the_rest() -> None:
    for code in (
        "cawg.ica.untrusted_issuer",
        "cawg.x509.signature.mismatch",
        "timeStamp.mismatch",
        "timeStamp.untrusted",
    ):
        assert ClaimState.TRUSTED is states.state({states.TRUSTED}, {code})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5),
    max_leaves=40,
)


@given(st.dictionaries(st.sampled_from(WORDS), JSON, max_size=6))
def test_no_report_of_the_library_makes_the_walk_fall_over(report: dict[str, Any]) -> None:
    assert claims(Store({"active_manifest": "a", **report}, TrustStore()))


def test_a_chain_that_bites_its_tail_ends() -> None:
    ingredient = {"active_manifest": "a", "relationship": "parentOf", "label": "i"}
    report = {"active_manifest": "a", "manifests": {"a": {"label": "a", "ingredients": [ingredient, ingredient]}}}

    assert 1 == len(claims(Store(report, TrustStore())))


def test_thousands_of_ingredients_are_cut_off() -> None:
    manifests = {str(n): {"label": str(n), "ingredients": [{"active_manifest": str(n + 1)}]} for n in range(5000)}

    assert 256 == len(claims(Store({"active_manifest": "0", "manifests": manifests}, TrustStore())))


@given(st.sets(st.text(max_size=20)), st.sets(st.text(max_size=20)))
def test_nothing_is_trusted_unless_the_code_says_so(success: set[str], failure: set[str]) -> None:
    assert ClaimState.TRUSTED is not states.state(success - {states.TRUSTED}, failure)


def test_the_default_lists_are_dated_and_complete(home: Path) -> None:
    sizes = {one.name: (one.size, one.as_of) for one in default_store().lists}

    assert {
        "c2pa-tsa": (22, "2026-08-05"), "c2pa-signers": (30, "2026-08-05"),
        "interim-anchors": (18, "2026-08-05"), "interim-allowed": (86, "2026-08-05"),
    } == sizes  # fmt: skip


_TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def _definition(action: dict[str, Any], label: str = "c2pa.actions.v2") -> dict[str, Any]:
    return {
        "claim_generator_info": [{"name": "other"}],
        "assertions": [{"label": label, "data": {"actions": [action]}}],
    }


def _old_manifest(jpeg: bytes, signer: FileSigner, action: dict[str, Any], label: str = "c2pa.actions") -> bytes:
    """A claim of version 1, as tools wrote it until 2024."""
    out = io.BytesIO()
    definition = {**_definition(action, label), "claim_version": 1, "claim_generator": "Old/1.0"}
    with c2pa.Builder(definition) as builder, signer.opened() as native:
        builder.sign(native, "image/jpeg", io.BytesIO(jpeg), out)
    return out.getvalue()


def _verdict(claims: tuple[Claim, ...]) -> tuple[str, str, str]:
    verdict: Verdict = weigh(claims)
    return verdict.integrity.value, verdict.trust.value, verdict.basis.value
