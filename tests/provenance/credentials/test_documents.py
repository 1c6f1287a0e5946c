"""Documents are signed where c2pa-rs writes what others read, which is PDF; beside the file everywhere else."""

from pathlib import Path
from typing import Any

import encypher_c2pa
import pytest
from documents import documents, made_by_a_library

from indicia.provenance.asset import Asset
from indicia.provenance.credentials import FileSigner, Statement, TrustStore
from indicia.provenance.credentials.sign import sign, sign_file
from indicia.provenance.credentials.verify import read
from indicia.provenance.evidence import ClaimState
from indicia.provenance.labels import aigc, iptc
from indicia.provenance.labels import documents as labels

DOCUMENTS = documents()
OFFICE = {kind: made_by_a_library(kind) for kind in ("docx", "xlsx", "pptx")} | {"epub": DOCUMENTS["epub"][1]}


def marked(data: bytes, kind: str, folder: Path) -> tuple[bytes, aigc.Aigc]:
    """The document with both labels, and IPTC where it has a place."""
    source, target = folder / f"plain.{kind}", folder / f"shown.{kind}"
    source.write_bytes(data)
    labels.add(source, target, "AI生成")
    shown = target.read_bytes()
    label = aigc.Aigc("1", "ACME", "n1", aigc.reserved_code(shown, kind))
    written = aigc.write(shown, kind, label)
    return (iptc.write(written, kind, iptc.Iptc()) if kind in ("pdf", "epub") else written), label


@pytest.mark.parametrize("name", [n for n, (kind, _) in DOCUMENTS.items() if kind == "pdf"])
def test_labels_are_read_from_a_signed_pdf_and_others_trust_it(
    name: str, tmp_path: Path, made: Statement, signer: FileSigner, root: Any
) -> None:
    """c2pa-rs writes the whole file anew; what the digest in the label covers is still there."""
    data, label = marked(DOCUMENTS[name][1], "pdf", tmp_path)

    signed = sign(data, "pdf", made, signer)

    asset = Asset.of(signed)
    assert ClaimState.TRUSTED is read(asset, trust=root.store)[0].state
    assert () == aigc.read(asset)[0].findings
    assert aigc.integrity_holds(signed, "pdf", label)
    assert "synthetic" == iptc.read(asset)[0].origin
    assert "AI生成" == next(iter(labels.label.read(asset))).wording
    report = encypher_c2pa.verify(signed, asset.mime, trust_pem=root.pem, telemetry=False)
    assert "Trusted" == report["validation_state"]


@pytest.mark.parametrize("kind", OFFICE)
def test_an_office_document_is_signed_beside_itself_and_its_labels_are_read(
    kind: str, tmp_path: Path, made: Statement, signer: FileSigner, trust: TrustStore
) -> None:
    data, label = marked(OFFICE[kind], kind, tmp_path)
    path = tmp_path / f"a.{kind}"
    path.write_bytes(data)

    written = sign_file(path, made, signer)

    asset = Asset.open(path)
    (claim,) = read(asset, trust=trust)
    assert tmp_path / f"a.{kind}.c2pa" == written
    assert (ClaimState.TRUSTED, True) == (claim.state, claim.sidecar)
    assert data == path.read_bytes()
    assert aigc.integrity_holds(data, kind, label)
    assert "AI生成" == next(iter(labels.label.read(asset))).wording
    path.write_bytes(aigc.write(data, kind, aigc.Aigc("2", "", "", "", "ACME", "n2")))
    assert ClaimState.ALTERED is read(Asset.open(path), trust=trust)[0].state


def test_a_document_signed_to_another_place_goes_there_with_its_manifest(
    tmp_path: Path, made: Statement, signer: FileSigner, trust: TrustStore
) -> None:
    source, target = tmp_path / "a.docx", tmp_path / "b.docx"
    source.write_bytes(OFFICE["docx"])

    written = sign_file(source, made, signer, output=target)

    assert tmp_path / "b.docx.c2pa" == written
    assert OFFICE["docx"] == target.read_bytes()
    assert ClaimState.TRUSTED is read(Asset.open(target), trust=trust)[0].state
    assert ["a.docx", "b.docx", "b.docx.c2pa"] == sorted(p.name for p in tmp_path.iterdir())
