"""What a scan looks with: the registry opened, the keys and trust anchors loaded, the text model's tokenizer."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..provenance.asset import Asset
from ..provenance.errors import MissingExtra, UnreadableFile
from ..provenance.evidence import Evidence, Media

if TYPE_CHECKING:
    from ..provenance.credentials.trust import TrustStore
    from ..provenance.inspect import Reader
    from ..provenance.marks import MarkKey, TokenMark
    from .scan import Options


def preload() -> None:
    """Import what every process looks with, so that processes that are forked share it and start at once."""
    import c2pa  # noqa: F401
    import numpy  # noqa: F401
    import PIL.Image

    from ..provenance.credentials import verify  # noqa: F401
    from ..provenance.inspect import built_in

    built_in()
    PIL.Image.init()


def looking(options: Options) -> dict[str, Any]:
    """The settings of `inspect_path` that go with these options.

    Raises:
        IndiciaError: a registry, key or trust file that cannot be used.
    """
    from ..provenance.keys import load_mark_keys
    from ..provenance.registry import Registry

    keys = load_mark_keys(options.keys) if options.marks and options.keys else ()
    return {
        "registry": Registry.open(options.registry, create=False) if options.registry else None,
        "keys": keys,
        "trust": trusted(options.trust),
        "deep": options.marks,
        "all_marks": options.all_marks,
        "see": options.see,
        "seconds": options.seconds,
        "extra_readers": tuple(text_marks(keys)),
    }


def trusted(files: Sequence[Path]) -> TrustStore | None:
    """The bundled trust lists with more anchors; None, which means the bundled lists, when no file is given.

    Raises:
        UnreadableFile: a file cannot be read.
        BadContent: a file holds no certificate.
    """
    if not files:
        return None
    from ..provenance.credentials.trust import default_store

    store = default_store()
    for file in files:
        try:
            store = store.with_anchors(file.read_bytes(), name=file.name)
        except OSError as error:
            raise UnreadableFile(f"{file}: cannot be read ({error.strerror or error})") from error
    return store


def text_marks(keys: Sequence[MarkKey]) -> Iterator[Reader]:
    """The marks in words, where they can be read at all: with a key, and the text model's tokenizer in the cache."""
    from ..provenance.marks import token_marks

    marks = token_marks() if keys else ()
    if marks and _has_tokenizer():
        for mark in marks:
            yield TextMark(f"marks.{mark.name}", mark, tuple(keys))


@dataclass(frozen=True, slots=True)
class TextMark:
    """Looks for one token mark with the tokenizer of our own text model."""

    name: str
    mark: TokenMark
    keys: tuple[MarkKey, ...]
    media: frozenset[Media] = frozenset({Media.TEXT})

    def read(self, asset: Asset) -> tuple[Evidence, ...]:
        """The mark, if the text carries it. A manifest in the text is no words: it would be thousands of tokens."""
        from ..provenance.credentials.text import strip

        found = self.mark.read(strip(asset.text()), _tokenizer(), self.keys)
        return () if found is None else (found,)


def _has_tokenizer() -> bool:
    from ..generators.studio import text

    return text.is_pulled()


@functools.cache
def _tokenizer() -> Any:
    """The text model's tokenizer, without its weights."""
    from ..generators.studio import text

    try:
        from transformers import AutoTokenizer
    except ModuleNotFoundError as error:
        raise MissingExtra("the tokenizer of text marks", "generate") from error
    return AutoTokenizer.from_pretrained(text.model_folder(), local_files_only=True)
