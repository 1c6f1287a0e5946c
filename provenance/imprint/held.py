"""A file on its way through the layers: where it lies, and the changes that are written only when it is copied."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from ..asset import Asset
from ..errors import TooLarge, WriteFailed
from ..files import opened

_CHUNK = 1 << 20
MAX_MEMORY = 512 << 20  # bytes of a file that is taken into memory whole, because its format knows no other way

Step = Callable[[BinaryIO], BinaryIO]
Progress = Callable[[str, int, int], None]  # what is done, bytes done, bytes in all; what it raises ends the work


@dataclass(frozen=True, slots=True)
class Held:
    """The file at `path` as it is after `steps`, each of which lays a changed stream over the one before."""

    path: Path
    steps: tuple[Step, ...] = ()

    def then(self, step: Step) -> Held:
        """With one more change."""
        return replace(self, steps=(*self.steps, step))

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """A seekable stream of the file with all changes.

        Raises:
            UnreadableFile: the file has vanished.
        """
        with opened(self.path) as stream:
            for step in self.steps:
                stream = step(stream)  # noqa: PLW2901 - each lies over the one before
            yield stream

    def data(self) -> bytes:
        """All of it.

        Raises:
            TooLarge: more than `MAX_MEMORY`.
        """
        with self.open() as stream:
            data = stream.read(MAX_MEMORY + 1)
        if len(data) > MAX_MEMORY:
            raise TooLarge(f"{self.path.name}: more than {MAX_MEMORY} bytes are not taken into memory; give a target")
        return data


def hold(asset: Asset, folder: Path) -> Held:
    """The asset as a file; bytes in memory are put into `folder`."""
    if asset.path is not None:
        return Held(asset.path)
    path = folder / f"content{suffix(asset.format)}"
    path.write_bytes(asset.data)
    return Held(path)


def settled(held: Held, folder: Path, progress: Progress | None) -> tuple[Path, str]:
    """A file in `folder` that is all of it, and its SHA-256. A file that lies there already is only read."""
    path = held.path
    if not held.steps and path.parent == folder:
        with opened(path) as stream:
            return path, _digest(stream, None, progress)
    path = folder / f"final{suffix('', path)}"
    try:
        with held.open() as stream, open(path, "wb") as copy:
            return path, _digest(stream, copy, progress)
    except OSError as error:
        raise WriteFailed(f"{held.path}: no copy could be written ({error.strerror or error})") from error


def suffix(format: str, path: Path | None = None) -> str:
    """The ending of a file's name, by its format or as that of `path`."""
    if path is not None:
        return path.suffix
    return {"matroska": ".mkv", "jpeg": ".jpg"}.get(format, f".{format}")


def _digest(stream: BinaryIO, copy: BinaryIO | None, progress: Progress | None) -> str:
    """The SHA-256 of the stream from its beginning, which goes into `copy` on the way."""
    digest, size, done = hashlib.sha256(), stream.seek(0, 2), 0
    stream.seek(0)
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
        if copy is not None:
            copy.write(chunk)
        done += len(chunk)
        if progress is not None:
            progress("writing" if copy is not None else "checking", done, size)
    return digest.hexdigest()
