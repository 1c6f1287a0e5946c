"""Labels come before the signature: every labelled container can still be signed, and says the same afterwards."""

from pathlib import Path

import pytest
from containers import HEIC, everything

from indicia.provenance import keys
from indicia.provenance.asset import Asset
from indicia.provenance.credentials import Statement, read
from indicia.provenance.credentials.sign import sign
from indicia.provenance.errors import Unsupported
from indicia.provenance.evidence import ClaimState
from indicia.provenance.formats import for_format
from indicia.provenance.labels import aigc, iptc

# c2pa-rs writes manifests into these; a sidecar serves the others.
KINDS = ("jpeg", "png", "webp", "gif", "tiff", "avif", "heic", "svg")
SIGNABLE = {name: sample for name, sample in everything().items() if sample[0] in KINDS and name != "heic"}


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> keys.FileSigner:
    folder: Path = tmp_path_factory.mktemp("home") / "keys"
    keys.init(folder)
    return keys.load_signer(folder)


@pytest.mark.parametrize("name", SIGNABLE)
def test_a_labelled_file_is_signed_intact_and_keeps_its_labels(name: str, signer: keys.FileSigner) -> None:
    kind, data = SIGNABLE[name]
    label = aigc.Aigc("1", "ACME", "n1", aigc.reserved_code(data, kind))
    labelled = iptc.write(aigc.write(data, kind, label), kind, iptc.Iptc(ai_system_used="tiny"))

    signed = sign(labelled, kind, Statement(title="x"), signer)

    asset = Asset.of(signed)
    states = {c.state for c in read(asset)}
    assert states <= {ClaimState.TRUSTED, ClaimState.UNTRUSTED}
    assert states
    assert aigc.read(Asset.of(labelled)) == aigc.read(asset)
    assert iptc.read(Asset.of(labelled)) == iptc.read(asset)
    assert aigc.integrity_holds(signed, kind, label)
    assert for_format(kind).essence(labelled) == for_format(kind).essence(signed)


def test_a_picture_that_signing_would_damage_is_refused(signer: keys.FileSigner) -> None:
    """c2pa-rs 0.38 shifts item tables with base offsets wrongly; the picture could no longer be decoded."""
    with pytest.raises(Unsupported, match="sidecar"):
        sign(HEIC, "heic", Statement(title="x"), signer)
