"""Draws every concept of the vocabulary in every style from the SVG icon sets, once, into one array of pictures."""

from __future__ import annotations

import argparse
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .vocabulary import Vocabulary

SIZE = 512


def _plain(code: str) -> str:
    """The code points without the variation selector, which the sets write or leave out as they like."""
    return "-".join(part for part in code.lower().split("-") if part != "fe0f")


def _names(root: Path, icons: str, known: dict[str, Any]) -> dict[str, str]:
    """Code point -> icon name; sets without a table of code points are named after the English emoji labels."""
    table = root / "@iconify-json" / icons / "chars.json"
    listed = json.loads(table.read_text()) if table.exists() else {}
    if listed:
        return {_plain(code): name for code, name in listed.items()}
    labels = json.loads((root / "emojibase-data/en/data.json").read_text())
    slugs = {_plain(e["hexcode"]): re.sub(r"[^a-z0-9]+", "-", e["label"].lower()).strip("-") for e in labels}
    return {code: name for code, name in slugs.items() if name in known}


def _draw(icon: dict[str, Any], sheet: dict[str, Any], size: int) -> NDArray[np.uint8]:
    """One icon as a square RGBA picture, centred."""
    import resvg_py

    width, height = icon.get("width", sheet.get("width", 16)), icon.get("height", sheet.get("height", 16))
    left, top = icon.get("left", sheet.get("left", 0)), icon.get("top", sheet.get("top", 0))
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{left} {top} {width} {height}" width="{size}" height="{size}">{icon["body"]}</svg>'
    )
    drawn = Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg, width=size, height=size))))
    square = Image.new("RGBA", (size, size))
    square.paste(drawn.convert("RGBA"), ((size - drawn.width) // 2, (size - drawn.height) // 2))
    return np.asarray(square)


def draw_all(root: Path, words: Vocabulary, size: int = SIZE) -> NDArray[np.uint8]:
    """All pictures, an array of the shape (styles, concepts, size, size, 4)."""
    pictures = np.zeros((len(words.styles), len(words.concepts), size, size, 4), np.uint8)
    for s, style in enumerate(words.styles):
        sheet = json.loads((root / "@iconify-json" / style["icons"] / "icons.json").read_text())
        names = _names(root, style["icons"], sheet["icons"])
        for c, concept in enumerate(words.concepts):
            name = names.get(concept["code"])
            if name is None:
                raise SystemExit(f"{style['icons']} has no icon for {concept['id']} ({concept['code']})")
            pictures[s, c] = _draw(sheet["icons"][name], sheet, size)
    return pictures


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--icons", type=Path, default=Path("node_modules"), help="folder npm installed the sets into")
    parser.add_argument("--out", type=Path, default=Path("run/icons.npy"))
    args = parser.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    np.save(args.out, draw_all(args.icons, Vocabulary.load()))


if __name__ == "__main__":
    main()
