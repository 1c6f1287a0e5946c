"""Reads what is signed in an asset: every manifest of the chain and what is wrong with it, whatever the content."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from ..asset import Asset, Limits
from ..errors import BadContent, IndiciaError, TooLarge
from ..evidence import Claim, Gap, Media, Reason
from ..sniff import FORMATS
from . import sidecar as sidecars
from . import text as texts
from .chain import READER, Store, claims, list_named, malformed, trusting
from .locate import mentions_manifest
from .trust import TrustStore, default_store

# What c2pa-rs can look into, by our names of formats. Office files and zips are read, though they are not written.
READABLE = frozenset(
    {
        "jpeg", "png", "webp", "gif", "tiff", "avif", "heic", "svg", "jxl", "mp4", "mov", "avi", "m4a", "wav", "mp3",
        "flac", "pdf", "docx", "xlsx", "pptx", "epub", "zip",
    }
)  # fmt: skip
_OWN_MIME = {"zip": "application/x-zip"}
ANYTHING = "application/octet-stream"


def read(asset: Asset, *, trust: TrustStore | None = None, sidecar: Path | None = None) -> tuple[Claim, ...]:
    """Every manifest of the asset and of its sidecar, the active one first (`depth` 0), then its ingredients.

    A `<file>.c2pa` beside the asset's path is taken as its sidecar. Nothing is fetched. A format that carries no
    manifests, or a file without one, gives an empty tuple; a manifest that cannot be parsed gives a claim in state
    MALFORMED.

    Raises:
        UnreadableFile: the file has vanished or may no longer be read.
    """
    return examine(asset, trust=trust, sidecar=sidecar)[0]


def examine(
    asset: Asset, *, trust: TrustStore | None = None, sidecar: Path | None = None
) -> tuple[tuple[Claim, ...], tuple[Gap, ...]]:
    """As `read`, with what could not be examined: a manifest kept elsewhere, a text or a sidecar too large."""
    lists = default_store() if trust is None else trust
    found: list[Claim] = []
    gaps: list[Gap] = []
    for look in (_inside, _beside):
        try:
            for item in look(asset, lists, sidecar):
                (found if isinstance(item, Claim) else gaps).append(item)  # type: ignore[arg-type]
        except TooLarge as error:
            gaps.append(Gap(READER, Reason.TOO_LARGE, str(error)))
    return tuple(found), tuple(gaps)


def crjson(asset: Asset, *, trust: TrustStore | None = None, sidecar: Path | None = None) -> dict[str, Any] | None:
    """The store in C2PA's own JSON form (crJSON), with each manifest's validation results; None without a manifest.

    Raises:
        BadContent: the manifest cannot be parsed.
    """
    import c2pa

    from .native import reading, reason

    lists = default_store() if trust is None else trust
    try:
        if asset.media is Media.TEXT and sidecar is None and (found := _text_crjson(asset, lists)) is not None:
            return found
        with asset.stream() as stream:
            if asset.format in READABLE and sidecar is None:
                opened = c2pa.Reader.try_create(_mime(asset), stream, context=reading(lists.settings()))
                if opened is not None:
                    with opened:
                        return dict(json.loads(opened.crjson()))
            store = _sidecar_of(asset, sidecar)
            if store is None:
                return None
            with _reader(asset, stream, lists, store) as reader:
                return dict(json.loads(reader.crjson()))
    except c2pa.C2paError as error:
        raise BadContent(f"{asset.ref.name}: its manifest cannot be parsed ({reason(error)})") from error


def detached(asset: Asset, trust: TrustStore) -> tuple[bytes, dict[str, Any]] | None:
    """The store of a manifest that is in text or beside the asset's file, and its report; None where there is none.

    Raises:
        BadContent: it cannot be parsed.
    """
    import c2pa

    from .native import reason

    try:
        if asset.media is Media.TEXT:
            text = _text_of(asset)
            found = texts.find(text) if text is not None else None
            if text is not None and found is not None:
                report, _, code = _read_wrapper(found, text, trust)
                _settle(report["validation_results"]["activeManifest"], code)
                return found.store, report
        store = _sidecar_of(asset, None)
        if store is None:
            return None
        with asset.stream() as stream:
            if asset.format in READABLE and mentions_manifest(stream):
                return None
            with _reader(asset, stream, trust, store) as reader:
                return store, json.loads(reader.json())
    except c2pa.C2paError as error:
        raise BadContent(f"{asset.ref.name}: its manifest cannot be parsed ({reason(error)})") from error


def _inside(asset: Asset, trust: TrustStore, _: Path | None) -> Iterator[Claim | Gap]:
    if asset.media is Media.TEXT:
        yield from _in_text(asset, trust)
    elif asset.format in READABLE:
        yield from _embedded(asset, trust)


def _embedded(asset: Asset, trust: TrustStore) -> Iterator[Claim | Gap]:
    import c2pa

    from .native import reading, reason

    with asset.stream() as stream:
        try:
            reader = c2pa.Reader.try_create(_mime(asset), stream, context=reading(trust.settings()))
            if reader is None:
                return
            with reader:
                report = json.loads(reader.json())
            _rename(report, trust, lambda only: c2pa.Reader(_mime(asset), stream, context=only))
        except (c2pa.C2paError, ValueError, RecursionError) as error:
            yield from _unread(stream, reason(error))
            return
    yield from claims(Store(report, trust, locator=asset.format))


def _unread(stream: BinaryIO, said: str) -> Iterator[Claim | Gap]:
    """A damaged manifest makes c2pa-rs raise; so does a damaged file that has none, which is not our evidence."""
    if said.startswith("Remote"):
        yield Gap(READER, Reason.UNREADABLE, f"its manifest is kept elsewhere and was not fetched ({said[:300]})")
    elif mentions_manifest(stream):
        yield malformed((said,))


def _beside(asset: Asset, trust: TrustStore, given: Path | None) -> Iterator[Claim | Gap]:
    try:
        store = _sidecar_of(asset, given)
    except IndiciaError as error:
        yield Gap(READER, Reason.UNREADABLE, str(error))
        return
    if store is None:
        return
    import c2pa

    from .native import reason

    path = given or sidecars.beside(Path(asset.ref.path))
    with asset.stream() as stream:
        try:
            with _reader(asset, stream, trust, store) as reader:
                report = json.loads(reader.json())
            _rename(report, trust, lambda only: c2pa.Reader(_kind(asset), stream, manifest_data=store, context=only))
        except (c2pa.C2paError, ValueError, RecursionError) as error:
            yield malformed((reason(error),), sidecar=True, locator=str(path))
            return
    yield from claims(Store(report, trust, sidecar=True, locator=str(path)))


def _sidecar_of(asset: Asset, given: Path | None) -> bytes | None:
    """The bytes of the sidecar that is given, or of the one beside the asset's file where there is one.

    Raises:
        UnreadableFile: it is given and cannot be read.
        TooLarge: it has more than 64 MiB.
    """
    path = given
    if path is None and asset.path is not None and sidecars.beside(asset.path).is_file():
        path = sidecars.beside(asset.path)
    return None if path is None else Asset.open(path, limits=Limits(memory_bytes=sidecars.MAX_BYTES)).data


def _reader(asset: Asset, stream: BinaryIO, trust: TrustStore, store: bytes) -> Any:
    import c2pa

    from .native import reading

    return c2pa.Reader(_kind(asset), stream, manifest_data=store, context=reading(trust.settings()))


def _rename(report: dict[str, Any], trust: TrustStore, again: Callable[[Any], Any]) -> None:
    """Ask once more without the lists of clocks, where c2pa-rs named one of those for a signer.

    A signer's issuer and that issuer's root may be on two lists, and it names either by chance.
    """
    from .native import reading

    doubtful = [entry for entry in trusting(report) if not trust.vouches(list_named(entry) or "")]
    if not doubtful:
        return
    with again(reading(trust.without_clocks().settings())) as reader:
        named = {entry.get("url"): entry for entry in trusting(json.loads(reader.json()))}
    for entry in doubtful:
        entry.update(named.get(entry.get("url"), {}))


def _kind(asset: Asset) -> str:
    return _mime(asset) if asset.format in READABLE else ANYTHING


def _mime(asset: Asset) -> str:
    return _OWN_MIME.get(asset.format, FORMATS[asset.format][1])


def _in_text(asset: Asset, trust: TrustStore) -> Iterator[Claim | Gap]:
    """A manifest in the wrapper of Annex A.8."""
    import c2pa

    from .native import reason

    loaded = _text_of(asset)
    if loaded is None:
        return
    try:
        found = texts.find(loaded)
    except BadContent as error:
        yield malformed((str(error),), locator="text")
        return
    if found is None:
        return
    try:
        report, _, code = _read_wrapper(found, loaded, trust)
        _settle(report["validation_results"]["activeManifest"], code)
    except (c2pa.C2paError, ValueError, KeyError, RecursionError) as error:
        yield malformed((reason(error),), locator="text")
        return
    yield from claims(Store(report, trust, locator="text"))


def _text_of(asset: Asset) -> str | None:
    """The text in NFC when a wrapper begins in it; most texts are dismissed by one search over their bytes."""
    data = asset.data if asset.ref.size <= asset.limits.text_bytes else None
    if data is None:
        raise TooLarge(f"{asset.ref.name}: {asset.ref.size} bytes of text are more than {asset.limits.text_bytes}")
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    if not wide and texts.PREFIX_UTF8 not in data:
        return None
    try:
        return texts.normal(data.decode("utf-16").encode() if wide else data)
    except (BadContent, UnicodeError):
        return None


def _read_wrapper(found: texts.Wrapper, text: str, trust: TrustStore) -> tuple[dict[str, Any], dict[str, Any], str]:
    """The report and the crJSON of a wrapper's store, and what its hash says of the text."""
    import c2pa

    from .native import reading

    stream = io.BytesIO(text.encode())
    with c2pa.Reader(ANYTHING, stream, manifest_data=found.store, context=reading(trust.settings())) as reader:
        report, detail = json.loads(reader.json()), json.loads(reader.crjson())
    _rename(report, trust, lambda only: c2pa.Reader(ANYTHING, stream, manifest_data=found.store, context=only))
    return report, detail, texts.bound(found, text, _data_hash(detail))


