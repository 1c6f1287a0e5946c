"""Back ends tell what a call will do before it is done: model, prompt, seed, what is edited; then do it."""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image

from indicia.generators.backends import PACKAGE, Backend, backend_for, diffusers_image, transformers_text
from indicia.generators.backends import callable as any_callable
from indicia.generators.backends._images import as_image
from indicia.generators.backends._models import describe
from indicia.generators.creation import Model
from indicia.provenance.asset import Asset
from indicia.provenance.catalog import load, names
from indicia.provenance.errors import BadContent, Unsupported, UsageError
from indicia.provenance.evidence import Media


def _tiny() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tiny", Path(__file__).with_name("tiny.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tiny = _tiny()


@pytest.fixture(scope="module")
def pipe() -> Any:
    return tiny.image_pipeline()


@pytest.fixture(scope="module")
def writer() -> tuple[Any, Any]:
    pair: tuple[Any, Any] = tiny.language_model()
    return pair


def test_the_library_that_made_a_thing_serves_it(pipe: Any, writer: tuple[Any, Any]) -> None:
    assert "diffusers_image" == backend_for(pipe).name
    assert "transformers_text" == backend_for(writer).name
    assert "callable" == backend_for(lambda prompt: prompt).name
    with pytest.raises(UsageError, match="nothing that generates"):
        backend_for("a string")


@pytest.mark.parametrize("name", names(PACKAGE))
def test_every_back_end_of_the_folder_keeps_the_contract(name: str) -> None:
    backend = load(PACKAGE, name, "backend")

    assert isinstance(backend, Backend)
    assert name == backend.name
    assert 0 == backend.fit(3)


# --- pictures by diffusers ------------------------------------------------------------------------------------------


def test_a_pipeline_draws_the_same_picture_from_the_seed_that_was_logged(pipe: Any) -> None:
    options = {"num_inference_steps": 1, "height": 64, "width": 64}

    first = diffusers_image.backend.plan(pipe, ["a dog"], options, model=None, mark=None)
    again = diffusers_image.backend.plan(pipe, ["a dog"], {**options, "seed": first.seed}, model=None, mark=None)
    (one,), (other,) = first.run(), again.run()

    assert isinstance(one, Image.Image)
    assert isinstance(other, Image.Image)
    assert (64, 64) == one.size
    assert one.tobytes() == other.tobytes()
    assert "a dog" == first.prompt
    assert {"pipeline": "StableDiffusionPipeline", **options} == dict(first.parameters)


def test_a_generator_of_ones_own_gives_its_seed(pipe: Any) -> None:
    import torch

    plan = diffusers_image.backend.plan(
        pipe, ["a"], {"generator": torch.Generator().manual_seed(7)}, model=None, mark=None
    )

    assert 7 == plan.seed
    with pytest.raises(UsageError, match="either seed or generator"):
        diffusers_image.backend.plan(pipe, ["a"], {"generator": torch.Generator(), "seed": 1}, model=None, mark=None)


def test_the_picture_that_is_edited_is_the_parent_and_a_file_keeps_its_bytes(tmp_path: Path) -> None:
    editor = tiny.image_pipeline("StableDiffusionImg2ImgPipeline")
    Image.new("RGB", (64, 64), "red").save(tmp_path / "in.png")
    options = {"image": tmp_path / "in.png", "strength": 0.5, "num_inference_steps": 2, "seed": 1}

    plan = diffusers_image.backend.plan(editor, ["blue"], options, model=None, mark=None)

    assert [(tmp_path / "in.png").read_bytes()] == [p.data for p in plan.parents]
    assert (64, 64) == next(p for p in plan.run() if isinstance(p, Image.Image)).size


@pytest.mark.parametrize("call", [{"output_type": "latent"}, {"output_type": "np"}])
def test_a_call_that_gives_no_picture_is_refused_before_it_costs_time(pipe: Any, call: dict[str, Any]) -> None:
    with pytest.raises(Unsupported, match="output_type"):
        diffusers_image.backend.plan(pipe, ["a"], call, model=None, mark=None)


def test_arguments_that_do_not_fit_the_pipeline_are_named(pipe: Any) -> None:
    with pytest.raises(UsageError, match="StableDiffusionPipeline: multiple values for argument 'prompt'"):
        diffusers_image.backend.plan(pipe, ["a"], {"prompt": "b"}, model=None, mark=None)


def test_a_picture_that_the_safety_checker_refused_never_leaves(pipe: Any) -> None:
    class Output:
        images = (Image.new("RGB", (8, 8)),)
        nsfw_content_detected = (True,)

    with pytest.raises(UsageError, match="safety checker"):
        diffusers_image._pictures(Output())


# --- text by transformers -------------------------------------------------------------------------------------------


def test_a_model_writes_the_same_text_from_the_seed_that_was_logged(writer: tuple[Any, Any]) -> None:
    first = transformers_text.backend.plan(
        writer, ["abc"], {"max_new_tokens": 20, "min_new_tokens": 20}, model=None, mark=None
    )
    again = transformers_text.backend.plan(
        writer, ["abc"], {"max_new_tokens": 20, "min_new_tokens": 20, "seed": first.seed}, model=None, mark=None
    )

    text = first.run()

    assert text == again.run()
    assert 1 == len(text)
    assert 10 < len(str(text[0]))


def test_generating_leaves_the_users_random_state_alone(writer: tuple[Any, Any]) -> None:
    import torch

    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)

    transformers_text.backend.plan(writer, ["abc"], {"max_new_tokens": 5, "seed": 9}, model=None, mark=None).run()

    assert torch.equal(expected, torch.rand(1))


