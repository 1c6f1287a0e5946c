"""Signs bytes, streams, files and folders; a failure leaves what stood there as it was."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from .. import files
from ..asset import Limits
from ..errors import IndiciaError, SigningFailed, TooLarge, UnreadableFile, Unsupported, UsageError
from ..evidence import Media
from ..sniff import FORMATS, HEAD, sniff
from . import text as text_manifest
from .build import built
from .manifest import Statement

if TYPE_CHECKING:
    from .signer import Signer

# Where c2pa-rs writes a manifest that others read too. It also writes into zip, docx and epub, but in a form that the
# specification does not know (`uris` as a map); those carry a sidecar here.
EMBEDDABLE = frozenset(
    {
        "jpeg", "png", "webp", "gif", "tiff", "avif", "heic", "svg", "jxl", "mp4", "mov", "avi", "m4a", "wav", "mp3",
        "flac", "pdf",
    }
)  # fmt: skip
TEXT = frozenset({"text", "markdown"})
# Files of these media whose format has no place for a manifest get it beside them without being asked.
_BESIDE = frozenset({Media.VIDEO, Media.AUDIO, Media.DOCUMENT})
SIDECAR = ".c2pa"

# Up to here a file is signed in memory, which is quicker than c2pa-rs calling back for every piece of it.
_IN_MEMORY = 64 << 20

# Bytes of framing that stand before and after a store in one piece, and are left out of the hash with it: an APP11
# segment of JPEG, a caBX chunk of PNG (C2PA 2.4, A.3.1 and A.3.2).
_FRAMING = {"jpeg": (12, 0), "png": (8, 4)}

# The folders of other tools, which a walk over a user's files has no business in.
_SKIPPED = {".git", ".hg", ".svn", "__pycache__", "node_modules"}


@dataclass(frozen=True, slots=True)
class Signed:
    """What became of one file of a folder: the path written, or the error that stopped it."""

    source: Path
    written: Path | None = None
    error: IndiciaError | None = None


def sign(data: bytes, format: str, statement: Statement, signer: Signer, *, thumbnail: int = 0) -> bytes:
    """`data` with a signed manifest in it, read back and found intact.

    `format` is a MIME type or a key of `sniff.FORMATS`. `thumbnail` is the long edge in pixels of a preview to store,
    0 for none: previews cost far more time and space than the signature.

    Raises:
        Unsupported: this format carries no manifest; sign a sidecar.
        BadContent: the data is damaged, or so is the manifest of its parent.
        SigningFailed: the signer refused, or the result does not validate.
    """
    return sign_with_store(data, format, statement, signer, thumbnail=thumbnail)[0]


def sign_with_store(
    data: bytes, format: str, statement: Statement, signer: Signer, *, thumbnail: int = 0
) -> tuple[bytes, bytes]:
    """As `sign`, and the manifest store (JUMBF) by itself, for a registry that gives it back to a stripped copy."""
    name = _format_name(format)
    if name in TEXT:
        signed = text_manifest.sign(data, FORMATS[name][1], statement, signer)
        found = text_manifest.find(text_manifest.normal(signed))
        return signed, found.store if found else b""
    target = io.BytesIO()
    store = _embed(io.BytesIO(data), target, name, statement, signer, thumbnail=thumbnail)
    return target.getvalue(), store


def sign_into(
    source: BinaryIO, target: BinaryIO, format: str, statement: Statement, signer: Signer, *,
    progress: Callable[[str, int], None] | None = None,
) -> bytes:  # fmt: skip
    """As `sign`, for content of any size: from a seekable stream into one that can be read back; the manifest store.

    `progress` is told what is being done and how many bytes of it are done; what it raises ends the work, and comes
    out again. An interrupt (Ctrl-C) is waited for until the native code has stopped. Of MP4 above 64 MiB the manifest
    is read back, and not the content once more: its hash was taken from what had been written.

    Raises:
        As `sign`.
    """
    from ._watched import Watched
    from .reserved import FORMATS as RESERVED
    from .reserved import require_sound, sign_reserved

    def told(doing: str) -> Callable[[int], None] | None:
        return None if progress is None else lambda done: progress(doing, done)

    name = _format_name(format)
    if name in RESERVED:
        _refuse_lost_chain(source, name, statement)
        store = sign_reserved(source, target, FORMATS[name][1], statement, signer, progress=progress)
        if target.seek(0, os.SEEK_END) > _IN_MEMORY:
            require_sound(store, FORMATS[name][1])
        else:
            require_intact(FORMATS[name][1], target)
        return store
    watched = Watched(source, told("signing"))
    try:
        return _embed(cast("BinaryIO", watched), target, name, statement, signer, thumbnail=0)
    finally:
        watched.raise_stopped()


def sign_stream(
    source: BinaryIO, target: BinaryIO, format: str, statement: Statement, signer: Signer, *, thumbnail: int = 0
) -> None:
    """Sign what `source` holds from here to its end, and write the result to `target`.

    Neither has to be seekable; what is beyond 64 MiB waits in a temporary file. Nothing is written to `target` before
    the result has been read back and found intact.

    Raises:
        As `sign`.
    """
    import shutil
    import tempfile

    name = _format_name(format)
    spool = functools.partial(tempfile.SpooledTemporaryFile, max_size=_IN_MEMORY)
    with spool() as taken, spool() as made:
        shutil.copyfileobj(source, taken)
        if name in TEXT:
            taken.seek(0)
            made.write(text_manifest.sign(taken.read(), FORMATS[name][1], statement, signer))
        else:
            _embed(cast("BinaryIO", taken), cast("BinaryIO", made), name, statement, signer, thumbnail=thumbnail)
        made.seek(0)
        shutil.copyfileobj(made, target)


def sign_file(
    path: str | Path, statement: Statement, signer: Signer, *, output: Path | None = None, sidecar: bool = False,
    thumbnail: int = 0, progress: Callable[[str, int], None] | None = None,
) -> Path:  # fmt: skip
    """Sign a file in place, or to `output`, or into `<file>.c2pa` beside it; the path that the manifest was written to.

    A video, sound or document whose format has no place for a manifest stays as it is: the manifest goes beside it, or
    beside its copy at `output`.

    The file that stood at the target is replaced only once the signed one has been read back and found intact.
    `progress` is told of files above 64 MiB, as by `sign_into`.

    Raises:
        UnreadableFile: no such file.
        Unsupported: its format carries no manifest; sign a sidecar.
        UsageError: a "created" statement for a file that has a manifest already, whose chain would be lost.
        TooLarge: a text of more than 32 MiB.
        WriteFailed: the target cannot be written.
        SigningFailed: the signer refused, or the result does not validate.
    """
    source = Path(path)
    with files.opened(source) as stream:
        name = sniff(stream.read(HEAD))
        if sidecar:
            return _sign_sidecar(source, stream, name, statement, signer, output=output)
        if name not in EMBEDDABLE | TEXT and FORMATS[name][0] in _BESIDE:
            return _sign_copy(source, stream, name, statement, signer, output=output)
        if name not in EMBEDDABLE | TEXT:
            raise Unsupported(f"{source}: {_cannot_carry(name)}")
        target = output or source
        size = os.fstat(stream.fileno()).st_size
        if name in TEXT and size > Limits().text_bytes:
            raise TooLarge(f"{source}: {size} bytes are too many for a text; sign it beside the file (--sidecar)")
        with _named(source):
            if size <= _IN_MEMORY:
                stream.seek(0)
                files.write_bytes(target, sign(stream.read(), name, statement, signer, thumbnail=thumbnail))
            else:
                with files.replacing(target) as temporary, open(temporary, "w+b") as written:
                    if thumbnail:
                        _embed(stream, written, name, statement, signer, thumbnail=thumbnail)
                    else:
                        sign_into(stream, written, name, statement, signer, progress=progress)
        return target


def sign_tree(
    folder: str | Path, statement: Statement, signer: Signer, *, output: Path | None = None, sidecar: bool = False
) -> Iterator[Signed]:
    """Sign every file under a folder, in place or into the same tree under `output`; what became of each, one by one.

    A file that cannot be signed is reported and the rest goes on. Links, sidecars and version-control folders are
    passed over.
    """
    root = Path(folder)
    for source in sorted(candidates(root)):
        target = output / source.relative_to(root) if output is not None else None
        try:
            if target is not None:
                target.parent.mkdir(parents=True, exist_ok=True)
            yield Signed(source, sign_file(source, statement, signer, output=target, sidecar=sidecar))
        except IndiciaError as error:
            yield Signed(source, error=error)
        except OSError as error:
            yield Signed(source, error=UnreadableFile(f"{source}: {error.strerror or error}"))


def candidates(root: Path) -> Iterator[Path]:
    """The regular files under `root` that are no sidecars, links or parts of other tools' folders."""
    for path in root.rglob("*"):
        hidden = _SKIPPED.intersection(path.relative_to(root).parts)
        if not hidden and path.suffix != SIDECAR and not path.is_symlink() and path.is_file():
            yield path


