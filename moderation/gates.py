"""Conditions that a scan can fail on, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..provenance.dossier import Dossier
from ..provenance.errors import UsageError
from ..provenance.evidence import Label, Reason
from ..provenance.verdict import Integrity, Origin, PlatformClass, Trust

Gate = Callable[[Dossier], bool]

_SYNTHETIC = (Origin.SYNTHETIC, Origin.PARTLY_SYNTHETIC)


def _unlabelled(dossier: Dossier) -> bool:
    """Synthetic by its evidence, but without any label, visible or in a regulator's or a standard's field."""
    return dossier.verdict.origin in _SYNTHETIC and not any(isinstance(e, Label) for e in dossier.evidence)


# name -> (what it means, the test). The names that equal a verdict's value mean just that value.
GATES: dict[str, tuple[str, Gate]] = {
    **{o.value: (f"the origin is {o}", lambda d, o=o: d.verdict.origin is o) for o in Origin},  # type: ignore[misc]
    **{
        i.value: (f"the integrity is {i}", lambda d, i=i: d.verdict.integrity is i)  # type: ignore[misc]
        for i in (Integrity.ALTERED, Integrity.MALFORMED, Integrity.UNSIGNED)
    },
    **{
        t.value: (f"signed, but the signer is {t}", lambda d, t=t: d.verdict.trust is t)  # type: ignore[misc]
        for t in (Trust.UNTRUSTED, Trust.EXPIRED)
    },
    **{
        p.value: (f"the platform class is {p}", lambda d, p=p: d.verdict.platform_class is p)  # type: ignore[misc]
        for p in (PlatformClass.GENERATED, PlatformClass.POSSIBLE, PlatformClass.SUSPECTED)
    },
    "unlabelled": ("synthetic, or partly, without any label", _unlabelled),
    "deviating": (
        "a label breaks its standard",
        lambda d: any(isinstance(e, Label) and e.findings for e in d.evidence),
    ),
    "laundered": ("a signature covers an ingredient that had been altered", lambda d: d.verdict.laundered),
    "transplanted": ("a watermark leads to a record of other content", lambda d: d.verdict.transplanted),
    "conflict": ("evidence contradicts the verdict", lambda d: bool(d.verdict.disagrees)),
    "incomplete": ("something could not be examined", lambda d: not d.verdict.complete),
    "unreadable": ("the file could not be read", lambda d: any(g.reason is Reason.UNREADABLE for g in d.gaps)),
}


def parse(text: str) -> tuple[str, ...]:
    """The gates named in a comma-separated list.

    Raises:
        UsageError: a name that is no gate; the text lists those there are.
    """
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if unknown := [name for name in names if name not in GATES]:
        raise UsageError(f"--fail-on knows no {', '.join(unknown)!r}; there are: {', '.join(GATES)}")
    return names


def failed(dossier: Dossier, names: Iterable[str]) -> tuple[str, ...]:
    """Those of the gates that this dossier fails."""
    return tuple(name for name in names if GATES[name][1](dossier))
