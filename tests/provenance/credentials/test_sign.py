"""Signing: every format, the whole recipe, and files that are never harmed."""

import io
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import encypher_c2pa
import numpy as np
import pytest
from PIL import Image

from indicia.provenance import Asset, ClaimState
from indicia.provenance.credentials import (
    CallbackSigner,
    FileSigner,
    Statement,
    TrustStore,
    algorithm_name,
    read,
    rubric,
    sign_file,
    sign_stream,
    sign_tree,
)
from indicia.provenance.credentials.locate import holds_manifest
from indicia.provenance.credentials.sign import proven, sign, sign_with_store
from indicia.provenance.errors import BadContent, SigningFailed, UnreadableFile, Unsupported, UsageError, WriteFailed

EMBEDDED = ["jpeg", "png", "webp", "gif", "tiff", "avif", "pdf", "svg", "wav"]
EVERY = [*EMBEDDED, "text", "markdown"]
Media = dict[str, Callable[[], bytes]]


@pytest.mark.parametrize("format", EVERY)
def test_what_is_signed_is_trusted_and_scores_every_check_of_the_official_rubric(
    format: str, media: Media, made: Statement, signer: FileSigner, trust: TrustStore
) -> None:
    asset = Asset.of(sign(media[format](), format, made, signer))

    (claim,) = read(asset, trust=trust)
    checks = rubric.check(asset, trust=trust)

    assert ClaimState.TRUSTED is claim.state
    assert "tests" == claim.trust_list
    assert [] == [c for c in checks if c.outcome is not rubric.Outcome.PASS]
    assert 31 == len(checks)


@pytest.mark.parametrize("format", EMBEDDED)
def test_an_independent_validator_trusts_what_is_signed(
    format: str, media: Media, made: Statement, signer: FileSigner, root: Any
) -> None:
    data = sign(media[format](), format, made, signer)

    report = encypher_c2pa.verify(data, Asset.of(data).mime, trust_pem=root.pem, telemetry=False)

    assert ("valid", "Trusted") == (report["integrity"], report["validation_state"])


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "gif", "tiff", "avif"])
def test_signing_changes_no_pixel(format: str, media: Media, made: Statement, signer: FileSigner) -> None:
    before = media[format]()

    after = sign(before, format, made, signer)

    assert np.array_equal(_pixels(before), _pixels(after))
    assert len(after) - len(before) < 6000  # no thumbnail


@pytest.mark.parametrize("format", ["jpeg", "png"])
def test_the_quick_proof_of_a_result_fails_when_any_byte_of_it_changed(
    format: str, media: Media, made: Statement, signer: FileSigner
) -> None:
    data, store = sign_with_store(media[format](), format, made, signer)
    rng = np.random.default_rng(5)
    at = data.index(store)

    assert proven(data, store, format)
    for place in [0, at, at + len(store) - 1, len(data) - 1, *rng.integers(0, len(data), 200)]:
        changed = bytearray(data)
        changed[place] ^= 1
        # The framing itself is no part of what is hashed; a reader that cannot find the store says so.
        if not at - 12 <= place < at and not at + len(store) <= place < at + len(store) + 4:
            assert not proven(bytes(changed), store, format)
    assert not proven(data, store, "webp")


def test_a_thumbnail_is_stored_only_when_asked_for(jpeg: bytes, made: Statement, signer: FileSigner) -> None:
    plain, with_preview = sign(jpeg, "jpeg", made, signer), sign(jpeg, "jpeg", made, signer, thumbnail=32)

    assert b"c2pa.thumbnail" not in plain
    assert b"c2pa.thumbnail" in with_preview


