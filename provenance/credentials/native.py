"""The one door to c2pa-python: contexts, the native calls it does not wrap, and its errors in plain words."""

from __future__ import annotations

import ctypes
import functools
import json
import os
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    import c2pa

# Since c2pa-rs 0.91 there is no default list of extended key usages: a certificate with only the official
# claim-signing usage is then "invalid", and real photographs with it. It must be given at every call, and only at
# the top level of `trust` (an anchor's own trust_config does not count for the certificate profile).
_USAGES = (
    "1.3.6.1.5.5.7.3.4",  # emailProtection
    "1.3.6.1.5.5.7.3.36",  # documentSigning
    "1.3.6.1.5.5.7.3.8",  # timeStamping
    "1.3.6.1.5.5.7.3.9",  # OCSPSigning
    "1.3.6.1.4.1.311.76.59.1.9",  # Microsoft's C2PA signing
    "1.3.6.1.4.1.62558.2.1",  # c2pa-kp-claimSigning
)

# Nothing is fetched: a remote manifest or an OCSP look-up would tell strangers what is being read.
_OFFLINE = {"remote_manifest_fetch": False, "ocsp_fetch": False}


@functools.lru_cache(maxsize=8)
def reading(anchors: str = "[]") -> c2pa.Context:
    """The settings to read under; `anchors` is the JSON of c2pa-rs's `trust.anchors`."""
    import c2pa

    trust = {"anchors": json.loads(anchors), "trust_config": "\n".join(_USAGES)}
    return c2pa.Context.from_dict({"trust": trust, "verify": _OFFLINE})


@functools.lru_cache(maxsize=8)
def writing(thumbnail: int = 0) -> c2pa.Context:
    """The settings to sign under; `thumbnail` is the long edge in pixels of a JPEG preview, 0 for none.

    The library checks its signature after signing, but does not look at the bytes it wrote; its callers here do.
    """
    import c2pa

    return c2pa.Context.from_dict(_to_write(thumbnail))


def signing(signer: c2pa.Signer) -> c2pa.Context:
    """The settings to sign under, and the signer, which cannot be used otherwise afterwards."""
    import c2pa

    return c2pa.Context.from_dict(_to_write(0), signer=signer)


def _to_write(thumbnail: int) -> dict[str, Any]:
    preview = {"enabled": True, "format": "jpeg", "long_edge": thumbnail} if thumbnail else {"enabled": False}
    return {
        "trust": {"trust_config": "\n".join(_USAGES)},
        "verify": _OFFLINE,
        "builder": {"thumbnail": preview},
    }


def _forget() -> None:
    reading.cache_clear()
    writing.cache_clear()


# Native objects of a parent process are closed in its children.
os.register_at_fork(after_in_child=_forget)


def sign_hashed(builder: c2pa.Builder, signer: c2pa.Signer, data_hash: dict[str, Any]) -> bytes:
    """A signed manifest store (JUMBF) over content whose hash is given, for containers c2pa-rs does not know.

    `data_hash` is a c2pa.hash.data assertion; its `hash` is a list of integers (a string would be taken as text).

    Raises:
        c2pa.C2paError: the manifest or the signer was refused.
    """
    library = _library()
    fill = b"application/c2pa"
    _take(library.c2pa_builder_data_hashed_placeholder, builder._handle, signer.reserve_size(), fill)
    encoded = json.dumps(data_hash).encode()
    sign = library.c2pa_builder_sign_data_hashed_embeddable
    return _take(sign, builder._handle, signer._handle, encoded, fill, None)


def placeholder(builder: c2pa.Builder, mime: str) -> bytes:
    """The bytes to put into a file of that type for now: as many as the signed manifest will take."""
    return _take(_library().c2pa_builder_placeholder, builder._handle, mime.encode())


def hash_content(builder: c2pa.Builder, mime: str, stream: BinaryIO) -> None:
    """Bind the manifest to the content of `stream`, a file with the placeholder in it.

    Raises:
        c2pa.C2paError: it cannot be read as that type.
    """
    import c2pa.c2pa as wrapper

    stream.seek(0)
    native = wrapper.Stream(stream)
    try:
        done = _library().c2pa_builder_update_hash_from_stream(builder._handle, mime.encode(), native._stream)
        if done < 0:
            raise wrapper.C2paError(wrapper._read_native_error() or "the native library gave no reason")
    finally:
        native.close()


def sign_embeddable(builder: c2pa.Builder, mime: str) -> bytes:
    """The signed manifest as it stands in a file of that type, in the place of the placeholder.

    Raises:
        c2pa.C2paError: the manifest or the signer was refused.
    """
    return _take(_library().c2pa_builder_sign_embeddable, builder._handle, mime.encode())


def _take(call: Any, *arguments: Any) -> bytes:
    """The bytes that a native call hands over, freed on the native side."""
    import c2pa
    import c2pa.c2pa as wrapper

    out = ctypes.POINTER(ctypes.c_ubyte)()
    size = call(*arguments, ctypes.byref(out))
    if size < 0:
        raise c2pa.C2paError(wrapper._read_native_error() or "the native library gave no reason")
    try:
        return ctypes.string_at(out, size)
    finally:
        wrapper._lib.c2pa_manifest_bytes_free(out)


@functools.cache
def _library() -> Any:
    """The native library with the functions declared that c2pa-python 0.38 leaves out."""
    import c2pa.c2pa as wrapper

    library = wrapper._lib
    builder, signer = ctypes.POINTER(wrapper.C2paBuilder), ctypes.POINTER(wrapper.C2paSigner)
    out = ctypes.POINTER(ctypes.POINTER(ctypes.c_ubyte))
    text = ctypes.c_char_p
    placeholder = library.c2pa_builder_data_hashed_placeholder
    placeholder.argtypes, placeholder.restype = [builder, ctypes.c_size_t, text, out], ctypes.c_int64
    sign = library.c2pa_builder_sign_data_hashed_embeddable
    sign.argtypes, sign.restype = [builder, signer, text, text, ctypes.c_void_p, out], ctypes.c_int64
    for call in (library.c2pa_builder_placeholder, library.c2pa_builder_sign_embeddable):
        call.argtypes, call.restype = [builder, text, out], ctypes.c_int64
    bind = library.c2pa_builder_update_hash_from_stream
    bind.argtypes, bind.restype = [builder, text, ctypes.POINTER(wrapper.C2paStream)], ctypes.c_int
    return library


def reason(error: BaseException) -> str:
    """What c2pa-rs said, without its class prefixes."""
    text = str(error).strip() or type(error).__name__
    for prefix in ("Other: ", "Verify: ", "Io: ", "Signature: ", "Manifest: ", "NotSupported: "):
        text = text.removeprefix(prefix)
    return text
