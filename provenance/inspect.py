"""Looks at an asset with every reader that applies, and never raises for what is in it."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import math
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from .asset import Asset, Limits, unreadable
from .dossier import Dossier
from .errors import BadContent, KeyTrouble, MissingExtra, TooLarge, UnreadableFile, Unsupported
from .evidence import Claim, Evidence, Gap, Label, Match, Media, Reading, Reason, Score, Trace

if TYPE_CHECKING:
    from .credentials.trust import TrustStore
    from .marks import MarkKey, PixelMark
    from .registry import Registry

MAX_TEXT = 100_000  # characters of one field that a dossier keeps; hostile metadata can hold megabytes
MAX_ITEMS = 1_000  # pieces of evidence that one reader may add
MAX_DETAIL = 300  # characters of an error's text that a gap keeps
EVERY_MEDIA = frozenset(Media)
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # MS-CFB 2.2: what Office wraps around an encrypted package

_KINDS = (Claim, Label, Reading, Match, Trace, Score)
# An error -> what could not be done. The first line that fits counts; anything else is a fault of the reader.
_REASONS: tuple[tuple[type[BaseException], Reason], ...] = (
    (MissingExtra, Reason.MISSING_EXTRA),
    (TooLarge, Reason.TOO_LARGE),
    (BadContent, Reason.DAMAGED),
    (UnreadableFile, Reason.UNREADABLE),
    (Unsupported, Reason.UNKNOWN_FORMAT),
    (KeyTrouble, Reason.NO_KEY),
)


class Reader(Protocol):
    """Looks for one kind of evidence. Every `labels.LabelReader` is one."""

    @property
    def name(self) -> str:
        """What its gaps are filed under."""
        ...

    @property
    def media(self) -> frozenset[Media]:
        """The kinds of assets it can look at."""
        ...

    def read(self, asset: Asset) -> Iterable[Evidence | Gap]:
        """What was found, and what could not be examined; an error becomes a gap of this reader."""
        ...


@dataclass(frozen=True, slots=True)
class Look:
    """A reader made of a function."""

    name: str
    media: frozenset[Media]
    read: Callable[[Asset], Iterable[Evidence | Gap]]


def inspect(
    asset: Asset, *, readers: Sequence[Reader] | None = None, extra_readers: Sequence[Reader] = (),
    registry: Registry | None = None, keys: Sequence[MarkKey] = (), trust: TrustStore | None = None,
    now: datetime.datetime | None = None, deep: bool = True,
    all_marks: bool = False, see: bool = False, seconds: float = 120.0,
) -> Dossier:  # fmt: skip
    """All that the readers find in `asset`, and a gap for each that could not look.

    Args:
        asset: what to look at; its bytes are read, and its picture decoded, once for all readers.
        readers: these instead of the built-in ones (see `built_in`).
        extra_readers: these after the others: detectors, or marks that need a language model's tokenizer.
        registry: the records to look a stripped copy up in; None looks up nothing.
        keys: watermark keys; without one our own marks are not looked for.
        trust: the trust anchors for signatures; None takes the bundled lists.
        now: the time that the dossier names; None is the clock's.
        deep: also look for the fixed watermarks of other tools, which costs a full decode.
        all_marks: also look for marks that take seconds to read.
        see: also read labels in pixels and in sound, which takes seconds (extra `ocr`; `video` for video and sound).
        seconds: readers that have not begun by then become gaps. A reader that has begun is not stopped here;
            `moderation.scan` ends the process around one that hangs.

    Returns:
        A dossier. Hostile or damaged content never raises: it is evidence, or a gap.
    """
    if readers is None:
        readers = built_in(keys=keys, trust=trust, deep=deep, all_marks=all_marks, see=see)
    evidence: dict[Evidence, None] = {}
    if registry is not None:  # asked last, because manifests and marks that were found lead to records
        read = functools.partial(_read_records, registry=registry, keys=tuple(keys), trust=trust, seen=evidence)
        readers = (*readers, Look("registry", EVERY_MEDIA, read))
    gaps: dict[Gap, None] = dict.fromkeys(_unknown(asset))
    looked: list[str] = []
    deadline = time.monotonic() + seconds
    with asset.keeping():
        for reader in (*readers, *extra_readers):
            if asset.media not in reader.media:
                continue
            found, missed = _look(reader, asset, deadline)
            evidence.update(dict.fromkeys(found))
            gaps.update(dict.fromkeys(missed))
            if getattr(reader, "asked", False) and not missed:
                looked.append(reader.name)
    return Dossier(asset.ref, tuple(evidence), tuple(gaps), timestamp(now), tool(), tuple(looked))


def inspect_path(path: str | os.PathLike[str], *, limits: Limits | None = None, **options: Any) -> Dossier:
    """As `inspect`, for a path that may be missing, forbidden, too large or no regular file: that is a gap too."""
    try:
        asset = Asset.open(path, limits=limits or Limits(), hold=True)
    except (UnreadableFile, TooLarge) as error:
        return Dossier(unreadable(path), (), (gap_of("asset", error),), timestamp(options.get("now")), tool())
    return inspect(asset, **options)


def built_in(
    *, keys: Sequence[MarkKey] = (), trust: TrustStore | None = None, deep: bool = True, all_marks: bool = False,
    see: bool = False,
) -> tuple[Reader, ...]:  # fmt: skip
    """The readers of this package, strongest evidence first: signatures, labels, marks, traces."""
    from . import labels, traces

    return (
        Look("c2pa", EVERY_MEDIA, functools.partial(_read_claims, trust=trust)),
        *labels.readers(see=see),
        *_mark_readers(keys, deep, all_marks),
        Look("traces", EVERY_MEDIA, traces.read),
    )


def gap_of(reader: str, error: BaseException) -> Gap:
    """The gap that an error leaves; its text is cut to one short line."""
    reason = next((r for kind, r in _REASONS if isinstance(error, kind)), Reason.FAULT)
    text = " ".join(str(error).split())[:MAX_DETAIL]
    detail = text if reason is not Reason.FAULT else f"{type(error).__name__}: {text}".rstrip(": ")
    return tidy(Gap(reader, reason, detail))


def timestamp(now: datetime.datetime | None = None) -> str:
    """`now`, or the clock's time, in UTC as ISO 8601 with seconds."""
    moment = now or datetime.datetime.now(datetime.UTC)
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@functools.cache
def tool() -> str:
    """The name and version that a dossier names: "indicia/1.2.3"."""
    import importlib.metadata

    return f"indicia/{importlib.metadata.version('indicia')}"


