"""IPTC photo metadata in XMP: the digital source type, and the AI properties of the 2025.1 standard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

from .. import xmp
from ..asset import Asset
from ..errors import UsageError, WriteFailed
from ..evidence import Label, Media
from ..formats import for_format
from ..formats._splices import Streamed, over
from ..metadata import of
from ..verdict import Origin, origin_of_source_types
from . import LabelReader

SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
C2PA_SOURCE_TYPES = "http://c2pa.org/digitalsourcetype/"
EXT = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_DC, _PHOTOSHOP, _PLUS = (
    "http://purl.org/dc/elements/1.1/",
    "http://ns.adobe.com/photoshop/1.0/",
    ("http://ns.useplus.org/ldf/xmp/1.0/"),
)

# The IPTC vocabulary (retired terms included, because files have them), and the two terms that C2PA adds.
TERMS = frozenset({
    "digitalCapture", "computationalCapture", "negativeFilm", "positiveFilm", "print", "humanEdits", "minorHumanEdits",
    "compositeCapture", "algorithmicallyEnhanced", "softwareImage", "digitalArt", "digitalCreation", "dataDrivenMedia",
    "trainedAlgorithmicMedia", "algorithmicMedia", "screenCapture", "virtualRecording", "composite",
    "compositeSynthetic", "compositeWithTrainedAlgorithmicMedia", "multiFrameComputationalCapture",
})  # fmt: skip
C2PA_TERMS = frozenset({"empty", "trainedAlgorithmicData"})

_AI = {
    "ai_system_used": "AISystemUsed",
    "ai_system_version_used": "AISystemVersionUsed",
    "ai_prompt_information": "AIPromptInformation",
    "ai_prompt_writer_name": "AIPromptWriterName",
}


@dataclass(frozen=True, slots=True)
class Iptc:
    """What to say of a picture. `source_type` is the last part of the URI; an empty field leaves the file's own value.

    `data_mining` is a term of the PLUS vocabulary, such as DMI-PROHIBITED-AIMLTRAINING.
    """

    source_type: str = "trainedAlgorithmicMedia"
    ai_system_used: str = ""
    ai_system_version_used: str = ""
    ai_prompt_information: str = ""
    ai_prompt_writer_name: str = ""
    credit: str = ""
    creator: str = ""
    rights: str = ""
    data_mining: str = ""


def write(data: bytes, format: str, iptc: Iptc) -> bytes:
    """`data` with these properties in its XMP packet; every other property and all pixels stay. Read back.

    Raises:
        UsageError: an unknown source type; the text lists the terms.
        Unsupported: the format has no lawful place for XMP.
        BadContent: the file or its packet is damaged.
        WriteFailed: what was read back is not what was written.
    """
    module, changes = for_format(format), _changes(iptc)
    written = module.write_xmp(data, xmp.update(module.read_xmp(data), changes))
    _require_written(module.read_xmp(written), format, changes)
    return written


def described(source: BinaryIO, module: Streamed, format: str, iptc: Iptc) -> BinaryIO:
    """As `write`, for a file of any size: a stream over `source` that is read as the file with these properties.

    Raises:
        As `write`.
    """
    changes = _changes(iptc)
    written = over(source, module.plan_xmp(source, xmp.update(module.find_xmp(source), changes)))
    _require_written(module.find_xmp(written), format, changes)
    written.seek(0)
    return written


def _require_written(raw: bytes | None, format: str, changes: Mapping[tuple[str, str], str | xmp.Array]) -> None:
    packet = xmp.read(raw or b"")
    for (namespace, name), value in changes.items():
        wanted = "; ".join(value.items) if isinstance(value, xmp.Array) else value
        if [p.value for p in packet.all(namespace, name)] != [wanted.strip()]:
            raise WriteFailed(f"{name} read back from the {format} file is not what was written; nothing was changed")


def read(asset: Asset) -> tuple[Label, ...]:
    """One label when the packet has a digital source type or an AI property; none otherwise.

    Raises:
        BadContent: the container or its XMP packet is damaged.
        TooLarge: a limit was met.
    """
    metadata = of(asset)
    metadata.raise_trouble(asset.ref.name)
    packet = metadata.packet
    if packet is None:
        return ()
    uris = [p.value for p in packet.all(EXT, "DigitalSourceType")]
    fields = [("DigitalSourceType", uri) for uri in uris]
    fields += [(name, value) for name in _AI.values() if (value := packet.value(EXT, name))]
    if not fields:
        return ()
    if mining := packet.value(_PLUS, "DataMining"):
        fields.append(("DataMining", mining))
    origin = origin_of_source_types([term(uri) for uri in uris])
    said = "" if origin is Origin.UNKNOWN else str(origin)
    findings = tuple(dict.fromkeys(f for uri in uris if (f := _departure(uri))))
    if len(uris) > 1:
        findings += ("several digital source types in one packet (IPTC Photo Metadata, Digital Source Type)",)
    return (Label("iptc", "iptc", False, said, tuple(fields), findings=findings, locator=metadata.place),)


def uri_of(source_type: str) -> str:
    """The URI of a term.

    Raises:
        UsageError: no such term.
    """
    if source_type in C2PA_TERMS:
        return C2PA_SOURCE_TYPES + source_type
    if source_type not in TERMS:
        raise UsageError(f"no digital source type {source_type!r}; there are: {', '.join(sorted(TERMS | C2PA_TERMS))}")
    return SOURCE_TYPES + source_type


def term(uri: str) -> str:
    """The term of a URI, however it is spelt: https, a closing slash, `digsrctype:` or the term alone."""
    return uri.strip().rstrip("/").rpartition("/")[2].rpartition(":")[2]


def _departure(uri: str) -> str:
    name = term(uri)
    if name not in TERMS | C2PA_TERMS:
        return f"unknown digital source type {name[:60]!r} (IPTC NewsCodes digitalsourcetype)"
    return (
        "" if uri == uri_of(name) else f"the source type is spelt {uri[:100]!r}, not {uri_of(name)!r} (IPTC NewsCodes)"
    )


def _changes(iptc: Iptc) -> dict[tuple[str, str], str | xmp.Array]:
    changes: dict[tuple[str, str], str | xmp.Array] = {(EXT, "DigitalSourceType"): uri_of(iptc.source_type)}
    changes |= {(EXT, name): value for field, name in _AI.items() if (value := getattr(iptc, field))}
    if iptc.credit:
        changes[_PHOTOSHOP, "Credit"] = iptc.credit
    if iptc.creator:
        changes[_DC, "creator"] = xmp.Array("Seq", (iptc.creator,))
    if iptc.rights:
        changes[_DC, "rights"] = xmp.Array("Alt", (iptc.rights,))
    if iptc.data_mining:
        changes[_PLUS, "DataMining"] = f"http://ns.useplus.org/ldf/vocab/{iptc.data_mining}"
    return changes


class _IptcReader:
    """Finds IPTC source types in every container that can carry XMP."""

    name = "iptc"
    media = frozenset(Media)

    def read(self, asset: Asset) -> tuple[Label, ...]:
        return read(asset)


label: LabelReader = _IptcReader()
