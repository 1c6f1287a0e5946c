"""What starting costs: CPU time of whole processes, in turns, the least of many.

    python -m benchmarks.startup [ROUNDS]

The measure is `python -c "import typer, c2pa"`, the two libraries that a command cannot do without. "A typer command"
is one with a single argument that does nothing. Everything runs from compiled bytecode, as pip leaves an installed
package, even where PYTHONDONTWRITEBYTECODE is set; a first round that fills the cache is not counted.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

NOTHING = "import typer, c2pa\napp = typer.Typer(rich_markup_mode=None)\n@app.command()\ndef f(p: str): pass\napp()"
BARE = "import typer, c2pa"


def main(rounds: int = 20) -> None:
    """Print milliseconds and ratios to the bare imports."""
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "picture.jpg"
        Image.new("RGB", (1000, 1000), "teal").save(picture)
        signed = Path(folder) / "signed.jpg"
        indicia = str(Path(sys.executable).with_name("indicia"))
        commands = {
            BARE: [sys.executable, "-c", BARE],
            "a typer command that does nothing": [sys.executable, "-c", NOTHING, "x"],
            "indicia --help": [indicia, "--help"],
            "indicia verify FILE": [indicia, "verify", str(picture)],
            "indicia verify FILE, signed": [indicia, "verify", str(signed)],
            "indicia scan FILE --no-marks": [indicia, "scan", str(picture), "--no-marks", "-j", "1"],
        }
        _cpu([indicia, "keys", "init"], folder)
        _cpu([indicia, "sign", str(picture), "-o", str(signed)], folder)
        for command in commands.values():
            _cpu(command, folder)
        least = dict.fromkeys(commands, float("inf"))
        for _ in range(rounds):
            for name, command in commands.items():
                least[name] = min(least[name], _cpu(command, folder))
    print(f"{'':38}{'ms':>9}{'ratio':>8}")
    for name, cost in least.items():
        print(f"{name:38}{1000 * cost:9.1f}{cost / least[BARE]:8.2f}")


def _cpu(command: list[str], home: str) -> float:
    """User and system seconds of one run, with what it waited for."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env = {**kept, "INDICIA_HOME": home, "PYTHONPYCACHEPREFIX": str(Path(home) / "bytecode")}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, env=env)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
