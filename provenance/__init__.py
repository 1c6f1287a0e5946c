"""What is in an asset: read it, sign it, label it, mark it, find its record again."""

from .asset import Asset, AssetRef, Limits
from .dossier import Dossier
from .errors import IndiciaError
from .evidence import Action, Claim, ClaimState, Evidence, Gap, Label, Match, Media, Reading, Reason, Score, Trace
from .inspect import inspect, inspect_path
from .verdict import Basis, Integrity, Origin, PlatformClass, Trust, Verdict, weigh

__all__ = [
    "Action", "Asset", "AssetRef", "Basis", "Claim", "ClaimState", "Dossier", "Evidence", "Gap", "IndiciaError",
    "Integrity", "Label", "Limits", "Match", "Media", "Origin", "PlatformClass", "Reading", "Reason", "Score", "Trace",
    "Trust", "Verdict", "inspect", "inspect_path", "weigh",
]  # fmt: skip
