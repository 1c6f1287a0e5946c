"""Every family of video pipelines gives a clip that can be told again; a still that is animated is its parent."""

from __future__ import annotations

import importlib.util
from fractions import Fraction
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from indicia.generators.backends import backend_for, diffusers_video
from indicia.generators.backends._clips import as_clip, as_rate
from indicia.provenance.errors import Unsupported, UsageError
from indicia.provenance.media import Clip


def _tiny() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tiny_video", Path(__file__).with_name("tiny_video.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tiny = _tiny()
RATES = {"Wan": 16, "LTX": 25, "Cog": 8, "Ani": 8, "Sta": 7}


def plan(source: Any, *args: Any, **options: Any) -> Any:
    return diffusers_video.backend.plan(source, args, options, model=None, mark=None)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # in SVD's own image processor
@pytest.mark.parametrize("kind", tiny.CALLS)
def test_a_pipeline_of_each_family_gives_its_frames_at_its_rate_and_again_from_its_seed(
    kind: str, tmp_path: Path
) -> None:
    pipe = tiny.pipeline(kind)
    still = tmp_path / "still.png"
    Image.effect_noise((64, 64), 90).convert("RGB").save(still)
    call = {**tiny.call(kind), **({"image": still} if kind in tiny.FROM_STILLS else {})}

    assert "diffusers_video" == backend_for(pipe).name
    first = plan(pipe, **call)
    (clip,) = first.run()
    (again,) = plan(pipe, **call, seed=first.seed).run()

    assert isinstance(clip, Clip)
    assert (call["num_frames"], 64, 64, 3) == clip.frames.shape
    assert Fraction(RATES[kind[:3]]) == clip.rate
    assert np.array_equal(clip.frames, again.frames)
    assert call.get("prompt", "") == first.prompt
    assert kind == first.parameters["pipeline"]
    assert ([still.read_bytes()] if kind in tiny.FROM_STILLS else []) == [p.data for p in first.parents]


@pytest.mark.parametrize("form", ["np", "pt", "pil"])
def test_every_form_of_output_is_the_same_clip(form: str) -> None:
    pipe = tiny.pipeline("LTXPipeline")
    call = {**tiny.call("LTXPipeline"), "seed": 4}

    (expected,) = plan(pipe, **call).run()
    (clip,) = plan(pipe, **call, output_type=form).run()

    # An array is rounded to the nearest byte by us, a picture by the library: they differ by one at most.
    assert 1 >= np.abs(expected.frames.astype(int) - clip.frames).max()


def test_the_rate_may_be_said_in_the_call() -> None:
    pipe = tiny.pipeline("LTXPipeline")

    assert "30" == plan(pipe, "a dog", frame_rate=30).parameters["rate"]
    assert "24000/1001" == plan(pipe, "a dog", rate=23.976).parameters["rate"]
    assert "25/2" == plan(pipe, "a dog", rate=12.5).parameters["rate"]
    for wrong in (0, -1, 1000, float("nan"), "fast"):
        with pytest.raises(Unsupported, match="no frame rate"):
            plan(pipe, "a dog", rate=wrong)


def test_calls_that_give_no_frames_or_do_not_fit_are_refused_before_they_cost_time() -> None:
    pipe = tiny.pipeline("LTXPipeline")

    with pytest.raises(Unsupported, match="output_type='latent'"):
        plan(pipe, "a dog", output_type="latent")
    with pytest.raises(UsageError, match="LTXPipeline: got an unexpected keyword argument 'nonsense'"):
        plan(pipe, "a dog", nonsense=1)


def test_several_videos_of_one_call_are_several_clips() -> None:
    pipe = tiny.pipeline("LTXPipeline")

    clips = plan(pipe, **tiny.call("LTXPipeline"), num_videos_per_prompt=2, seed=1).run()

    assert 2 == len(clips)
    assert not np.array_equal(clips[0].frames, clips[1].frames)


def test_the_sound_of_a_pipeline_comes_with_its_clip() -> None:
    source = SimpleNamespace(vocoder=SimpleNamespace(config=SimpleNamespace(output_sampling_rate=24_000)))

    sound = diffusers_video._sound(source, SimpleNamespace(audio=np.zeros((1, 2, 4800), np.float32)))

    assert sound is not None
    assert ((4800, 2), 24_000) == (sound.samples.shape, sound.rate)
    assert diffusers_video._sound(source, SimpleNamespace()) is None


@pytest.mark.parametrize(
    "frames",
    [
        [Image.new("RGB", (6, 4), "red"), Image.new("RGB", (4, 6), "red")],
        np.zeros((4, 4, 3)),
        np.zeros((2, 4, 4, 2)),
        np.full((2, 4, 4, 3), -1.0),
        np.zeros((0, 4, 4, 3), np.uint8),
        np.zeros((2, 4, 4, 3), np.int64),
        [],
        3,
    ],
)
def test_what_is_no_video_is_refused(frames: Any) -> None:
    with pytest.raises(Unsupported):
        as_clip(frames, as_rate(8))


def test_channels_may_come_first_or_be_one_or_four() -> None:
    assert (2, 5, 6, 3) == as_clip(np.zeros((2, 3, 5, 6)), as_rate(8)).frames.shape
    assert (2, 5, 6, 3) == as_clip(np.zeros((2, 5, 6, 1), np.uint8), as_rate(8)).frames.shape
    assert (2, 5, 6, 3) == as_clip(np.zeros((2, 5, 6, 4), np.uint8), as_rate(8)).frames.shape
    assert (2, 5, 6, 3) == as_clip([np.zeros((5, 6, 3))] * 2, as_rate(8)).frames.shape


def test_a_video_that_is_made_over_is_the_parent_and_frames_alone_are_none(tmp_path: Path) -> None:
    from indicia.provenance.media import video

    frames = np.random.default_rng(1).integers(0, 255, (8, 64, 64, 3), np.uint8)
    video.encode(Clip(frames, Fraction(8)), tmp_path / "in.mp4")
    pipe = tiny.pipeline("AnimateDiffVideoToVideoPipeline")
    call = {"prompt": "a dog", "strength": 0.9, "num_inference_steps": 2, "height": 64, "width": 64, "seed": 1}

    over = plan(pipe, video=tmp_path / "in.mp4", **call)
    loose = plan(pipe, video=[Image.fromarray(f) for f in frames], **call)

    assert [(tmp_path / "in.mp4").read_bytes()] == [p.data for p in over.parents]
    assert () == loose.parents
    assert "compositeWithTrainedAlgorithmicMedia" == over.source_type == loose.source_type
    assert (8, 64, 64, 3) == over.run()[0].frames.shape
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    with pytest.raises(UsageError, match="png is no video"):
        plan(pipe, video=tmp_path / "a.png", **call)
