"""The index in memory finds exactly what a comparison with every value finds."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicia.provenance.registry.index import BLOCK, HammingIndex

VALUES = st.lists(st.integers(0, (1 << 64) - 1), max_size=30)


def rows(values: list[int], start: int = 0) -> list[tuple[int, str, str]]:
    return [(start + n + 1, f"{value:016x}", "final") for n, value in enumerate(values)]


@given(VALUES, st.integers(0, (1 << 64) - 1), st.integers(0, 64), st.sets(st.integers(1, 30)))
def test_it_finds_what_a_plain_comparison_finds(values: list[int], query: int, radius: int, gone: set[int]) -> None:
    index = HammingIndex(64)
    stored = rows(values)

    index.refresh(lambda seq: stored[seq : seq + 7], lambda seq: [(n, n) for n in sorted(gone) if n > seq])

    expected = {seq: (int(value, 16) ^ query).bit_count() for seq, value, _ in stored if seq not in gone}
    found = {hit.record_seq: hit.distance for hit in index.search([f"{query:016x}"], radius)}
    assert {seq: d for seq, d in expected.items() if d <= radius} == found
    assert len(expected) == len(index)


def test_it_grows_past_its_blocks_and_sees_what_came_later() -> None:
    rng = np.random.default_rng(1)
    stored = [(n + 1, rng.bytes(32).hex(), "") for n in range(BLOCK + 5000)]
    index = HammingIndex(256)
    index.refresh(lambda seq: stored[seq:BLOCK], lambda _: [])
    assert () == index.search([stored[-1][1]], 10)

    index.refresh(lambda seq: stored[seq:], lambda _: [])

    assert [(BLOCK + 5000, 0)] == [(h.record_seq, h.distance) for h in index.search([stored[-1][1]], 10)]
    assert {1, BLOCK, BLOCK + 1} == {
        h.record_seq for h in index.search([stored[0][1], stored[BLOCK - 1][1], stored[BLOCK][1]], 0)
    }


@pytest.mark.parametrize("value", ["", "00", "f" * 62, "f" * 66])
def test_a_value_of_another_length_is_passed_over(value: str) -> None:
    index = HammingIndex(256)
    stored = [(1, value, ""), (2, "0" * 64, "")]

    index.refresh(lambda seq: [row for row in stored if row[0] > seq], lambda _: [])

    assert [2] == [hit.record_seq for hit in index.search([value, "0" * 64], 256)]


def test_the_registry_loads_no_database_before_it_is_opened() -> None:
    program = (
        "import sys, indicia.provenance.registry, indicia.provenance.recover;"
        "import indicia.cli.registry, indicia.cli.recover;"
        "print([m for m in ('sqlalchemy', 'alembic', 'numpy', 'PIL', 'pydantic', 'c2pa') if m in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "[]" == done.stdout.strip()


def test_looking_up_needs_no_heavy_package() -> None:
    program = (
        "import sys; from scenes import scene, encoded; from indicia.provenance.asset import Asset;"
        "from indicia.provenance.recover import recover; from indicia.provenance.registry import Registry;"
        "recover(Asset.of(encoded(scene(1))), registry=Registry.open('sqlite://'));"
        "print([m for m in ('torch', 'scipy', 'cv2', 'transformers', 'diffusers', 'sklearn') if m in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2] / "support",
    )

    assert "[]" == done.stdout.strip()