def test_the_manifest_says_all_that_the_statement_says(jpeg: bytes, signer: FileSigner, trust: TrustStore) -> None:
    ours = algorithm_name("dwtdct", 1)
    statement = Statement(
        model="tiny-diffusion", model_version="1.2", model_id="https://example.com/m", oversight="prompt_guided",
        prompt="a red circle", title="circle", soft_bindings=((ours, "00ff"), ("io.iscc.v0", "ISCC:KACT")),
        training_mining={"ai_training": "notAllowed"}, when="2026-11-26T10:00:00Z",
    )  # fmt: skip

    data = sign(jpeg, "jpeg", statement, signer)
    (claim,) = read(Asset.of(data), trust=trust)

    created, watermarked = claim.actions
    assert ("c2pa.created", "trainedAlgorithmicMedia", "tiny-diffusion 1.2") == (
        created.name, created.source_type, created.agent,
    )  # fmt: skip
    assert "2026-11-26T10:00:00Z" == created.when
    assert "c2pa.watermarked.bound" == watermarked.name
    assert ((ours, "00ff"), ("io.iscc.v0", "ISCC:KACT")) == claim.soft_bindings
    assert (("cawg.ai_training", "notAllowed"),) == claim.training_mining
    assert "tiny-diffusion" == claim.ai_model
    assert ours == "io.github.indicia.dwtdct.1"
    assert b"a red circle" in data
    assert b"c2pa.ai-disclosure" in data
    assert [] == [c for c in rubric.check(Asset.of(data)) if c.outcome is not rubric.Outcome.PASS]


def test_the_prompt_stays_out_of_the_file_unless_it_is_given(jpeg: bytes, made: Statement, signer: FileSigner) -> None:
    data = sign(jpeg, "jpeg", made, signer)

    assert b"prompt" not in data


@pytest.mark.parametrize(
    "wrong",
    [
        {"source_type": "trainedAlgoritmicMedia"},
        {"kind": "changed"},
        {"oversight": "none"},
        {"training_mining": {"ai_training": "maybe"}},
        {"training_mining": {"ai_trainning": "allowed"}},
        {"parent": b"x"},
    ],
)
def test_a_word_that_c2pa_does_not_know_is_refused_and_not_signed(
    wrong: dict[str, Any], jpeg: bytes, made: Statement, signer: FileSigner
) -> None:
    with pytest.raises(UsageError):
        sign(jpeg, "jpeg", replace(made, **wrong), signer)


def test_a_statement_that_no_manifest_can_hold_is_refused(jpeg: bytes, made: Statement, signer: FileSigner) -> None:
    with pytest.raises(UsageError, match="shorten"):
        sign(jpeg, "jpeg", replace(made, title="x" * 3_000_000), signer)
    with pytest.raises(SigningFailed):
        sign(jpeg, "jpeg", replace(made, actions=({"action": "c2pa.created"},)), signer)


def test_a_long_prompt_fits(jpeg: bytes, made: Statement, signer: FileSigner, trust: TrustStore) -> None:
    data = sign(jpeg, "jpeg", replace(made, prompt="long " * 300_000), signer)

    assert ClaimState.TRUSTED is read(Asset.of(data), trust=trust)[0].state


def test_an_edit_keeps_the_chain_of_what_was_there(signed: bytes, signer: FileSigner, trust: TrustStore) -> None:
    edit = Statement(kind="edited", source_type="compositeWithTrainedAlgorithmicMedia", model="inpaint")

    again = sign(sign(signed, "jpeg", edit, signer), "jpeg", Statement(kind="opened"), signer)
    chain = read(Asset.of(again), trust=trust)

    assert [(0, ""), (1, "parentOf"), (2, "parentOf")] == [(c.depth, c.relationship) for c in chain]
    assert {ClaimState.TRUSTED} == {c.state for c in chain}
    assert ("compositeWithTrainedAlgorithmicMedia",) == chain[1].source_types
    assert ("trainedAlgorithmicMedia",) == chain[2].source_types
    assert [] == [c for c in rubric.check(Asset.of(again)) if c.outcome is not rubric.Outcome.PASS]


def test_a_parent_of_another_format_brings_its_chain(
    signed: bytes, media: Media, signer: FileSigner, trust: TrustStore
) -> None:
    edit = Statement(kind="edited", source_type="humanEdits", parent=Asset.of(signed))

    chain = read(Asset.of(sign(media["png"](), "png", edit, signer)), trust=trust)

    assert [0, 1] == [c.depth for c in chain]
    assert "tiny-diffusion" == chain[1].ai_model


def test_a_created_statement_over_a_signed_file_is_refused_because_it_drops_the_chain(
    signed_file: Path, signed: bytes, made: Statement, signer: FileSigner
) -> None:
    with pytest.raises(UsageError, match=r"signed\.jpg.*edited"):
        sign_file(signed_file, made, signer)

    assert signed == signed_file.read_bytes()


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "svg", "wav", "pdf"])
def test_a_manifest_is_found_before_it_would_be_dropped(
    format: str, media: Media, made: Statement, signer: FileSigner
) -> None:
    plain = media[format]()
    data = sign(plain, format, made, signer)

    assert not holds_manifest(io.BytesIO(plain), format)
    assert holds_manifest(io.BytesIO(data), format)
    assert all(holds_manifest(io.BytesIO(data[:cut]), format) in (True, False) for cut in range(0, len(data), 97))


