"""Measures the policy engine: CPU time of loading, and of judging one dossier by all packs."""

from __future__ import annotations

import collections
import datetime as dt
import os
import tempfile
import time
from collections.abc import Iterable

from indicia.policies import packs
from indicia.policies.control import Control, Status
from indicia.policies.engine import Profile, evaluate
from indicia.policies.examine import of_dossier
from indicia.policies.selftest import failures
from indicia.policies.whitepaper import coverage
from indicia.provenance import Action, AssetRef, Claim, ClaimState, Dossier, Label, Media, Reading

AIGC = tuple(
    zip(
        ("Label", "ContentProducer", "ProduceID", "ReservedCode1", "ContentPropagator", "PropagateID", "ReservedCode2"),
        ("1", "Example", "7f3a", "", "Example", "7f3a", ""),
        strict=True,
    )
)
DOSSIER = Dossier(
    AssetRef("a.png", "a.png", "ab" * 32, Media.IMAGE, "png", 100_000),
    (
        Claim(
            "c2pa", "urn:c2pa:1", ClaimState.UNTRUSTED, signer="Example", signed_at="2026-11-01T00:00:00Z",
            source_types=("trainedAlgorithmicMedia",),
            actions=(Action("c2pa.created", "trainedAlgorithmicMedia", "M 1"),),
        ),
        Label("aigc", "aigc", False, "synthetic", AIGC),
        Label("iptc", "iptc", False, "synthetic", (("DigitalSourceType", "trainedAlgorithmicMedia"),)),
        Reading("marks.tile", "tile@1", "0123456789abcdef", 1e-9),
    ),
)  # fmt: skip
ROUNDS = 200
LIMIT = 0.005  # seconds of CPU for one dossier


def loaded() -> tuple[tuple[Control, ...], float, float]:
    """All controls, and the CPU seconds of reading them from YAML and from a cache."""
    spent = []
    with tempfile.TemporaryDirectory() as home:
        os.environ["INDICIA_HOME"] = home
        for _ in range(2):
            packs._pack.cache_clear()
            start = time.process_time()
            controls = packs.load()
            spent.append(time.process_time() - start)
        del os.environ["INDICIA_HOME"]
    return controls, spent[0], spent[1]


def told(values: Iterable[str]) -> str:
    """How often each value comes, the most frequent first."""
    return ", ".join(f"{value} {count}" for value, count in collections.Counter(values).most_common())


def main() -> int:
    """Print the figures; 1 when a dossier costs more than the limit or a control fails its own examples."""
    controls, cold, warm = loaded()
    profile = Profile(dt.date(2026, 11, 23), packs.ROLES)
    spent = []
    for _ in range(ROUNDS):
        start = time.process_time()
        evaluate(of_dossier(DOSSIER), controls, profile)
        spent.append(time.process_time() - start)
    wrong = sum(1 for control in controls for _ in failures(control))
    items = coverage(controls)
    print(f"controls {len(controls)} in {len({c.pack for c in controls})} packs")
    print(f"loading all: {cold:.2f} CPU s parsed, {warm:.2f} from the cache")
    for pack in sorted({c.pack for c in controls}):
        own = [c for c in controls if c.pack == pack]
        print(f"  {pack:22} {len(own):3}: {told(c.severity for c in own)}; {told(c.force for c in own)}")
    print(f"by severity: {told(c.severity for c in controls)}")
    print(f"by force: {told(c.force for c in controls)}")
    print(f"by reading: {told(c.read for c in controls)}")
    examples, mutations = sum(len(c.examples) for c in controls), sum(len(c.mutations) for c in controls)
    both = sum({Status.PASS, Status.FAIL} <= {e.expect for e in c.examples} for c in controls)
    mutated = sum(bool(c.mutations) for c in controls)
    print(f"examples {examples}, mutations {mutations}, not as stated {wrong}")
    print(
        f"controls with a passing and a failing example: {both / len(controls):.0%}; with a mutation: "
        f"{mutated / len(controls):.0%}"
    )
    print(f"white paper items {len(items)}: {sum(bool(i.controls) for i in items)} answered, rest beyond software")
    middle = sorted(spent)[ROUNDS // 2]
    print(f"one dossier by all packs: {min(spent) * 1e3:.2f} ms CPU at best, {middle * 1e3:.2f} ms median")
    return int(min(spent) > LIMIT or wrong > 0)


if __name__ == "__main__":
    raise SystemExit(main())