def _embed(
    source: BinaryIO, target: BinaryIO, name: str, statement: Statement, signer: Signer, *, thumbnail: int
) -> bytes:
    """Write `source` with its manifest to `target`, read the target back, and give the manifest store."""
    if name not in EMBEDDABLE:
        raise Unsupported(_cannot_carry(name))
    from ._watched import uninterrupted

    mime = FORMATS[name][1]
    _refuse_lost_chain(source, name, statement)
    if name in ("avif", "heic"):
        _refuse_base_offsets(source)
    with built(statement, mime, source, thumbnail=thumbnail) as builder, signer.opened() as native:
        source.seek(0)
        with uninterrupted(source):
            store: bytes = builder.sign(native, mime, source, target)
    if not (isinstance(target, io.BytesIO) and proven(target.getvalue(), store, name)):
        target.seek(0)
        require_intact(mime, target)
    return store


def proven(data: bytes, store: bytes, format: str) -> bool:
    """Whether `store` stands in `data` in one piece, and the SHA-256 of all around it stands in `store`.

    c2pa-rs has checked the signature over the store by then, so this is all that validation would find out, at half
    its price. False says nothing: a large store is cut into segments, and most containers are not known here.
    """
    if format not in _FRAMING:
        return False
    before, after = _FRAMING[format]
    at = data.find(store)
    if at < before:
        return False
    view = memoryview(data)
    digest = hashlib.sha256(view[: at - before])
    digest.update(view[at + len(store) + after :])
    return digest.digest() in store


