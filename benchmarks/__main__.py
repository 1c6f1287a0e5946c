"""`python -m benchmarks [NAME ...]` runs the named benchmarks, or all, one after the other; each in its own process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def names() -> tuple[str, ...]:
    """The benchmarks: the files of this folder that can be run."""
    files = sorted(Path(__file__).parent.glob("[a-z]*.py"))
    return tuple(f.stem for f in files if '__name__ == "__main__"' in f.read_text() and f.stem != "__main__")


def main() -> int:
    """Run them; the exit code counts those that failed."""
    asked = sys.argv[1:] or list(names())
    if strange := set(asked) - set(names()):
        print(f"no benchmark {', '.join(sorted(strange))}; there are: {', '.join(names())}", file=sys.stderr)
        return 2
    failed = 0
    for name in asked:
        print(f"\n== {name}", flush=True)
        failed += bool(subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode)
    return failed


if __name__ == "__main__":
    sys.exit(main())