def test_a_jpeg_built_in_an_unusual_way_is_searched_through(signed: bytes) -> None:
    padded = signed[:2] + b"\xff" + signed[2:]  # a fill byte before a marker, ITU T.81 B.1.1.2

    assert holds_manifest(io.BytesIO(padded), "jpeg")


def test_a_file_is_signed_in_place_with_its_permissions_and_no_leftovers(
    tmp_path: Path, jpeg: bytes, made: Statement, signer: FileSigner, trust: TrustStore
) -> None:
    path = tmp_path / "p.jpg"
    path.write_bytes(jpeg)
    path.chmod(0o640)

    written = sign_file(path, made, signer, output=path)

    assert path == written
    assert 0o640 == path.stat().st_mode & 0o777
    assert [path] == list(tmp_path.iterdir())
    assert ClaimState.TRUSTED is read(Asset.open(path), trust=trust)[0].state


def test_the_type_comes_from_the_content_and_not_from_the_name(
    tmp_path: Path, jpeg: bytes, made: Statement, signer: FileSigner, trust: TrustStore
) -> None:
    path = tmp_path / "really.png"
    path.write_bytes(jpeg)

    sign_file(path, made, signer)

    assert ClaimState.TRUSTED is read(Asset.open(path), trust=trust)[0].state


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xd8\xff", b"\x00\x01binary", b"%PDF-1.7 cut", b"\x89PNG\r\n\x1a\n1234"]
)
def test_a_file_that_cannot_be_signed_stays_as_it_was(
    content: bytes, tmp_path: Path, made: Statement, signer: FileSigner
) -> None:
    path, other = tmp_path / "x.jpg", tmp_path / "other.jpg"
    path.write_bytes(content)
    other.write_bytes(b"older")

    for target in (path, other):
        with pytest.raises((Unsupported, BadContent, SigningFailed), match=r"x\.jpg"):
            sign_file(path, made, signer, output=target)

    assert (content, b"older") == (path.read_bytes(), other.read_bytes())
    assert {"x.jpg", "other.jpg"} == {p.name for p in tmp_path.iterdir()}


def test_a_target_that_is_read_only_or_in_no_folder_is_refused(
    tmp_path: Path, jpeg: bytes, made: Statement, signer: FileSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "p.jpg"
    path.write_bytes(jpeg)
    # The superuser may write anything; the answer that others get is given here.
    monkeypatch.setattr(os, "access", lambda *_: False)

    with pytest.raises(WriteFailed, match="read-only"):
        sign_file(path, made, signer)
    with pytest.raises(WriteFailed, match="another folder"):
        sign_file(path, made, signer, output=tmp_path / "absent" / "p.jpg")

    assert jpeg == path.read_bytes()


def test_a_folder_or_a_missing_file_or_a_pipe_is_refused(tmp_path: Path, made: Statement, signer: FileSigner) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    for path in (tmp_path, tmp_path / "absent.jpg", pipe):
        with pytest.raises(UnreadableFile):
            sign_file(path, made, signer)


def test_a_kill_in_the_middle_of_signing_leaves_the_old_file(tmp_path: Path, jpeg: bytes, home: Path) -> None:
    path = tmp_path / "p.jpg"
    path.write_bytes(jpeg)
    script = """
        import os, signal, sys
        from pathlib import Path
        from indicia.provenance import keys
        from indicia.provenance.credentials import CallbackSigner, Statement, sign_file
        keys.ensure_keys()
        signer = keys.load_signer()
        def die(data):
            os.kill(os.getpid(), signal.SIGKILL)
        sign_file(Path(sys.argv[1]), Statement(), CallbackSigner(die, "es256", signer.chain_pem))
    """

    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(path)],
        env={**os.environ, "INDICIA_HOME": str(home)}, check=False, capture_output=True,
    )  # fmt: skip

    assert -9 == done.returncode
    assert jpeg == path.read_bytes()


