"""The embedded video: smooth, of the size it says, the same from the same seed, and near the still it begins from."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from indicia.generators.studio import pictures, video
from indicia.provenance.errors import UsageError

# diffusers' scheduler makes an array of a tensor in a way that NumPy 2 calls old.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
FAST: dict[str, Any] = {"seconds": 1.0, "drawn": 3, "steps": 4}


@pytest.mark.slow
def test_a_clip_is_smooth_and_the_same_from_the_same_seed() -> None:
    clip = video.film("a dog in a meadow", seed=11, **FAST)
    again = video.film("a dog in a meadow", seed=11, **FAST)

    steps = np.abs(np.diff(clip.frames.astype(np.int16), axis=0)).mean((1, 2, 3))
    assert ((24, 512, 512, 3), Fraction(24)) == (clip.frames.shape, clip.rate)
    assert np.array_equal(clip.frames, again.frames)
    assert 0 < steps.max() < 5  # of 255: no frame jumps
    assert 2 < np.abs(clip.frames[-1].astype(int) - clip.frames[0]).mean()  # and yet it moves


@pytest.mark.slow
def test_a_clip_from_a_still_begins_near_it() -> None:
    still = pictures.draw("a rocket at night", seed=13, steps=4)

    clip = video.film("a rocket at night", seed=2, image=still, **FAST)

    assert np.abs(clip.frames[0].astype(int) - np.asarray(still)).mean() < 20


@pytest.mark.parametrize(
    "wrong",
    [{"seconds": 0.5}, {"rate": 0}, {"rate": 61}, {"drawn": 1}, {"drawn": 41}, {"steps": 0}, {"strength": 0.0},
     {"seconds": 1e6}],
)  # fmt: skip
def test_numbers_out_of_range_are_refused_before_anything_is_drawn(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        video.film("a dog", seed=1, **wrong)
