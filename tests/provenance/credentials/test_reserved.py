"""MP4 signed in room made for the manifest: the same manifest, one copy, and nothing half done."""

import io
from pathlib import Path

import pytest
from movies import movie, movies, packets

from indicia.provenance import keys
from indicia.provenance.asset import Asset
from indicia.provenance.credentials import CallbackSigner, FileSigner, Statement
from indicia.provenance.credentials.locate import active_label, holds_manifest
from indicia.provenance.credentials.reserved import require_read, require_sound
from indicia.provenance.credentials.sign import sign, sign_file, sign_into
from indicia.provenance.credentials.verify import read
from indicia.provenance.errors import BadContent, IndiciaError, SigningFailed, UsageError
from indicia.provenance.evidence import ClaimState

STATEMENT = Statement(model="tiny", title="A boat")
INTACT = (ClaimState.TRUSTED, ClaimState.UNTRUSTED)
MOVIES = movies()


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> FileSigner:
    folder = tmp_path_factory.mktemp("keys")
    keys.init(folder)
    return keys.load_signer(folder)


def signed(data: bytes, kind: str, signer: FileSigner | CallbackSigner, statement: Statement = STATEMENT) -> bytes:
    target = io.BytesIO()
    sign_into(io.BytesIO(data), target, kind, statement, signer)
    return target.getvalue()


@pytest.mark.parametrize("name", MOVIES)
def test_it_says_what_the_usual_way_says_and_leaves_the_streams(name: str, signer: FileSigner) -> None:
    kind, data = MOVIES[name]

    ours, usual = signed(data, kind, signer), sign(data, kind, STATEMENT, signer)

    (mine,), (theirs,) = read(Asset.of(ours)), read(Asset.of(usual))
    assert mine.state is theirs.state in INTACT
    assert (mine.actions, mine.title, mine.ai_model) == (theirs.actions, theirs.title, theirs.ai_model)
    assert packets(data) == packets(ours)
    assert holds_manifest(io.BytesIO(ours), kind)
    assert not holds_manifest(io.BytesIO(data), kind)


def test_an_independent_validator_agrees(signer: FileSigner, tmp_path: Path) -> None:
    encypher = pytest.importorskip("encypher_c2pa")
    path = tmp_path / "x.mp4"
    path.write_bytes(signed(movie(), "mp4", signer))

    said = encypher.verify(path, telemetry=False)

    assert ("valid", "valid", "match") == (said["integrity"], said["signature"], said["hard_binding"])


def test_the_store_is_given_back_with_its_label(signer: FileSigner) -> None:
    target = io.BytesIO()

    store = sign_into(io.BytesIO(movie()), target, "mp4", STATEMENT, signer)

    assert store in target.getvalue()
    assert read(Asset.of(target.getvalue()))[0].label == active_label(store)


def test_an_edit_keeps_the_chain_and_one_store(signer: FileSigner) -> None:
    first = signed(movie(), "mp4", signer)

    second = signed(first, "mp4", signer, Statement(kind="edited", source_type="humanEdits"))

    claims = read(Asset.of(second))
    assert [0, 1] == [c.depth for c in claims]
    assert all(c.state in INTACT and not c.laundered for c in claims)
    assert 1 == second.count(b"jumdc2pa")
    with pytest.raises(UsageError, match="edited"):
        signed(first, "mp4", signer)


def test_a_changed_byte_is_noticed(signer: FileSigner) -> None:
    data = bytearray(signed(movie(), "mp4", signer))
    data[data.index(b"mdat") + 100] ^= 1

    assert [ClaimState.ALTERED] == [c.state for c in read(Asset.of(bytes(data)))]


def test_a_signer_that_was_used_for_a_film_signs_again(signer: FileSigner) -> None:
    for kind, data in (MOVIES["mp4"], MOVIES["mov"]):
        assert read(Asset.of(signed(data, kind, signer)))
        assert read(Asset.of(sign(data, kind, STATEMENT, signer)))


def test_a_callback_that_fails_is_the_cause(signer: FileSigner) -> None:
    def refuse(data: bytes) -> bytes:
        raise PermissionError("the card was pulled")

    with pytest.raises(SigningFailed, match="card was pulled"):
        signed(movie(), "mp4", CallbackSigner(refuse, "es256", signer.chain_pem))


def test_damaged_films_are_refused_with_our_own_errors(signer: FileSigner) -> None:
    data = movie()

    for end in range(0, len(data), 397):
        try:
            signed(data[:end], "mp4", signer)
        except IndiciaError:
            continue
    with pytest.raises(BadContent):
        signed(b"", "mp4", signer)


def test_a_manifest_that_does_not_hold_by_itself_is_noticed(signer: FileSigner) -> None:
    store = bytearray(sign_into(io.BytesIO(movie()), io.BytesIO(), "mp4", STATEMENT, signer))

    require_sound(bytes(store), "video/mp4")

    store[store.index(b"tiny")] ^= 1
    with pytest.raises(SigningFailed):
        require_sound(bytes(store), "video/mp4")
    with pytest.raises(SigningFailed, match="read to be signed"):
        require_read(io.BytesIO(movie()), 100)


def test_a_large_file_is_signed_in_place(signer: FileSigner, tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    path.write_bytes(movie() + ((65 << 20) + 8).to_bytes(4, "big") + b"mdat" + bytes(65 << 20))

    sign_file(path, STATEMENT, signer)

    assert read(Asset.open(path))[0].state in INTACT
    assert [path] == list(tmp_path.iterdir())
