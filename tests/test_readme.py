"""Every block that the two READMEs show is run, in one folder from top to bottom."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_every_block_of_the_readme_runs(name: str, tmp_path: Path) -> None:
    blocks = BLOCK.findall((ROOT / name).read_text())
    Image.linear_gradient("L").resize((800, 600)).convert("RGB").save(tmp_path / "photo.jpg", quality=92)
    home = {"INDICIA_HOME": str(tmp_path / "home"), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

    assert 4 <= len(blocks)
    for language, text in blocks:
        command = ["bash", "-euo", "pipefail", "-c", text] if language == "sh" else [sys.executable, "-c", text]
        done = subprocess.run(
            command, check=False, cwd=tmp_path, env={**os.environ, **home}, capture_output=True, text=True
        )

        assert 0 == done.returncode, f"{text}\n{done.stdout}\n{done.stderr}"


def test_both_readmes_show_the_two_commands_and_ci_runs_them() -> None:
    ci = (ROOT / ".ci/run").read_text()
    for command in ("make demo", "make test"):
        assert command in ci
        for name in ("README.md", "README.zh-CN.md"):
            assert f"    {command}\n" in (ROOT / name).read_text()


def test_every_link_of_the_documentation_leads_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in pages
        for link in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text())
        if not (page.parent / link).exists()
    ]

    assert [] == broken


def test_the_readme_tells_the_number_of_controls_there_are() -> None:
    from indicia.policies import packs

    number = str(len(packs.load()))
    for name in ("README.md", "README.zh-CN.md"):
        assert re.search(rf"\b{number} (dated controls|条)", (ROOT / name).read_text())
