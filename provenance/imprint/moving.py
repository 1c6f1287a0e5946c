"""Video, sound and documents in the layers: a file of any size goes through them without being held in memory."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ..asset import Asset
from ..errors import TooLarge, Unsupported
from ..evidence import Media
from ..formats import for_format
from ..formats._splices import Streamed, over
from ..media import Clip, Sound
from . import held as files
from .settings import Layer

if TYPE_CHECKING:
    from ..credentials.manifest import Statement
    from ..labels.aigc import Aigc
    from ..labels.iptc import Iptc
    from .layers import Means
    from .work import Piece

MEDIA = frozenset({Media.VIDEO, Media.AUDIO, Media.DOCUMENT})


def show(piece: Piece, means: Means) -> Piece:
    """The label that people see or hear: drawn on the opening frames, spoken at the start, written in the document."""
    from ..labels._wording import WORDINGS

    settings = means.settings
    wording = settings.wording or WORDINGS[settings.lang][0]
    if piece.clip is not None:
        from ..labels import visible_video

        return replace(
            piece, clip=visible_video.draw_on(piece.clip, wording, place=settings.place), place=settings.place
        )
    if piece.sound is not None:
        from ..labels import spoken

        return replace(
            piece, sound=spoken.add(piece.sound, lang=settings.lang, form=settings.sound_form), place="start"
        )
    assert piece.held is not None and means.folder is not None  # noqa: S101, PT018 - `begin` holds every other file
    target = means.folder / f"shown{files.suffix(piece.format)}"
    place, note = _show_file(piece, piece.held.path, target, wording, means)
    return replace(piece, held=_with_packet(files.Held(target), piece), place=place, note=note)


def _show_file(piece: Piece, source: Path, target: Path, wording: str, means: Means) -> tuple[str, str]:
    """Where the label stands, and what had to be encoded anew for it."""
    settings = means.settings
    match piece.media:
        case Media.VIDEO:
            from ..labels import visible_video

            return settings.place, visible_video.draw_file(source, target, wording, place=settings.place).note
        case Media.AUDIO:
            from ..labels import spoken

            return "start", spoken.add_to_file(source, target, lang=settings.lang, form=settings.sound_form)
    from ..labels import documents

    documents.add(source, target, wording)
    return "header", ""


def _with_packet(held: files.Held, piece: Piece) -> files.Held:
    """With the XMP packet of the original, which encoding anew does not carry over."""
    module, original = _streamed(piece.format), piece.before
    if module is None or not isinstance(original, Asset):
        return held
    with original.stream() as stream:
        packet = module.find_xmp(stream)
    if packet is None:
        return held
    return held.then(lambda stream: over(stream, module.plan_xmp(stream, packet)))


def encode(piece: Piece, means: Means) -> Piece:
    """A clip or a sound as a file; a file whose format is only known in memory as its bytes."""
    if piece.clip is not None or piece.sound is not None:
        assert means.folder is not None  # noqa: S101 - the press gives one for these media
        content = piece.clip if piece.clip is not None else piece.sound
        assert content is not None  # noqa: S101 - asked above
        target = means.folder / f"encoded{files.suffix(piece.format)}"
        _encode(content, target, piece.format)
        piece = replace(piece, clip=None, sound=None, held=files.Held(target))
    if piece.held is not None and _streamed(piece.format) is None:
        return replace(piece, data=piece.held.data(), held=None)
    return piece


def _encode(content: Clip | Sound, target: Path, format: str) -> None:
    if isinstance(content, Clip):
        from ..media import video

        video.encode(content, target, format=format)
    else:
        from ..media import audio

        audio.encode(content, target, format=format)


def described(held: files.Held, format: str, said: Iptc) -> files.Held:
    """With IPTC properties, where the format has a place for XMP."""
    from ..labels import iptc

    module = _module(format)

    def step(stream: BinaryIO) -> BinaryIO:
        return iptc.described(stream, module, format, said)

    try:
        with held.then(step).open():  # what cannot be written shows now
            return held.then(step)
    except Unsupported:
        return held


def labelled(held: files.Held, format: str, label: Aigc) -> files.Held:
    """With the AIGC label."""
    from ..labels import aigc

    module = _module(format)

    def step(stream: BinaryIO) -> BinaryIO:
        return aigc.labelled(stream, module, format, label)

    with held.then(step).open():
        return held.then(step)


def before_and_after(piece: Piece, means: Means) -> list[tuple[str, Asset]]:
    """What is fingerprinted, by scope: the content as it is now, and as it was before its visible label."""
    after = _as_asset(piece.held, piece) if piece.held is not None else Asset.of(piece.data)
    states = [("final", after)]
    if Layer.VISIBLE in piece.layers and piece.before is not None:
        states += [("before_visible", _before(piece.before, piece, means)), ("after_visible", after)]
    return states


def _as_asset(held: files.Held, piece: Piece) -> Asset:
    """The content of the file; metadata that is still to be written changes no fingerprint."""
    if isinstance(piece.before, Asset) and piece.before.path == held.path:
        return piece.before
    return Asset.open(held.path)


def _before(content: object, piece: Piece, means: Means) -> Asset:
    if isinstance(content, Asset):
        return content
    assert isinstance(content, Clip | Sound) and means.folder is not None  # noqa: S101, PT018 - nothing else comes here
    path = means.folder / f"before{files.suffix(piece.format)}"
    _encode(content, path, piece.format)
    return Asset.open(path)


def signed(piece: Piece, statement: Statement, means: Means) -> Piece:
    """With a manifest inside where others read it there, and beside the file otherwise."""
    from ..credentials.locate import active_label
    from ..credentials.sign import EMBEDDABLE

    inside = piece.format in EMBEDDABLE
    if inside and _is_too_much(piece):
        said = "the manifest stands beside the file, because c2pa-rs would take all of it into memory"
        inside, piece = False, replace(piece, note="; ".join(filter(None, (piece.note, said))))
    store, piece = _inside(piece, statement, means) if inside else _beside(piece, statement, means)
    return replace(piece, manifest=store, manifest_label=active_label(store))


def _is_too_much(piece: Piece) -> bool:
    """Whether it would be signed by a part of c2pa-rs that holds twice the file in memory (WAV, AVI, MP3, FLAC)."""
    from ..credentials.reserved import FORMATS

    held = piece.held
    return held is not None and piece.format not in FORMATS and held.path.stat().st_size > files.MAX_MEMORY


def _inside(piece: Piece, statement: Statement, means: Means) -> tuple[bytes, Piece]:
    from ..credentials import sign

    assert means.signer is not None  # noqa: S101 - the press loads it when this layer is asked for
    if piece.held is None:
        signed, store = sign.sign_with_store(piece.data, piece.format, statement, means.signer)
        return store, replace(piece, data=signed)
    assert means.folder is not None  # noqa: S101 - the press gives one for these media
    path = means.folder / f"signed{files.suffix(piece.format)}"
    with piece.held.open() as source, open(path, "w+b") as target:
        store = sign.sign_into(source, target, piece.format, statement, means.signer, progress=_told(means, source))
    return store, replace(piece, held=files.Held(path))


def _beside(piece: Piece, statement: Statement, means: Means) -> tuple[bytes, Piece]:
    import io

    from ..credentials.sidecar import make
    from ..credentials.verify import ANYTHING

    assert means.signer is not None  # noqa: S101 - as above
    if piece.held is None:
        store = make(io.BytesIO(piece.data), ANYTHING, statement, means.signer)
    else:
        with piece.held.open() as source:
            told = _told(means, source)
            step = None if told is None else functools.partial(told, "signing")
            store = make(source, ANYTHING, statement, means.signer, progress=step)
    return store, replace(piece, sidecar=store)


def _told(means: Means, source: BinaryIO) -> Callable[[str, int], None] | None:
    if means.progress is None:
        return None
    tell, size = means.progress, source.seek(0, 2)
    return lambda doing, done: tell(doing, min(done, size), size)


def _streamed(format: str) -> Streamed | None:
    module = for_format(format)
    return module if isinstance(module, Streamed) else None


def _module(format: str) -> Streamed:
    module = _streamed(format)
    assert module is not None  # noqa: S101 - `encode` holds only such files
    return module


def finished(piece: Piece, means: Means) -> tuple[Path, str]:
    """The finished file, in the working folder, and its SHA-256.

    Raises:
        TooLarge: it would have to be given back in memory and is too large.
    """
    assert piece.held is not None and means.folder is not None  # noqa: S101, PT018 - asked by the press
    if not means.to_file and piece.held.path.stat().st_size > files.MAX_MEMORY:
        raise TooLarge(f"a file of more than {files.MAX_MEMORY} bytes is not given back in memory; give a target")
    return files.settled(piece.held, means.folder, means.progress)
