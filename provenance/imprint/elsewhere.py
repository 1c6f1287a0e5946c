"""A file made elsewhere, as a work to be marked: what may be said of it, and whether its chain is kept."""

from __future__ import annotations

from ..asset import Asset
from ..evidence import ClaimState
from ..verdict import Origin, origin_of_source_types
from .work import Making, Work

_INTACT = (ClaimState.TRUSTED, ClaimState.UNTRUSTED, ClaimState.EXPIRED)


def from_elsewhere(asset: Asset, *, label: str = "1", model: str = "") -> Work:
    """The work that `asset` is, when whoever answers for it gives it the AIGC class `label`.

    Class 1 asserts that it is generated, and the manifest says so. Classes 2 and 3 assert nothing of the origin: the
    manifest only says that the file was opened and published. A file that has a manifest is the parent of what it
    becomes, so its chain is kept, and what that chain says of the origin is not said again in our name.
    """
    signed = _signed(asset)
    name = asset.ref.name
    if label != "1":
        return Work(asset, Making(source_type="", parents=(asset,), title=name))
    if not signed:
        return Work(asset, Making(model=model, title=name))
    said = _said(asset)
    if said in (Origin.SYNTHETIC, Origin.PARTLY_SYNTHETIC):
        whole = said is Origin.SYNTHETIC
        source = "trainedAlgorithmicMedia" if whole else "compositeWithTrainedAlgorithmicMedia"
        # Labels and watermarks are drawn by plain algorithms; the chain above already says what a model made.
        return Work(asset, Making(source_type=source, edit_type="algorithmicMedia", parents=(asset,), title=name))
    return Work(asset, Making(model=model, parents=(asset,), title=name))


def _signed(asset: Asset) -> bool:
    from ..credentials.locate import holds_manifest
    from ..credentials.sidecar import beside

    if asset.path is not None and beside(asset.path).is_file():
        return True
    with asset.stream() as stream:
        return holds_manifest(stream, asset.format)


def _said(asset: Asset) -> Origin:
    """What the intact part of its chain says."""
    from ..credentials.verify import read

    claims = [c for c in read(asset) if c.state in _INTACT and c.relationship != "inputTo"]
    return origin_of_source_types([t for c in claims for t in c.source_types])
