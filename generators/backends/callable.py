"""Any function that returns text, pictures, video or sound: GANs, APIs, code of one's own."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...provenance.asset import Asset
from ...provenance.evidence import Media
from ...provenance.media import Clip, Sound
from ..creation import Model
from . import Backend, Plan, Processor
from ._images import as_asset, as_image
from ._models import first_text

if TYPE_CHECKING:
    from . import Content


class Callable:
    """Calls the function as it is. What it returns decides whether text, picture, video or sound is marked.

    The prompt is the argument called `prompt`, or else the first text given by position; a picture or `Asset` among
    the arguments is a work that is edited.
    """

    name = "callable"

    def fit(self, source: object) -> int:
        """1 for anything that can be called."""
        return int(callable(source))

    def media(self, source: object) -> Media | None:
        """Text for a function annotated to return `str`, else not known before the call."""
        try:
            returned = inspect.signature(source).return_annotation  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return None
        return Media.TEXT if returned in (str, "str") else None

    def plan(
        self,
        source: Any,
        args: Sequence[Any],
        options: Mapping[str, Any],
        *,
        model: Model | None,
        mark: Processor | None,
    ) -> Plan:
        """See the contract. Without `model` the function's own name stands for it."""
        named = {f"argument {i}": value for i, value in enumerate(args, 1)} | dict(options)
        prompt = first_text(options.get("prompt") or next((a for a in args if isinstance(a, str)), ""))
        seed = options.get("seed")
        plain = {k: v for k, v in named.items() if k not in ("prompt", "seed") and v != prompt and not _picture(v)}

        def run() -> Sequence[Content]:
            given = [_unwrapped(a) for a in args], {k: _unwrapped(v) for k, v in options.items()}
            made = source(*given[0], **given[1])
            return [_content(m) for m in (made if isinstance(made, list | tuple) else [made])]

        return Plan(
            media=self.media(source) or Media.IMAGE,
            model=model or Model(_name(source)),
            run=run,
            prompt=prompt,
            parameters=plain,
            seed=seed if isinstance(seed, int) else None,
            parents=tuple(as_asset(v) for v in named.values() if _picture(v)),
        )


def _picture(value: object) -> bool:
    return isinstance(value, Asset) or any(c.__module__.startswith("PIL.") for c in type(value).__mro__)


def _unwrapped(value: Any) -> Any:
    return value.image() if isinstance(value, Asset) else value


def _content(value: Any) -> Content:
    if isinstance(value, str | Clip | Sound):
        return value
    if isinstance(value, os.PathLike):
        return as_image(Asset.open(value).data)
    return as_image(value)


def _name(source: Any) -> str:
    return getattr(source, "__qualname__", "") or type(source).__qualname__


backend: Backend = Callable()