def _data_hash(detail: dict[str, Any]) -> dict[str, Any]:
    """The hash assertion of the active manifest, with its one exclusion and its digest taken apart."""
    try:
        assertion = detail["manifests"][0]["assertions"]["c2pa.hash.data"]
        (exclusion,) = assertion["exclusions"]
        # crJSON writes bytes as b64'...'.
        digest = base64.b64decode(assertion["hash"].removeprefix("b64'").removesuffix("'"))
        return {"alg": assertion.get("alg", "sha256"), "hash": digest, **exclusion}
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        return {}


def _settle(results: dict[str, Any], code: str) -> None:
    """Put our answer to the hash of a text in the place of c2pa-rs's."""
    failures = [entry for entry in results.get("failure", []) if entry.get("code") != "assertion.dataHash.mismatch"]
    if code == "assertion.dataHash.match":
        results["success"] = [*results.get("success", []), {"code": code}]
    else:
        failures.append({"code": code})
    results["failure"] = failures


def _text_crjson(asset: Asset, trust: TrustStore) -> dict[str, Any] | None:
    text = _text_of(asset)
    found = texts.find(text) if text is not None else None
    if text is None or found is None:
        return None
    _, detail, code = _read_wrapper(found, text, trust)
    _settle(detail["manifests"][0].setdefault("validationResults", {}), code)
    return detail