def test_what_a_callback_raises_reaches_the_caller(jpeg: bytes, made: Statement, signer: FileSigner) -> None:
    def refuse(data: bytes) -> bytes:
        raise PermissionError("the token is locked")

    with pytest.raises(SigningFailed, match="the token is locked") as caught:
        sign(jpeg, "jpeg", made, CallbackSigner(refuse, "es256", signer.chain_pem))

    assert isinstance(caught.value.__cause__, PermissionError)


def test_a_callback_signs_as_a_key_in_a_kms_would(
    jpeg: bytes, made: Statement, signer: FileSigner, trust: TrustStore
) -> None:
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = serialization.load_pem_private_key(signer.key_pem, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    remote = CallbackSigner(lambda data: key.sign(data, ec.ECDSA(hashes.SHA256())), "es256", signer.chain_pem)

    for name, data in (("jpeg", jpeg), ("text", b"said by a machine\n")):
        assert ClaimState.TRUSTED is read(Asset.of(sign(data, name, made, remote)), trust=trust)[0].state


def test_a_signature_that_does_not_fit_the_certificate_never_leaves(
    jpeg: bytes, made: Statement, signer: FileSigner, root: Any
) -> None:
    other = root.signer()

    with pytest.raises(SigningFailed):
        sign(jpeg, "jpeg", made, FileSigner(signer.chain_pem, other.key_pem))


def test_a_certificate_that_cannot_sign_is_explained(jpeg: bytes, made: Statement, root: Any) -> None:
    from cryptography.x509.oid import ExtendedKeyUsageOID

    unfit = root.signer(usages=(ExtendedKeyUsageOID.SERVER_AUTH,))

    with pytest.raises(SigningFailed, match=r"extended key usage lacks claimSigning"):
        sign(jpeg, "jpeg", made, unfit)


def test_a_time_stamp_authority_that_does_not_answer_fails_the_signature(
    tmp_path: Path, jpeg: bytes, made: Statement, signer: FileSigner
) -> None:
    path = tmp_path / "p.jpg"
    path.write_bytes(jpeg)

    with pytest.raises(SigningFailed, match=r"127\.0\.0\.1"):
        sign_file(path, made, replace(signer, tsa_url="http://127.0.0.1:9/"))

    assert jpeg == path.read_bytes()


def test_threads_share_one_signer(jpeg: bytes, made: Statement, signer: FileSigner, trust: TrustStore) -> None:
    results: list[bytes] = []
    threads = [threading.Thread(target=lambda: results.append(sign(jpeg, "jpeg", made, signer))) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [ClaimState.TRUSTED] * 4 == [read(Asset.of(data), trust=trust)[0].state for data in results]


def test_a_child_process_signs_with_a_signer_of_its_parent(tmp_path: Path, home: Path) -> None:
    script = """
        import io, os
        from PIL import Image
        from indicia.provenance import Asset, keys
        from indicia.provenance.credentials import Statement, read
        from indicia.provenance.credentials.sign import sign
        keys.ensure_keys()
        signer, out = keys.load_signer(), io.BytesIO()
        Image.new("RGB", (8, 8)).save(out, "PNG")
        def state():
            return read(Asset.of(sign(out.getvalue(), "png", Statement(), signer)))[0].state.value
        assert state() == "trusted"
        if os.fork() == 0:
            os._exit(0 if state() == "trusted" else 7)
        assert os.waitstatus_to_exitcode(os.wait()[1]) == 0
        assert state() == "trusted"
    """

    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], env={**os.environ, "INDICIA_HOME": str(home)}, check=True
    )


@pytest.mark.parametrize(
    "content", [b"<html>x</html>", b"\x1aE\xdf\xa3webm and so on", b"\x00\x01\x02 anything", b"text\n"]
)
def test_a_sidecar_goes_with_any_content_and_notices_an_edit(
    content: bytes, tmp_path: Path, made: Statement, signer: FileSigner, trust: TrustStore
) -> None:
    path = tmp_path / "thing.bin"
    path.write_bytes(content)

    written = sign_file(path, made, signer, sidecar=True)
    (intact,) = read(Asset.open(path), trust=trust)
    path.write_bytes(content + b"!")
    (edited,) = read(Asset.open(path), trust=trust)

    assert tmp_path / "thing.bin.c2pa" == written
    assert (ClaimState.TRUSTED, True) == (intact.state, intact.sidecar)
    assert ClaimState.ALTERED is edited.state