def _read_claims(asset: Asset, *, trust: TrustStore | None) -> Iterator[Evidence | Gap]:
    from .credentials.verify import examine

    for found in examine(asset, trust=trust):
        yield from found


def _mark_readers(keys: Sequence[MarkKey], deep: bool, all_marks: bool) -> Iterator[Reader]:
    from .marks import pixel_marks

    for mark in pixel_marks():
        # Our own marks can be read only with a key; what cannot embed here is another tool's fixed mark.
        if (mark.swift or all_marks) and (keys if mark.can_embed else deep):
            read = functools.partial(_read_mark, mark=mark, keys=tuple(keys))
            yield Look(f"marks.{mark.name}", frozenset({mark.media}), read)


def _read_mark(asset: Asset, *, mark: PixelMark, keys: tuple[MarkKey, ...]) -> tuple[Reading, ...]:
    import numpy as np

    found = mark.read(np.asarray(asset.image().convert("RGB")), keys)
    return () if found is None else (found,)


def _read_records(
    asset: Asset, *, registry: Registry, keys: tuple[MarkKey, ...], trust: TrustStore | None, seen: dict[Evidence, None]
) -> Iterator[Evidence | Gap]:
    from .recover import search

    found = search(asset, registry=registry, keys=keys, trust=trust, evidence=tuple(seen))
    yield from found.matches
    yield from found.gaps


def _look(reader: Reader, asset: Asset, deadline: float) -> tuple[list[Evidence], list[Gap]]:
    """What one reader found, and what it could not examine."""
    if time.monotonic() > deadline:
        return [], [Gap(reader.name, Reason.TIMED_OUT, "the readers before it took all the time there was")]
    found: list[Evidence] = []
    gaps: list[Gap] = []
    try:
        for item in reader.read(asset):
            if not isinstance(item, (*_KINDS, Gap)):
                raise TypeError(f"a reader gave a {type(item).__name__}, which is no evidence")
            if len(found) + len(gaps) == MAX_ITEMS:
                gaps.append(Gap(reader.name, Reason.TOO_LARGE, f"more than {MAX_ITEMS} pieces; the rest is left"))
                break
            (gaps if isinstance(item, Gap) else found).append(tidy(item))  # type: ignore[arg-type]
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - native readers raise their panics beside Exception
        gaps.append(gap_of(reader.name, error))
    return found, gaps


def _unknown(asset: Asset) -> Iterator[Gap]:
    if asset.ref.size == 0:
        yield Gap("asset", Reason.UNKNOWN_FORMAT, "the file is empty")
    elif asset.format == "unknown":
        yield Gap("asset", Reason.UNKNOWN_FORMAT, _stranger(asset))


def _stranger(asset: Asset) -> str:
    with asset.stream() as stream:
        if stream.read(len(_COMPOUND)) == _COMPOUND:
            return "an Office document behind a password, or older than 2007; save it anew as DOCX, XLSX or PPTX"
    return "its first bytes fit no format that is known here"


T = TypeVar("T")


def tidy(value: T) -> T:
    """`value` as JSON can hold it: no lone surrogates, no endless numbers, no string above `MAX_TEXT` characters."""
    return _tidy(value)  # type: ignore[no-any-return]  # the same type comes back for every type there is in evidence


def _tidy(value: Any) -> Any:
    if isinstance(value, str):
        return value if isinstance(value, Enum) else _tidy_text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else 0.0
    if isinstance(value, tuple | list):
        return tuple(_tidy(v) for v in value)
    if isinstance(value, int) or value is None:
        return value
    names = value.__dataclass_fields__  # `dataclasses.fields` is several times as slow, and this runs for every field
    changed = {n: new for n in names if (new := _tidy(old := getattr(value, n))) is not old and new != old}
    return dataclasses.replace(value, **changed) if changed else value


def _tidy_text(text: str) -> str:
    if len(text) > MAX_TEXT:
        text = f"{text[:MAX_TEXT]}... ({len(text)} characters)"
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()
    return text
