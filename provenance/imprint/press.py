"""The press: keys and registry in hand, it lays all layers on a work, or none."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import marks
from ..asset import Asset
from ..credentials.sidecar import beside
from ..errors import IndiciaError, KeyTrouble, UsageError
from ..evidence import Media
from ..files import replacing, workspace, write_bytes
from ..media import Clip, Sound
from ..registry import Record, Registry
from . import moving
from .held import Progress
from .layers import ORDER, Means, begin
from .settings import Layer, Settings, check
from .work import Imprint, Piece, Work

if TYPE_CHECKING:
    from types import TracebackType

    from ..credentials.signer import Signer


_IN_HAND = 64 << 20  # bytes of a file that is given back in memory although it was written to a target


@dataclass(frozen=True, slots=True)
class Press:
    """Marks works under one set of settings. Use it as a context manager; it holds the registry open."""

    means: Means

    @classmethod
    def open(cls, settings: Settings) -> Press:
        """A press for these settings.

        Keys that do not exist yet are made, for development: see `keys.ensure_keys`.

        Raises:
            UsageError: settings that cannot be carried out, or a registry that cannot be opened.
            KeyTrouble: keys that cannot be used.
        """
        from .. import keys

        check(settings)
        folder = settings.keys_folder
        if {Layer.WATERMARK, Layer.SIGNATURE} & settings.layers:
            keys.ensure_keys(folder)
        signer = keys.load_signer(folder) if Layer.SIGNATURE in settings else None
        settings = replace(settings, provider=_provider(settings, signer))
        mark_keys = tuple(keys.load_mark_keys(folder)) if Layer.WATERMARK in settings else ()
        if Layer.WATERMARK in settings and not mark_keys:
            raise KeyTrouble(f"{folder}: no watermark key; make one with: indicia keys init")
        registry = Registry.open(settings.registry_url) if Layer.RECORD in settings else None
        return cls(Means(settings, signer, mark_keys, registry))

    def __enter__(self) -> Press:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        if self.means.registry is not None:
            self.means.registry.close()

    def token_processor(self) -> Callable[[Any, str], Any]:
        """What gives the logits processor of the text mark, for a tokenizer and a device.

        Raises:
            UsageError: no such mark, or one for pictures.
        """
        mark: marks.TokenMark = marks.get(self.means.settings.text_mark)
        if mark.media is not Media.TEXT:
            raise UsageError(f"{mark.name} cannot be put into words; choose another text mark")
        key = self.means.mark_keys[0]
        return lambda tokenizer, device: mark.processor(tokenizer, key, device=device)

    def record_of(self, asset: Asset) -> str:
        """The id of the record of exactly this file; empty when it was not marked here, or records are off."""
        found = self.means.registry.by_digest(asset.ref.sha256) if self.means.registry is not None else ()
        return found[0].id if found else ""

    def imprint(self, work: Work, *, target: Path | None = None, progress: Progress | None = None) -> Imprint:
        """The work with every layer of the settings, in memory and in `target`.

        The record and the file come to be together: an error in any layer, in the registry or in writing leaves
        neither, and what stood at `target` untouched. A video or sound is never held in memory on its way to a file.

        Args:
            work: what is to be marked.
            target: where it goes; without it everything comes back in memory.
            progress: told of what takes long: what is done, bytes done, bytes in all. What it raises ends the work.

        Raises:
            Unsupported: a layer that this kind of content cannot carry; the text says which switch leaves it out.
            UsageError, WriteFailed, SigningFailed, BadContent: as the layers say.
        """
        return self.imprint_all([work], target=target, progress=progress)[0]

    def imprint_all(
        self, works: Sequence[Work], *, target: Path | None = None, progress: Progress | None = None
    ) -> tuple[Imprint, ...]:
        """As `imprint`, for several works of one act: all of them, or none. `target` takes one work only."""
        if target is not None and len(works) != 1:
            raise UsageError(f"{target}: one file cannot hold {len(works)} works")
        with workspace(target) if any(map(_needs_folder, works)) else contextlib.nullcontext() as folder:
            means = replace(self.means, folder=folder, to_file=target is not None, progress=progress)
            pressed = [self._press(work, means) for work in works]
            if target is None:
                self._store([done.record for done in pressed])
                return tuple(done.imprint for done in pressed)
            self._publish(pressed[0], target)
            return (replace(pressed[0].imprint, path=target),)

    def _press(self, work: Work, means: Means) -> _Pressed:
        piece = begin(work, means)
        for layer, lay in ORDER:
            if layer is None:
                piece = lay(piece, means)
            elif layer in means.settings:
                laid = lay(piece, means)
                done = replace(laid, note=piece.note) != piece  # a note alone says why the layer was not laid
                piece = replace(laid, layers=(*laid.layers, layer)) if done else laid
        return self._finished(piece, means)

    def _finished(self, piece: Piece, means: Means) -> _Pressed:
        path, data = None, piece.data
        if piece.held is not None:
            path, digest = moving.finished(piece, means)
            data = path.read_bytes() if not means.to_file or path.stat().st_size <= _IN_HAND else b""
        else:
            digest = hashlib.sha256(data).hexdigest()
        record = Record(
            sha256=digest, media=piece.media, format=piece.format, origin=_origin(piece), title=piece.making.title,
            creation=piece.making.creation, bindings=piece.bindings, manifest_label=piece.manifest_label,
            manifest=piece.manifest, produce_id=piece.produce_id, parents=self._parents(piece),
        )  # fmt: skip
        kept = Layer.RECORD in means.settings
        imprint = Imprint(
            data=data, format=piece.format, sha256=digest,
            layers=(*piece.layers, Layer.RECORD) if kept else piece.layers, record=record.id if kept else "",
            produce_id=piece.produce_id, marks=piece.marks, place=piece.place, provider=means.settings.provider,
            note=piece.note, sidecar=piece.sidecar,
        )  # fmt: skip
        return _Pressed(imprint, record, path)

    def _parents(self, piece: Piece) -> tuple[str, ...]:
        """The records of the works it was made from, where they are ours."""
        registry = self.means.registry
        if registry is None:
            return ()
        return tuple(r.id for parent in piece.making.parents for r in registry.by_digest(parent.ref.sha256)[:1])

    def _publish(self, done: _Pressed, target: Path) -> None:
        """File and record together: the file is complete beside its place, the record is stored, the file moves in."""
        stored = False
        try:
            with _sidecar(target, done.imprint.sidecar), replacing(target) as temporary:
                if done.path is not None:
                    os.replace(done.path, temporary)
                else:
                    temporary.write_bytes(done.imprint.data)
                self._store([done.record])
                stored = True
        except BaseException:
            if stored:
                self._withdraw([done.record])
            raise

    def _store(self, records: Sequence[Record]) -> None:
        if self.means.registry is None:
            return
        stored: list[Record] = []
        try:
            for record in records:
                self.means.registry.add(record)
                stored.append(record)
        except BaseException:
            self._withdraw(stored)
            raise

    def _withdraw(self, records: Sequence[Record]) -> None:
        for record in records:
            # The error that is under way is what the caller must see; a registry that fails twice adds nothing to it.
            with contextlib.suppress(IndiciaError):
                assert self.means.registry is not None  # noqa: S101 - records were stored in it
                self.means.registry.delete(record.id)


@dataclass(frozen=True, slots=True)
class _Pressed:
    """A finished work, its record, and where its file lies when it is not in memory."""

    imprint: Imprint
    record: Record
    path: Path | None = None


def _needs_folder(work: Work) -> bool:
    """Whether it goes through the layers as a file."""
    content = work.content
    return isinstance(content, Clip | Sound) or (isinstance(content, Asset) and content.media in moving.MEDIA)


@contextlib.contextmanager
def _sidecar(target: Path, store: bytes | None) -> Iterator[None]:
    """The manifest beside the target, if it has one there; what stood in its place comes back on any error."""
    if store is None:
        yield
        return
    path = beside(target)
    before = path.read_bytes() if path.exists() else None
    write_bytes(path, store)
    try:
        yield
    except BaseException:
        if before is None:
            path.unlink(missing_ok=True)
        else:
            write_bytes(path, before)
        raise


def _provider(settings: Settings, signer: Signer | None) -> str:
    """Who answers for the content: as set, as the environment says, or as the signing certificate does.

    Annex E j) of GB 45438 wants no spaces in the name, so those of a certificate's organisation become hyphens.
    """
    named = settings.provider or os.environ.get("INDICIA_PROVIDER", "")
    if named or Layer.METADATA not in settings:
        return named
    if signer is None:
        raise UsageError("name who answers for the content: provider=, --provider or INDICIA_PROVIDER")
    from cryptography.x509.oid import NameOID

    from ..credentials.certificates import parsed

    subject = parsed(signer.chain_pem)[0].subject
    found = subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME) or subject.get_attributes_for_oid(
        NameOID.COMMON_NAME
    )
    return "-".join(str(found[0].value).split()) if found else "unnamed-signer"


def _origin(piece: Piece) -> str:
    from ..verdict import Origin, origin_of_source_types

    found = origin_of_source_types([piece.making.source_type])
    return "" if found is Origin.UNKNOWN else found.value
