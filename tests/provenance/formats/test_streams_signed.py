"""Video and sound: label first, then sign, inside the file or beside it; and what C2PA changes in the containers."""

from pathlib import Path

import pytest
from containers import OWN_XMP
from streams import decoded, everything

from indicia.provenance import keys
from indicia.provenance.asset import Asset
from indicia.provenance.credentials import Statement, read
from indicia.provenance.credentials.sign import EMBEDDABLE, sign, sign_file
from indicia.provenance.errors import BadContent, Unsupported
from indicia.provenance.evidence import ClaimState
from indicia.provenance.formats import for_format
from indicia.provenance.labels import aigc
from indicia.provenance.sniff import sniff

OURS = frozenset({"wav", "mp3", "flac", "ogg", "opus", "mka", "weba", "avi", "flv", "matroska", "webm"})
SAMPLES = {name: sample for name, sample in everything().items() if sample[0] in OURS}
SIGNABLE = [name for name, (kind, _) in SAMPLES.items() if kind in EMBEDDABLE]
# c2pa-rs reads no RF64, and wants sizes that are true.
UNSIGNABLE = {"wav with 64-bit sizes", "wav that names no size"}
INTACT = {ClaimState.TRUSTED, ClaimState.UNTRUSTED}


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> keys.FileSigner:
    folder: Path = tmp_path_factory.mktemp("home") / "keys"
    keys.init(folder)
    return keys.load_signer(folder)


@pytest.mark.parametrize("name", [name for name in SIGNABLE if name not in UNSIGNABLE])
def test_a_labelled_file_is_signed_intact_and_keeps_label_and_samples(name: str, signer: keys.FileSigner) -> None:
    kind, data = SAMPLES[name]
    label = aigc.Aigc("1", "ACME", "n1", aigc.reserved_code(data, kind))
    labelled = aigc.write(data, kind, label)

    signed = sign(labelled, kind, Statement(title="x"), signer)

    asset = Asset.of(signed)
    assert kind == asset.format
    assert {c.state for c in read(asset)} <= INTACT
    assert read(asset)
    assert aigc.read(Asset.of(labelled)) == aigc.read(asset)
    assert aigc.integrity_holds(signed, kind, label)
    assert decoded(data) == decoded(signed)


@pytest.mark.parametrize("name", ["wav", "mp3", "avi"])
def test_a_packet_is_still_there_once_signed(name: str, signer: keys.FileSigner) -> None:
    kind, data = SAMPLES[name]
    module = for_format(kind)

    signed = sign(module.write_xmp(data, OWN_XMP), kind, Statement(title="x"), signer)

    assert OWN_XMP == module.read_xmp(signed)


@pytest.mark.parametrize("name", [name for name in SAMPLES if name not in SIGNABLE])
def test_what_carries_no_manifest_is_signed_beside_the_file(name: str, signer: keys.FileSigner, tmp_path: Path) -> None:
    kind, data = SAMPLES[name]
    path = tmp_path / "file"
    path.write_bytes(aigc.write(data, kind, aigc.Aigc("1", "ACME", "n1")))

    sign_file(path, Statement(title="x"), signer, sidecar=True)

    assert {c.state for c in read(Asset.open(path))} <= INTACT
    assert read(Asset.open(path))
    assert aigc.read(Asset.open(path))


@pytest.mark.parametrize("kind", sorted(OURS - EMBEDDABLE))
def test_signing_inside_says_what_to_do_instead(kind: str, signer: keys.FileSigner) -> None:
    data = next(data for found, data in SAMPLES.values() if found == kind)

    with pytest.raises(Unsupported, match="sidecar"):
        sign(data, kind, Statement(title="x"), signer)


@pytest.mark.parametrize("name", sorted(UNSIGNABLE))
def test_a_wav_file_that_the_signer_cannot_read_is_refused_and_told(name: str, signer: keys.FileSigner) -> None:
    kind, data = SAMPLES[name]

    with pytest.raises(BadContent, match="cannot carry a manifest"):
        sign(data, kind, Statement(title="x"), signer)


def test_a_signed_flac_file_is_known_behind_its_id3_tag(signer: keys.FileSigner) -> None:
    """C2PA puts the manifest of a FLAC file into an ID3 tag before it."""
    kind, data = SAMPLES["flac"]

    signed = sign(data, kind, Statement(title="x" * 9000), signer)
    relabelled = aigc.write(signed, kind, aigc.Aigc("1", "ACME", "n2"))

    assert b"ID3" == signed[:3]
    assert "flac" == sniff(signed)
    assert signed[: signed.index(b"fLaC")] == relabelled[: relabelled.index(b"fLaC")]
    assert decoded(data) == decoded(relabelled)
