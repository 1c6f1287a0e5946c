"""Every block of Python in docs/generating.md runs, and its consent record is one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from indicia.generators import Consent

PAGE = (Path(__file__).parents[2] / "docs/generating.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS)
def test_every_block_of_the_page_runs(home: Path, tmp_path: Path, block: str) -> None:
    environment = {**os.environ, "INDICIA_HOME": str(home), "OMP_NUM_THREADS": "1"}

    done = subprocess.run(
        [sys.executable, "-c", block], check=False, cwd=tmp_path, env=environment, capture_output=True, text=True
    )

    assert 0 == done.returncode, f"{block}\n{done.stderr}"
    assert any(path.is_file() for path in tmp_path.iterdir())


def test_the_consent_record_of_the_page_is_one(tmp_path: Path) -> None:
    (block,) = re.findall(r"^```yaml\n(who: .*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "consent.yaml").write_text(block)

    assert ("Jane Doe", ("voice",)) == (Consent.open(tmp_path / "consent.yaml").who, ("voice",))
