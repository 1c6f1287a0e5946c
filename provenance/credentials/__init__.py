"""C2PA Content Credentials: sign, verify, trust, sidecars, text, and the official rubric.

Signing is in `sign` (`sign`, `sign_file`, `sign_tree`), reading in `verify` (`read`, `examine`), the official checks
in `rubric`. The names below are imported when they are first used, so that a reader does not pay for the signer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .manifest import Statement, algorithm_name
    from .sign import sign_file, sign_stream, sign_tree
    from .signer import CallbackSigner, FileSigner, Signer
    from .trust import TrustList, TrustStore, default_store
    from .verify import examine, read

__all__ = [
    "CallbackSigner", "FileSigner", "Signer", "Statement", "TrustList", "TrustStore", "algorithm_name",
    "default_store", "examine", "read", "sign_file", "sign_stream", "sign_tree",
]  # fmt: skip

_HOMES = {
    "manifest": ("Statement", "algorithm_name"),
    "sign": ("sign_file", "sign_stream", "sign_tree"),
    "signer": ("CallbackSigner", "FileSigner", "Signer"),
    "trust": ("TrustList", "TrustStore", "default_store"),
    "verify": ("examine", "read"),
}


def __getattr__(name: str) -> Any:
    import importlib

    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f".{home}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