def _sign_sidecar(
    source: Path, stream: BinaryIO, name: str, statement: Statement, signer: Signer, *, output: Path | None
) -> Path:
    from .sidecar import beside, make

    target = output or beside(source)
    with _named(source):
        store = make(stream, FORMATS[name][1] if name in EMBEDDABLE else FORMATS["unknown"][1], statement, signer)
    files.write_bytes(target, store)
    return target


def _sign_copy(
    source: Path, stream: BinaryIO, name: str, statement: Statement, signer: Signer, *, output: Path | None
) -> Path:
    """The manifest beside the file, or beside a copy of it at `output`; an error leaves no copy without one."""
    import shutil

    from .sidecar import beside

    if output is None or output.resolve() == source.resolve():
        return _sign_sidecar(source, stream, name, statement, signer, output=None)
    with files.replacing(output) as temporary:
        stream.seek(0)
        with open(temporary, "wb") as copy:
            shutil.copyfileobj(stream, copy)
        return _sign_sidecar(source, stream, name, statement, signer, output=beside(output))


def require_intact(mime: str, stream: BinaryIO, store: bytes | None = None, *, but: str = "") -> None:
    """Read a signed result back; only the question who signed it may stay open, and the failure that `but` names.

    Raises:
        SigningFailed: it does not validate.
    """
    import c2pa

    from .native import reading, reason

    try:
        with c2pa.Reader(mime, stream, manifest_data=store, context=reading()) as reader:
            results = reader.get_validation_results() or {}
    except c2pa.C2paError as error:
        raise SigningFailed(f"what was signed cannot be read back: {reason(error)}") from error
    wrong = {entry["code"] for entry in results.get("activeManifest", {}).get("failure", [{"code": "no results"}])}
    if wrong - {"signingCredential.untrusted", but}:
        raise SigningFailed(f"what was signed does not validate: {', '.join(sorted(wrong))}")


def _refuse_lost_chain(source: BinaryIO, format: str, statement: Statement) -> None:
    import c2pa

    from .locate import holds_manifest
    from .native import reading

    if statement.kind != "created" or not holds_manifest(source, format):
        return
    source.seek(0)
    with contextlib.suppress(c2pa.C2paError):  # a manifest that cannot be read has no chain to lose
        if c2pa.Reader.try_create(FORMATS[format][1], source, context=reading()) is not None:
            raise UsageError(
                "it has a manifest already, which 'created' would drop: say 'edited' or 'opened' to keep it"
            )


def _refuse_base_offsets(source: BinaryIO) -> None:
    """c2pa-rs 0.38 shifts an item table with base offsets wrongly: the manifest is intact, the picture is lost."""
    from ..formats.bmff import has_base_offsets

    source.seek(0)
    if has_base_offsets(source.read()):
        raise Unsupported("the item table of this file has base offsets, which signing would damage; sign a sidecar")


def _format_name(format: str) -> str:
    by_mime = {mime: name for name, (_, mime) in FORMATS.items()}
    name = format if format in FORMATS else by_mime.get(format, "")
    if not name:
        raise Unsupported(f"no format {format!r}: give a MIME type or one of {', '.join(FORMATS)}")
    return name


def _cannot_carry(name: str) -> str:
    what = "content of an unknown kind" if name == "unknown" else name
    return f"{what} cannot carry a manifest inside; sign it beside the file (sidecar, --sidecar)"


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    """Errors from deeper down, with the file's name in front."""
    try:
        yield
    except IndiciaError as error:
        if str(path) in str(error):
            raise
        raise type(error)(f"{path}: {error}") from error
