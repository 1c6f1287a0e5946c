"""Libraries and functions that make content, one file a library; this is the contract they keep.

A back end's file ends in `backend: Backend = Name()`. It says what a call is going to do before it does it, so that
the creation log is begun first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ...provenance.asset import Asset
from ...provenance.catalog import load, names
from ...provenance.errors import UsageError
from ...provenance.evidence import Media
from ..creation import Model

if TYPE_CHECKING:
    from PIL import Image

    from ...provenance.media import Clip, Sound

    Content = str | Image.Image | Clip | Sound

PACKAGE = __name__

# Given a tokenizer and a device, a logits processor that embeds the user's mark while the text is made.
Processor = Callable[[Any, str], Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """What one call of a generator is about to do; `run` does it.

    `parents` are the works that are edited (the result is partly synthetic), `references` what is only looked at.
    `source_type` is an IPTC digital source type for a result that is something else than these tell. `likeness` says
    what of a person the call imitates, "face" or "voice": it is not run without that person's consent.
    """

    media: Media
    model: Model
    run: Callable[[], Sequence[Content]]
    prompt: str = ""
    parameters: Mapping[str, object] = field(default_factory=dict)
    seed: int | None = None
    parents: tuple[Asset, ...] = ()
    references: tuple[Asset, ...] = ()
    token_marked: bool = False  # whether `run` embeds the text mark
    source_type: str = ""
    likeness: tuple[str, ...] = ()


@runtime_checkable
class Backend(Protocol):
    """Runs the generators of one library."""

    name: str

    def fit(self, source: object) -> int:
        """How well it serves `source`: 0 not at all, 1 as anything callable, 2 as its own library. Imports nothing."""
        ...

    def media(self, source: object) -> Media | None:
        """What `source` makes, or None when only the call shows."""
        ...

    def plan(
        self,
        source: Any,
        args: Sequence[Any],
        options: Mapping[str, Any],
        *,
        model: Model | None,
        mark: Processor | None,
    ) -> Plan:
        """What calling `source(*args, **options)` is going to do.

        Raises:
            Unsupported: a call whose result cannot be marked.
            UsageError: arguments that do not fit.
        """
        ...


def backend_for(source: object) -> Backend:
    """The back end that fits `source` best.

    Raises:
        UsageError: nothing that generates.
    """
    found: list[Backend] = [load(PACKAGE, name, "backend") for name in names(PACKAGE)]
    best = max(found, key=lambda b: b.fit(source))
    if best.fit(source) == 0:
        raise UsageError(
            f"{type(source).__name__} is nothing that generates; give a diffusers pipeline, a transformers pipeline, "
            "a (model, tokenizer) pair, a voice, or a function"
        )
    return best


def descends_from(source: object, library: str, name: str) -> bool:
    """Whether `source` is of that class of that library, told without importing it."""
    return any(c.__name__ == name and c.__module__.split(".")[0] == library for c in type(source).__mro__)
