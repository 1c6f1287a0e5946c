"""Soft edges become steep, and nothing else changes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from indicia.generators.studio.crisp import crisp


def _edge(width: float) -> np.ndarray:
    across = np.tanh((np.arange(96) - 48) / width) * 0.8
    return np.broadcast_to(across[None, :, None], (64, 96, 3)).astype(np.float32)


def test_an_edge_of_many_pixels_becomes_one_of_few_where_it_was() -> None:
    made = crisp(_edge(6.0))

    row = made[32, :, 0]
    wide = int((np.abs(row) < 0.6).sum())
    assert 3 < int((np.abs(_edge(6.0)[32, :, 0]) < 0.6).sum())
    assert wide <= 4
    assert abs(int(np.argmax(row > 0)) - 48) <= 1


def test_what_is_even_stays_as_it_is() -> None:
    even = np.full((32, 40, 3), 0.25, np.float32)

    np.testing.assert_allclose(even, crisp(even), atol=1e-5)


@given(arrays(np.float32, (20, 24, 3), elements=st.floats(-1, 1, width=32)))
def test_no_value_leaves_the_range_of_the_picture(picture: np.ndarray) -> None:
    made = crisp(picture)

    assert picture.shape == made.shape
    assert picture.min() - 1e-4 <= made.min()
    assert made.max() <= picture.max() + 1e-4
