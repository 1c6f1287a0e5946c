"""The layers, one function each: a piece goes in and comes out with one more layer on it, or the same if it cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from .. import marks
from ..asset import Asset
from ..errors import BadContent, MissingExtra, TooLarge, Unsupported, UsageError
from ..evidence import Media
from ..media import Clip, Sound
from ..registry.record import MARK, Binding
from . import moving, pixels
from .held import Progress, hold
from .settings import Layer, Settings
from .work import Piece, Work

if TYPE_CHECKING:
    from ..credentials.manifest import Kind, Statement
    from ..credentials.signer import Signer
    from ..labels.aigc import Aigc
    from ..registry import Registry

# What is said of training in C2PA's words, in those of IPTC's PLUS vocabulary.
_MINING = {"notAllowed": "DMI-PROHIBITED-GENAIMLTRAINING", "allowed": "DMI-ALLOWED"}
_MODEL_TYPES = {
    "transformers": "c2pa.types.model.huggingface.transformers",
    "diffusers": "c2pa.types.model.pytorch",
}


@dataclass(frozen=True, slots=True)
class Means:
    """What the layers work with: the settings, the keys, the registry.

    `folder` is where files on their way lie; it is there for video, sound and documents. `to_file` tells whether the
    work ends in a file. `progress` is told of what takes long.
    """

    settings: Settings
    signer: Signer | None
    mark_keys: tuple[marks.MarkKey, ...]
    registry: Registry | None
    folder: Path | None = None
    to_file: bool = False
    progress: Progress | None = None


Lay = Callable[[Piece, Means], Piece]


def begin(work: Work, means: Means) -> Piece:
    """The work as a piece, before any layer."""
    settings, content = means.settings, work.content
    if isinstance(content, str):
        return Piece(work.making, Media.TEXT, settings.text_format, text=content, before=content)
    if isinstance(content, Asset):
        return _from_file(work, content, means)
    if isinstance(content, Clip):
        return Piece(work.making, Media.VIDEO, settings.video_format, clip=content, before=content)
    if isinstance(content, Sound):
        return Piece(work.making, Media.AUDIO, settings.sound_format, sound=content, before=content)
    return Piece(work.making, Media.IMAGE, settings.image_format, image=content, before=content)


def _from_file(work: Work, asset: Asset, means: Means) -> Piece:
    """A file made elsewhere keeps its format; its pixels are touched only for a layer that lies in them."""
    if asset.media is Media.TEXT:
        text = asset.text()
        return Piece(work.making, Media.TEXT, asset.format, text=text, before=text)
    if asset.media in moving.MEDIA:
        assert means.folder is not None  # noqa: S101 - the press gives one for these media
        return Piece(work.making, asset.media, asset.format, held=hold(asset, means.folder), before=asset)
    if asset.media is not Media.IMAGE:
        raise Unsupported(f"{asset.ref.name}: {asset.format} files cannot be labelled; sign it beside (indicia sign)")
    if not {Layer.VISIBLE, Layer.WATERMARK} & means.settings.layers:
        return Piece(work.making, Media.IMAGE, asset.format, data=asset.data)
    image, belongings = pixels.take_out(asset)
    return Piece(work.making, Media.IMAGE, asset.format, image=image, before=image, belongings=belongings)


def visible(piece: Piece, means: Means) -> Piece:
    """The label that people see or hear: drawn, written or spoken."""
    from ..labels import visible as drawn
    from ..labels._wording import WORDINGS

    settings = means.settings
    if piece.media in moving.MEDIA:
        return moving.show(piece, means)
    if piece.text is not None:
        return replace(piece, text=_written(piece, settings))
    assert piece.image is not None  # noqa: S101 - `begin` decodes the picture when this layer is asked for
    wording = settings.wording or WORDINGS[settings.lang][0]
    image, placed = drawn.draw(piece.image, wording, place=settings.place)
    return replace(piece, image=image, place=placed.place)


def _written(piece: Piece, settings: Settings) -> str:
    from ..labels import written

    kinds: dict[str, written.Kind] = {"text": "text", "markdown": "markdown", "html": "html"}
    if piece.format not in kinds:
        raise Unsupported(f"a written label would break a {piece.format} file; leave it out with --no-visible")
    return written.add(
        piece.text or "", lang=settings.lang, place=settings.text_place, wording=settings.wording or None,
        kind=kinds[piece.format],
    )  # fmt: skip


def watermark(piece: Piece, means: Means) -> Piece:
    """The mark that is not seen, with a payload that only this work's record will have.

    A text's mark is made while it is generated; a text from elsewhere has none, and none can be put in afterwards.
    For other media there is no mark: the layer is not laid.
    """
    if piece.image is None:
        return _token_marked(piece, means)
    import numpy as np
    from PIL import Image

    mark: marks.PixelMark = marks.get(means.settings.image_mark)
    if mark.media is not Media.IMAGE or not mark.can_embed:
        raise UsageError(f"{mark.name} cannot be put on pictures; choose another mark")
    payload = _payload(mark, means)
    plain = piece.image if piece.image.mode == "RGB" else piece.image.convert("RGB")  # convert would copy
    marked = mark.embed(np.asarray(plain), payload, means.mark_keys[0])
    bound = Binding(f"{MARK}{mark.name}@{mark.version}", f"{payload:x}")
    return replace(
        piece,
        image=pixels.over_rgb(piece.image, Image.fromarray(marked)),
        marks=(*piece.marks, (mark.name, mark.version, f"{payload:0{mark.payload_bits // 4}x}")),
        bindings=(*piece.bindings, bound),
    )


def _token_marked(piece: Piece, means: Means) -> Piece:
    if not piece.making.token_marked:
        return piece
    mark: marks.TokenMark = marks.get(means.settings.text_mark)
    return replace(piece, marks=(*piece.marks, (mark.name, mark.version, "")))


def _payload(mark: marks.PixelMark, means: Means) -> int:
    """A number that leads to one record only; without a registry a random one, which leads nowhere."""
    import secrets

    if means.registry is None:
        return secrets.randbits(mark.payload_bits)
    return means.registry.new_payload(f"{mark.name}@{mark.version}", mark.payload_bits)


def encode(piece: Piece, means: Means) -> Piece:
    """The piece as a file; from here on its pixels and words stay as they are. Always done, it is no layer."""
    if piece.media in moving.MEDIA:
        return moving.encode(piece, means)
    if piece.image is not None:
        data = pixels.encode(piece.image, piece.format, quality=means.settings.quality, belongings=piece.belongings)
        return replace(piece, data=data, image=None)
    return piece if piece.text is None else replace(piece, data=piece.text.encode(), text=None)


def metadata(piece: Piece, means: Means) -> Piece:
    """The AIGC field of GB 45438 and the IPTC digital source type, beside the metadata that is there.

    Plain text has no place for either that a guide names: there the written label stands alone.
    """
    if piece.format == "text":
        return piece
    if piece.making.source_type and piece.media is not Media.TEXT:
        piece = _iptc(piece, means.settings)
    return _aigc(piece, means)


def _iptc(piece: Piece, settings: Settings) -> Piece:
    from ..labels import iptc

    making = piece.making
    said = iptc.Iptc(
        source_type=making.source_type,
        ai_system_used=making.model,
        ai_system_version_used=making.model_version,
        ai_prompt_information=making.prompt,
        credit=settings.provider,
        data_mining=_MINING.get(dict(settings.training_mining).get("ai_generative_training", ""), ""),
    )
    if piece.held is not None:
        return replace(piece, held=moving.described(piece.held, piece.format, said))
    try:
        return replace(piece, data=iptc.write(piece.data, piece.format, said))
    except Unsupported:
        if piece.media is Media.IMAGE:
            raise
        return piece  # a document or sound whose format has no place for XMP


def _aigc(piece: Piece, means: Means) -> Piece:
    """GB 45438 Annex E. A label that is there already keeps its producer; we are then who passes it on (Art. 6)."""
    from ..labels import aigc

    settings = means.settings
    number = (settings.produce_id or aigc.new_produce_id)()
    code = _code(piece)
    earlier = _earlier(piece)
    if earlier is not None:
        if settings.label > earlier.label:
            raise UsageError(
                f"the file says AIGC Label {earlier.label} already and must not be weakened to {settings.label}; "
                f"use --label {earlier.label}"
            )
        written = replace(earlier, label=settings.label).passed_on(settings.provider, number, reserved_code=code)
    elif settings.label == aigc.GENERATED:
        written = aigc.Aigc(settings.label, settings.provider, number, code)
    else:
        written = aigc.Aigc(settings.label, "", "", "", settings.provider, number, code)
    if piece.held is not None:
        return replace(piece, held=moving.labelled(piece.held, piece.format, written), produce_id=number)
    return replace(piece, data=aigc.write(piece.data, piece.format, written), produce_id=number)


def _code(piece: Piece) -> str:
    from ..labels import aigc

    if piece.held is None:
        return aigc.reserved_code(piece.data, piece.format)
    with piece.held.open() as stream:
        return aigc.reserved_code_of(stream, piece.format)


def _earlier(piece: Piece) -> Aigc | None:
    """The AIGC label in the file, when it is one that names its producer as the standard wants."""
    from ..labels import aigc

    # The visible label of a video may have taken the old one along; what counts is the file as it came.
    original = piece.before if piece.media in moving.MEDIA else Asset.of(piece.data)
    for found in aigc.read(original) if isinstance(original, Asset) else ():
        values = [dict(found.fields).get(key, "") for key in aigc.KEYS]
        if values[0] in (aigc.GENERATED, aigc.POSSIBLE, aigc.SUSPECTED) and (values[1] or values[4]):
            return aigc.Aigc(*values)
    return None


def fingerprint(piece: Piece, means: Means) -> Piece:
    """Fingerprints of the content before and after the visible label: a copy may have lost it to a crop."""
    from ..fingerprints.iscc import image_code
    from ..registry.enrol import enrol

    states = moving.before_and_after(piece, means) if piece.media in moving.MEDIA else _states(piece)
    found: list[Binding] = []
    iscc = ""
    made: dict[Asset, tuple[Binding, ...]] = {}
    for scope, asset in states:
        with asset.keeping():  # each method looks at the same decoded picture
            try:
                made[asset] = made.get(asset) or enrol(asset, scope)
            except (MissingExtra, TooLarge, BadContent) as error:
                if piece.media not in moving.MEDIA:
                    raise
                # What cannot be decoded here can still be labelled and signed; only its copies are harder to find.
                return replace(piece, note="; ".join(filter(None, (piece.note, f"no fingerprint: {error}"))))
            found += [replace(binding, scope=scope) for binding in made[asset]]
            if scope == "final" and piece.media is Media.IMAGE:
                iscc = image_code(asset)
    return replace(piece, bindings=(*piece.bindings, *found), iscc=iscc) if found else piece


def _states(piece: Piece) -> list[tuple[str, Asset]]:
    after, before = Asset.of(piece.data), piece.before
    if Layer.VISIBLE not in piece.layers:
        return [("final", after)]
    if isinstance(before, str):
        return [("final", after), ("before_visible", Asset.of(before.encode())), ("after_visible", after)]
    assert before is not None and not isinstance(before, Asset | Clip | Sound)  # noqa: S101, PT018 - as `begin` made it
    return [("final", after), ("before_visible", pixels.bitmap(before)), ("after_visible", after)]


def signature(piece: Piece, means: Means) -> Piece:
    """The C2PA manifest over all of it, naming the watermark as its soft binding."""
    from ..credentials import sign
    from ..credentials.verify import read

    statement = _statement(piece, means.settings)
    if piece.media in moving.MEDIA or (piece.media is Media.TEXT and piece.format not in sign.TEXT):
        return moving.signed(piece, statement, means)
    assert means.signer is not None  # noqa: S101 - the press loads it when this layer is asked for
    signed, store = sign.sign_with_store(piece.data, piece.format, statement, means.signer)
    return replace(piece, data=signed, manifest=store, manifest_label=read(Asset.of(signed))[0].label)


def _statement(piece: Piece, settings: Settings) -> Statement:
    from ..credentials.manifest import Statement

    making = piece.making
    kind: Kind = "opened" if not making.source_type else "edited" if making.parents else "created"
    return Statement(
        kind=kind,
        source_type=making.edit_type or making.source_type or "empty",
        model=making.model,
        model_version=making.model_version,
        model_type=_MODEL_TYPES.get(making.library.split(" ")[0], "c2pa.types.model"),
        oversight="prompt_guided" if making.creation.get("prompt_sha256") else "",
        prompt=making.prompt or None,
        parent=making.parents[0] if making.parents else None,
        title=making.title,
        when=str(making.creation.get("finished", "")),
        soft_bindings=tuple(_soft_bindings(piece)),
        training_mining=dict(settings.training_mining) or None,
        extra=making.assertions,
    )


def _soft_bindings(piece: Piece) -> Iterator[tuple[str, str]]:
    """What leads from a stripped copy back here: our watermark's payload, and the registered ISCC of the picture."""
    for name, version, payload in piece.marks:
        yield marks.soft_binding_alg(name, version), payload
    if piece.iscc:
        yield "io.iscc.v0", piece.iscc


# Read from top to bottom: this is the order, and there is no other. `encode` stands between pixels and bytes.
ORDER: tuple[tuple[Layer | None, Lay], ...] = (
    (Layer.VISIBLE, visible),
    (Layer.WATERMARK, watermark),
    (None, encode),
    (Layer.METADATA, metadata),
    (Layer.FINGERPRINT, fingerprint),
    (Layer.SIGNATURE, signature),
)