def test_a_sidecar_leaves_a_picture_byte_for_byte_and_others_accept_it(
    tmp_path: Path, jpeg: bytes, made: Statement, signer: FileSigner, root: Any
) -> None:
    path = tmp_path / "p.jpg"
    path.write_bytes(jpeg)

    written = sign_file(path, made, signer, sidecar=True, output=tmp_path / "elsewhere.c2pa")
    report = encypher_c2pa.verify(
        jpeg, "image/jpeg", manifest_store=written.read_bytes(), trust_pem=root.pem, telemetry=False
    )

    assert jpeg == path.read_bytes()
    assert "Trusted" == report["validation_state"]
    assert 31 == len(rubric.check(Asset.open(path), sidecar=written, trust=root.store))
    assert () == read(Asset.open(path), trust=root.store)  # it is not beside the file


def test_a_parent_with_a_sidecar_brings_its_chain(
    tmp_path: Path, made: Statement, signer: FileSigner, trust: TrustStore, jpeg: bytes
) -> None:
    film = tmp_path / "film.webm"
    film.write_bytes(b"\x1aE\xdf\xa3 webm")
    sign_file(film, made, signer, sidecar=True)
    edit = Statement(kind="edited", source_type="humanEdits", parent=Asset.open(film))

    chain = read(Asset.of(sign(jpeg, "jpeg", edit, signer)), trust=trust)

    assert [(0, ClaimState.TRUSTED), (1, ClaimState.TRUSTED)] == [(c.depth, c.state) for c in chain]


def test_what_cannot_carry_a_manifest_is_told_about_the_sidecar(made: Statement, signer: FileSigner) -> None:
    for name in ("html", "webm", "unknown", "docx"):
        with pytest.raises(Unsupported, match="sidecar"):
            sign(b"<html></html>", name, made, signer)
    with pytest.raises(Unsupported, match="no format"):
        sign(b"", "image/nonsense", made, signer)


@pytest.mark.parametrize("format", ["png", "text"])
def test_a_stream_that_cannot_seek_is_signed_into_one_that_cannot_either(
    format: str, media: Media, made: Statement, signer: FileSigner, trust: TrustStore
) -> None:
    ends = os.pipe(), os.pipe()
    plain = media[format]()
    out: list[bytes] = []
    with ExitStack() as stack:
        feed, source = stack.enter_context(open(ends[0][1], "wb")), stack.enter_context(open(ends[0][0], "rb"))
        target, drain = stack.enter_context(open(ends[1][1], "wb")), stack.enter_context(open(ends[1][0], "rb"))
        reader = threading.Thread(target=lambda: out.append(drain.read()))
        reader.start()
        feed.write(plain)
        feed.close()

        sign_stream(source, target, format, made, signer)
        target.close()
        reader.join()

    assert ClaimState.TRUSTED is read(Asset.of(out[0]), trust=trust)[0].state


def test_a_stream_that_cannot_be_signed_leaves_the_target_empty(made: Statement, signer: FileSigner) -> None:
    target = io.BytesIO()

    with pytest.raises((BadContent, SigningFailed)):
        sign_stream(io.BytesIO(b"no picture"), target, "png", made, signer)

    assert b"" == target.getvalue()


def test_a_folder_is_signed_file_by_file_and_a_bad_one_does_not_stop_the_rest(
    tmp_path: Path, jpeg: bytes, media: Media, made: Statement, signer: FileSigner, trust: TrustStore
) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    (folder / "deep" / ".git").mkdir(parents=True)
    (folder / "a.jpg").write_bytes(jpeg)
    (folder / "deep" / "b.png").write_bytes(media["png"]())
    (folder / "deep" / ".git" / "c.jpg").write_bytes(jpeg)
    (folder / "d.bin").write_bytes(b"\x00\x01")
    (folder / "loop").symlink_to(folder)

    done = list(sign_tree(folder, made, signer, output=out))

    assert [out / "a.jpg", None, out / "deep" / "b.png"] == [one.written for one in done]
    assert isinstance(done[1].error, Unsupported)
    assert ClaimState.TRUSTED is read(Asset.open(out / "deep" / "b.png"), trust=trust)[0].state
    assert jpeg == (folder / "a.jpg").read_bytes()


def _pixels(data: bytes) -> Any:
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGBA"))
