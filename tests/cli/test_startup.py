"""Starting is quick: nothing heavy is imported before it is used."""

import subprocess
import sys
from pathlib import Path

import pytest
from media import picture

HEAVY = ("torch", "transformers", "diffusers", "scipy", "cv2", "sklearn", "onnxruntime", "imwatermark")


def imported_by(*arguments: str) -> set[str]:
    """The top-level modules that are loaded when the command ends."""
    code = (
        "import sys\nfrom indicia.cli.main import main\n"
        "try:\n    main()\nfinally:\n    print('\\n' + ' '.join({m.split('.')[0] for m in sys.modules}))\n"
    )
    ended = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    return set(ended.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["scan", "--help"], ["verify", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    assert set() == imported_by(*arguments) & {*HEAVY, "c2pa", "PIL", "numpy", "sqlalchemy", "cryptography"}


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("command", [["verify"], ["scan", "--no-marks"]])
def test_looking_at_a_file_imports_no_model_library(command: list[str], tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(picture("jpeg"))

    assert set() == imported_by(*command, str(file)) & set(HEAVY)
