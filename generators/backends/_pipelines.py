"""What the back ends for diffusers share: the call by names, its seed, the pictures it is given, the model's name."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping, Sequence
from typing import Any

from ...provenance.asset import Asset
from ...provenance.errors import UsageError
from ..creation import Model
from ._images import as_asset
from ._models import describe, new_seed, version_of


def parameters_of(source: Any) -> Mapping[str, inspect.Parameter]:
    """What the pipeline's call takes. Nothing is imported for it."""
    return inspect.signature(type(source).__call__).parameters


def named(source: Any, args: Sequence[Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """The call by argument names, as the pipeline's own signature gives them."""
    try:
        bound = inspect.signature(type(source).__call__).bind_partial(source, *args, **options)
    except TypeError as error:
        raise UsageError(f"{type(source).__name__}: {error}") from error
    bound.arguments.pop("self", None)
    extra = bound.arguments.pop("kwargs", {})
    return {**bound.arguments, **extra}


def assets(value: Any) -> tuple[Asset, ...]:
    """One given picture, or several, as assets."""
    return tuple(as_asset(v) for v in (value if isinstance(value, list | tuple) else [value]))


def seeded(seed: int | None, generator: Any) -> tuple[int | None, Any]:
    """The seed that will be used, and a function that gives the generator (made late: torch is heavy)."""
    if generator is not None:
        if seed is not None:
            raise UsageError("give either seed or generator, not both")
        first = generator[0] if isinstance(generator, list) else generator
        return int(first.initial_seed()), lambda: generator
    chosen = new_seed() if seed is None else seed

    def make() -> Any:
        import torch

        return torch.Generator("cpu").manual_seed(chosen)

    return chosen, make


def model_of(source: Any) -> Model:
    """The model that the pipeline was loaded from."""
    where = os.fspath(getattr(source, "name_or_path", "") or getattr(source.config, "_name_or_path", "") or "")
    return describe(where, version_of("diffusers"), commit=str(source.config.get("_commit_hash") or ""))
