"""Signed files, seen by two validators in Node that others wrote: c2pa-wasm and the pure TypeScript c2pa-ts."""

import io
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from indicia.provenance import Asset, keys
from indicia.provenance.imprint import Press, Settings, from_elsewhere

ROOT = Path(__file__).parents[2]
MODULES = ROOT / ".venv" / "node"


@pytest.fixture(scope="module", autouse=True)
def _modules() -> None:
    if shutil.which("node") is None or not (MODULES / "node_modules" / "@contentauth").is_dir():
        pytest.skip("NOTICE: Node validators are not installed; `make tools` installs them where node and npm are")


def picture(format: str) -> bytes:
    """A picture of a soft gradient with some noise."""
    noise = np.random.default_rng(7).normal(128, 30, (360, 480, 3)).clip(0, 255).astype("uint8")
    buffer = io.BytesIO()
    Image.fromarray(noise).resize((480, 360)).save(buffer, format)
    return buffer.getvalue()


def validated(mime: str, *files: Path) -> list[dict[str, Any]]:
    """What both validators say of each file."""
    script = ROOT / "tests/node/validate.mjs"
    done = subprocess.run(["node", script, MODULES, mime, *files], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize("format", ["jpeg", "png"])
def test_what_we_mark_is_valid_to_both_and_altered_to_both_after_one_bit(
    format: str, home: Path, tmp_path: Path
) -> None:
    keys.ensure_keys()
    good, bad, bare = (tmp_path / f"{name}.{format}" for name in ("good", "bad", "bare"))
    bare.write_bytes(picture(format))
    with Press.open(Settings(provider="Example")) as press:
        press.imprint(from_elsewhere(Asset.open(bare), label="1", model=""), target=good)
    broken = bytearray(good.read_bytes())
    broken[len(broken) - 3000] ^= 1
    bad.write_bytes(broken)

    first, second, third = validated(f"image/{format}", good, bad, bare)

    assert ("Valid", "Valid") == (first["wasm"]["state"], first["typescript"]["state"]), first
    assert ["signingCredential.untrusted"] == first["wasm"]["failures"]
    assert ("Invalid", "Invalid") == (second["wasm"]["state"], second["typescript"]["state"]), second
    assert "assertion.dataHash.mismatch" in second["wasm"]["failures"]
    assert ("none", "none") == (third["wasm"]["state"], third["typescript"]["state"])
