"""diffusers: any text-to-image or image-to-image pipeline."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...provenance.asset import Asset
from ...provenance.errors import Unsupported, UsageError
from ...provenance.evidence import Media
from ..creation import Model
from . import Backend, Plan, Processor, descends_from
from ._images import as_asset, as_image
from ._models import describe, first_text, new_seed, version_of

if TYPE_CHECKING:
    from . import Content

_REFERENCES = ("mask_image", "control_image", "ip_adapter_image")


class DiffusersImage:
    """Calls the pipeline with its own arguments, and `seed` beside them.

    An `image` that is edited may be a picture, or a path or `Asset` whose chain of manifests is then kept.
    """

    name = "diffusers_image"

    def fit(self, source: object) -> int:
        """2 for a pipeline of diffusers."""
        return 2 * descends_from(source, "diffusers", "DiffusionPipeline")

    def media(self, source: object) -> Media | None:
        """Pictures."""
        return Media.IMAGE

    def plan(
        self,
        source: Any,
        args: Sequence[Any],
        options: Mapping[str, Any],
        *,
        model: Model | None,
        mark: Processor | None,
    ) -> Plan:
        """See the contract."""
        given = dict(options)
        seed = given.pop("seed", None)
        call = _named(source, args, given)
        if call.get("output_type", "pil") != "pil":
            raise Unsupported(f"output_type={call['output_type']!r} gives nothing that can be marked; leave it out")
        # Of the ControlNet pipelines, `image` is what steers, unless there is a control_image beside it.
        steers = "ControlNet" in type(source).__name__ and "control_image" not in _parameters(source)
        pictures = {k: _assets(call[k]) for k in ("image", *_REFERENCES) if call.get(k) is not None}
        parents = () if steers else pictures.get("image", ())
        seed, generator = _seed(seed, call.pop("generator", None))
        plain = {k: v for k, v in call.items() if k not in ("prompt", "image", *_REFERENCES)}

        def run() -> Sequence[Content]:
            taken = {k: [a.image().convert("RGB") for a in assets] for k, assets in pictures.items()}
            single = {k: v[0] if len(v) == 1 else v for k, v in taken.items()}
            return _pictures(source(**{**call, **single, "generator": generator(), "output_type": "pil"}))

        return Plan(
            media=Media.IMAGE,
            model=model or _model(source),
            run=run,
            prompt=first_text(call.get("prompt", "")),
            parameters={"pipeline": type(source).__name__, **plain},
            seed=seed,
            parents=parents,
            references=tuple(a for k, assets in pictures.items() if assets is not parents for a in assets),
        )


def _parameters(source: Any) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(type(source).__call__).parameters


def _named(source: Any, args: Sequence[Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """The call by argument names, as the pipeline's own signature gives them."""
    try:
        bound = inspect.signature(type(source).__call__).bind_partial(source, *args, **options)
    except TypeError as error:
        raise UsageError(f"{type(source).__name__}: {error}") from error
    bound.arguments.pop("self", None)
    extra = bound.arguments.pop("kwargs", {})
    return {**bound.arguments, **extra}


def _assets(value: Any) -> tuple[Asset, ...]:
    return tuple(as_asset(v) for v in (value if isinstance(value, list | tuple) else [value]))


def _seed(seed: int | None, generator: Any) -> tuple[int | None, Any]:
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


def _pictures(output: Any) -> list[Content]:
    refused = getattr(output, "nsfw_content_detected", None)
    if refused and any(refused):
        raise UsageError("the pipeline's safety checker refused a picture; nothing was marked or written")
    images = getattr(output, "images", None)
    if images is None and isinstance(output, tuple) and output:
        images = output[0]
    if images is None:
        raise Unsupported(f"{type(output).__name__} holds no pictures; only image pipelines can be wrapped here")
    return [as_image(i) for i in images]


def _model(source: Any) -> Model:
    where = os.fspath(getattr(source, "name_or_path", "") or getattr(source.config, "_name_or_path", "") or "")
    return describe(where, version_of("diffusers"), commit=str(source.config.get("_commit_hash") or ""))


backend: Backend = DiffusersImage()