def test_the_marks_processor_stands_beside_the_users_own(writer: tuple[Any, Any]) -> None:
    seen: list[str] = []

    def note(name: str) -> Callable[[Any, Any], Any]:
        def processor(_: Any, scores: Any) -> Any:
            seen.append(name)
            return scores

        return processor

    plan = transformers_text.backend.plan(
        writer, ["abc"], {"max_new_tokens": 1, "logits_processor": [note("user")]},
        model=None, mark=lambda tokenizer, device: note("mark"),
    )  # fmt: skip
    plan.run()

    assert ["user", "mark"] == seen
    assert plan.token_marked


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two and", "One. Two and"),  # the half sentence is the better half
        ("It rained all day long. Then it", "It rained all day long."),
        ('She said "no more." And', 'She said "no more."'),
        ("雨下了一整天。然后", "雨下了一整天。"),
        ("3.14 is pi and nothing else is", "3.14 is pi and nothing else is"),
        ("", ""),
    ],
)
def test_a_sentence_that_was_cut_off_is_dropped(text: str, expected: str) -> None:
    assert expected == transformers_text._whole(text)


def test_greedy_decoding_cannot_carry_a_mark(writer: tuple[Any, Any]) -> None:
    with pytest.raises(Unsupported, match="do_sample"):
        transformers_text.backend.plan(writer, ["a"], {"do_sample": False}, model=None, mark=lambda t, d: None)


def test_chat_messages_need_a_chat_template(writer: tuple[Any, Any]) -> None:
    messages = [{"role": "user", "content": "hello"}]

    plan = transformers_text.backend.plan(writer, [messages], {}, model=None, mark=None)

    assert "hello" == plan.prompt
    with pytest.raises(UsageError, match="no chat template"):
        plan.run()


# --- any function ---------------------------------------------------------------------------------------------------


def test_a_functions_call_is_told_by_its_arguments() -> None:
    picture = Image.new("RGB", (8, 8), "red")

    plan = any_callable.backend.plan(
        lambda *args, **options: picture, ["a cat", 3], {"seed": 5, "sketch": picture}, model=None, mark=None
    )

    assert ("a cat", 5, {"argument 2": 3}) == (plan.prompt, plan.seed, dict(plan.parameters))
    assert [Media.IMAGE] == [p.media for p in plan.parents]
    assert "lambda" in plan.model.id


def test_a_function_that_is_given_an_asset_gets_the_picture(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), "blue").save(tmp_path / "in.png")
    asset = Asset.open(tmp_path / "in.png")

    plan = any_callable.backend.plan(lambda image: image, [asset], {}, model=Model("acme/edit"), mark=None)

    (made,) = plan.run()
    assert isinstance(made, Image.Image)
    assert (0, 0, 255) == made.getpixel((0, 0))
    assert (asset,) == plan.parents


def _png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (4, 3), (255, 0, 128)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "made",
    [
        _png(),
        np.full((3, 4, 3), (255, 0, 128), np.uint8),
        np.full((3, 4, 3), (1.0, 0.0, 0.502), np.float32),
        np.full((1, 3, 4, 3), (255, 0, 128), np.uint8),
    ],
)
def test_pictures_are_taken_as_bytes_and_arrays_of_the_usual_kinds(made: Any) -> None:
    image = as_image(made)

    assert ((4, 3), (255, 0, 128)) == (image.size, image.getpixel((2, 1)))


@pytest.mark.parametrize("mode", ["L", "P", "LA", "CMYK", "I;16", "1"])
def test_pictures_of_every_mode_become_plain_ones(mode: str) -> None:
    assert as_image(Image.new(mode, (4, 4))).mode in ("RGB", "RGBA")


@pytest.mark.parametrize(
    "made", [np.zeros((2, 2, 5), np.uint8), np.zeros(4), np.zeros((4, 4), np.int64), np.full((4, 4, 3), -1.0), 3, None]
)
def test_what_is_no_picture_is_refused(made: Any) -> None:
    with pytest.raises((Unsupported, BadContent)):
        as_image(made)


def test_channels_may_come_first_and_grey_may_have_none() -> None:
    assert (5, 3) == as_image(np.zeros((3, 3, 5), np.uint8)).size
    assert (0.2 * 255,) * 3 == as_image(np.full((3, 5), 0.2)).getpixel((0, 0))


def test_a_tensor_is_a_picture() -> None:
    import torch

    assert (8, 6) == as_image(torch.rand(1, 3, 6, 8, requires_grad=True)).size


# --- naming models --------------------------------------------------------------------------------------------------


def test_a_local_model_is_named_by_its_folder_and_card_alone(tmp_path: Path, pipe: Any) -> None:
    folder = tiny.saved(pipe, tmp_path / "secret-project" / "tiny-sd")

    model = describe(str(folder), "diffusers 0")

    assert ("tiny-sd", "apache-2.0") == (model.id, model.licence)
    assert model.revision.startswith("sha256:")
    assert "secret-project" not in repr(model)


def test_a_model_from_the_hubs_cache_is_named_by_its_id_and_commit(tmp_path: Path) -> None:
    where = tmp_path / "models--acme--painter" / "snapshots" / ("ab" * 20)
    (where / "unet").mkdir(parents=True)
    (where / "README.md").write_text('---\nlicense: "openrail"\n---\nlicense: not this one')

    assert Model("acme/painter", "ab" * 20, "openrail", "d") == describe(str(where / "unet"), "d")


@pytest.mark.parametrize(
    ("where", "name"),
    [("acme/painter", "acme/painter"), ("/home/me/gone", "gone"), ("", "unnamed"), ("../x/y", "y"), ("gpt2", "gpt2")],
)
def test_a_model_that_is_not_there_gives_no_path_away(where: str, name: str) -> None:
    assert name == describe(where, "d").id
