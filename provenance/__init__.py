"""What is in an asset: read it, sign it, label it, mark it, find its record again.

The names below are loaded when they are first used: a command that needs one of them does not pay for the others.
`inspect` and `inspect_path` stand in the module `indicia.provenance.inspect`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .asset import Asset, AssetRef, Limits
    from .dossier import Dossier
    from .errors import IndiciaError
    from .evidence import Action, Claim, ClaimState, Evidence, Gap, Label, Match, Media, Reading, Reason, Score, Trace
    from .verdict import Basis, Integrity, Origin, PlatformClass, Trust, Verdict, weigh

__all__ = [
    "Action", "Asset", "AssetRef", "Basis", "Claim", "ClaimState", "Dossier", "Evidence", "Gap", "IndiciaError",
    "Integrity", "Label", "Limits", "Match", "Media", "Origin", "PlatformClass", "Reading", "Reason", "Score", "Trace",
    "Trust", "Verdict", "weigh",
]  # fmt: skip

_HOMES = {
    "asset": ("Asset", "AssetRef", "Limits"),
    "dossier": ("Dossier",),
    "errors": ("IndiciaError",),
    "verdict": ("Basis", "Integrity", "Origin", "PlatformClass", "Trust", "Verdict", "weigh"),
}


def __getattr__(name: str) -> Any:
    """The value of that name, from the module it lives in; what is not listed elsewhere lives in `evidence`."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    home = next((module for module, names in _HOMES.items() if name in names), "evidence")
    found = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return [*globals(), *__all__]
