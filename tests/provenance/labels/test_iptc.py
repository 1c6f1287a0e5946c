"""IPTC source types and AI properties: written into the packet, read in every spelling."""

import pytest
from containers import OWN_XMP, everything, noise, pictures, saved

from indicia.provenance import xmp
from indicia.provenance.asset import Asset
from indicia.provenance.errors import BadContent, Unsupported, UsageError
from indicia.provenance.formats import for_format
from indicia.provenance.labels import iptc
from indicia.provenance.labels.iptc import Iptc

CARRY_XMP = [n for n, (kind, _) in everything().items() if for_format(kind).aigc_form == "xmp"]
FULL = Iptc(
    "compositeWithTrainedAlgorithmicMedia", "tiny <1>", "2 & 3", "a cat\n'on' \"it\"", "Me 猫", "credit", "creator",
    "© all", "DMI-PROHIBITED-AIMLTRAINING",
)  # fmt: skip


def labelled(source_type_xml: str) -> Asset:
    packet = OWN_XMP.replace(
        b"</rdf:RDF>",
        f'<rdf:Description xmlns:e="{iptc.EXT}">{source_type_xml}</rdf:Description></rdf:RDF>'.encode(),
    )
    return Asset.of(for_format("png").write_xmp(saved(noise(), "png"), packet))


@pytest.mark.parametrize("name", CARRY_XMP)
def test_every_property_comes_back(name: str) -> None:
    kind, data = everything()[name]

    written = iptc.write(data, kind, FULL)

    (found,) = iptc.read(Asset.of(written))
    values = dict(found.fields)
    assert ("iptc", False, "partly_synthetic", ()) == (found.standard, found.explicit, found.origin, found.findings)
    assert iptc.SOURCE_TYPES + "compositeWithTrainedAlgorithmicMedia" == values["DigitalSourceType"]
    assert ("tiny <1>", "2 & 3", "a cat\n'on' \"it\"", "Me 猫") == tuple(
        values[k] for k in ("AISystemUsed", "AISystemVersionUsed", "AIPromptInformation", "AIPromptWriterName")
    )
    assert values["DataMining"].endswith("/DMI-PROHIBITED-AIMLTRAINING")
    assert written == iptc.write(written, kind, FULL)
    assert for_format(kind).essence(data) == for_format(kind).essence(written)


def test_an_empty_field_leaves_the_value_of_the_file() -> None:
    data = iptc.write(saved(noise(), "png"), "png", FULL)

    (found,) = iptc.read(Asset.of(iptc.write(data, "png", Iptc(ai_system_used="other"))))

    values = dict(found.fields)
    assert ("other", "2 & 3") == (values["AISystemUsed"], values["AISystemVersionUsed"])
    assert values["DigitalSourceType"].endswith("/trainedAlgorithmicMedia")


def test_properties_of_the_user_stay() -> None:
    data = for_format("webp").write_xmp(saved(noise(), "webp"), OWN_XMP)

    packet = for_format("webp").read_xmp(iptc.write(data, "webp", FULL))

    assert packet is not None
    own = xmp.read(OWN_XMP).properties
    assert own == xmp.read(packet).properties[: len(own)]


@pytest.mark.parametrize(
    ("said", "origin"),
    [
        ("http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia", "synthetic"),
        ("http://c2pa.org/digitalsourcetype/trainedAlgorithmicData", "synthetic"),
        ("http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic", "partly_synthetic"),
        ("http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture", "captured"),
        ("http://cv.iptc.org/newscodes/digitalsourcetype/digitalCreation", ""),
    ],
)
def test_a_source_type_says_what_it_says(said: str, origin: str) -> None:
    (found,) = iptc.read(labelled(f"<e:DigitalSourceType>{said}</e:DigitalSourceType>"))

    assert (origin, ()) == (found.origin, found.findings)


@pytest.mark.parametrize(
    "xml",
    [
        "https://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
        " http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia/ ",
        "trainedAlgorithmicMedia",
        "digsrctype:trainedAlgorithmicMedia",
        "<rdf:Bag><rdf:li>trainedAlgorithmicMedia</rdf:li></rdf:Bag>",
    ],
)
def test_other_spellings_count_and_are_findings(xml: str) -> None:
    (found,) = iptc.read(labelled(f"<e:DigitalSourceType>{xml}</e:DigitalSourceType>"))

    assert "synthetic" == found.origin
    assert any("spelt" in f for f in found.findings)


def test_a_resource_is_a_spelling_too() -> None:
    (found,) = iptc.read(labelled(f'<e:DigitalSourceType rdf:resource="{iptc.SOURCE_TYPES}trainedAlgorithmicMedia"/>'))

    assert ("synthetic", ()) == (found.origin, found.findings)


def test_an_unknown_term_asserts_nothing() -> None:
    (found,) = iptc.read(labelled("<e:DigitalSourceType>http://x/newMedia</e:DigitalSourceType>"))

    assert "" == found.origin
    assert any("unknown" in f for f in found.findings)


def test_contradicting_types_are_a_finding() -> None:
    both = "".join(
        f"<e:DigitalSourceType>{iptc.SOURCE_TYPES}{t}</e:DigitalSourceType>"
        for t in ("digitalCapture", "trainedAlgorithmicMedia")
    )

    (found,) = iptc.read(labelled(both))

    assert any("several" in f for f in found.findings)


def test_a_file_that_says_nothing_has_no_label() -> None:
    assert [()] * len(pictures()) == [iptc.read(Asset.of(data)) for _, data in pictures().values()]


def test_what_cannot_be_written_is_told() -> None:
    with pytest.raises(UsageError, match="trainedAlgorithmicMedia"):
        iptc.write(saved(noise(), "png"), "png", Iptc("magic"))
    with pytest.raises(Unsupported, match="Markdown"):
        iptc.write(b"# T\n", "markdown", Iptc())
    broken = for_format("png").write_xmp(saved(noise(), "png"), b"<x")
    with pytest.raises(BadContent):
        iptc.write(broken, "png", Iptc())
    with pytest.raises(BadContent, match="cannot be read"):
        iptc.read(Asset.of(broken))
