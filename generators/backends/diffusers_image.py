"""diffusers: any pipeline that makes pictures: from words, from pictures, in part of a picture, larger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...provenance.errors import Unsupported, UsageError
from ...provenance.evidence import Media
from ..creation import Model
from . import Backend, Plan, Processor, descends_from
from ._images import as_image
from ._likeness import faces_in
from ._models import first_text
from ._pipelines import assets, model_of, named, parameters_of, seeded

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
        call = named(source, args, given)
        if call.get("output_type", "pil") != "pil":
            raise Unsupported(f"output_type={call['output_type']!r} gives nothing that can be marked; leave it out")
        # Of the ControlNet pipelines, `image` is what steers, unless there is a control_image beside it.
        steers = "ControlNet" in type(source).__name__ and "control_image" not in parameters_of(source)
        pictures = {k: assets(call[k]) for k in ("image", *_REFERENCES) if call.get(k) is not None}
        parents = () if steers else pictures.get("image", ())
        seed, generator = seeded(seed, call.pop("generator", None))
        plain = {k: v for k, v in call.items() if k not in ("prompt", "image", *_REFERENCES)}

        def run() -> Sequence[Content]:
            taken = {k: [a.image().convert("RGB") for a in found] for k, found in pictures.items()}
            single = {k: v[0] if len(v) == 1 else v for k, v in taken.items()}
            return _pictures(source(**{**call, **single, "generator": generator(), "output_type": "pil"}))

        return Plan(
            media=Media.IMAGE,
            model=model or model_of(source),
            run=run,
            prompt=first_text(call.get("prompt", "")),
            parameters={"pipeline": type(source).__name__, **plain},
            seed=seed,
            parents=parents,
            references=tuple(a for k, found in pictures.items() if found is not parents for a in found),
            likeness=faces_in(call),
        )


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


backend: Backend = DiffusersImage()
