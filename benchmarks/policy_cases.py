"""Measures how far the packs agree with sixty cases that were concluded from the clauses before any pack was read."""

from __future__ import annotations

import collections
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from clauses import answers


def main() -> int:
    """Print the agreement for each regime and every difference; 1 when one of them is not explained."""
    found = answers()
    for regime in sorted({a.regime for a in found}):
        counts = collections.Counter(a.verdict for a in found if a.regime == regime)
        cases = len({a.case for a in found if a.regime == regime})
        parts = ", ".join(f"{word} {counts[word]}" for word in ("agree", "differ", "no control"))
        print(f"{regime}: {cases} cases, {sum(counts.values())} expectations: {parts}")
    odd = [a for a in found if a.verdict != "agree"]
    for a in odd:
        print(f"  {a.regime} {a.clause}: expected {a.expected}, found {a.found} ({', '.join(a.controls)}): {a.case}")
    return int(any(not a.differs for a in odd))


if __name__ == "__main__":
    sys.exit(main())
