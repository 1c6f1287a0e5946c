"""Composes a fixed pool of small training pictures, with the numbers of their style, concept and background."""

from __future__ import annotations

import argparse
import random
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from itertools import repeat
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .compose import compose
from .vocabulary import Vocabulary

SIZE = 128


@lru_cache(maxsize=1)
def _source(place: str) -> tuple[NDArray[np.uint8], Vocabulary]:
    return np.load(place, mmap_mode="r"), Vocabulary.load()


def recipe(number: int, words: Vocabulary) -> tuple[int, int, int]:
    """Style, concept and background of picture `number`; each run through all combinations holds each of them once."""
    styles, concepts, grounds = len(words.styles), len(words.concepts), len(words.backgrounds)
    whole, combination = divmod(number, styles * concepts * grounds)
    combination = _order(whole, styles * concepts * grounds)[combination]
    return combination % styles, combination // styles % concepts, combination // (styles * concepts)


@lru_cache(maxsize=64)
def _order(whole: int, count: int) -> list[int]:
    return random.Random(1_000_003 * (whole + 1)).sample(range(count), count)


def picture(number: int, place: str, size: int) -> NDArray[np.uint8]:
    """Picture `number` of the endless sequence, at any size."""
    icons, words = _source(place)
    style, concept, background = recipe(number, words)
    return compose(np.array(icons[style, concept]), size, words, background, random.Random(number))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("run"))
    parser.add_argument("--rounds", type=int, default=8, help="times through all combinations")
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    words, place = Vocabulary.load(), str(args.run / "icons.npy")
    count = args.rounds * len(words.styles) * len(words.concepts) * len(words.backgrounds)
    out = np.lib.format.open_memmap(args.run / "pool.npy", "w+", np.uint8, (count, SIZE, SIZE, 3))
    with ProcessPoolExecutor(args.workers) as workers:
        for number, image in enumerate(workers.map(picture, range(count), repeat(place), repeat(SIZE), chunksize=64)):
            out[number] = image
    np.save(args.run / "labels.npy", np.array([recipe(n, words) for n in range(count)], np.int64))


if __name__ == "__main__":
    main()
