"""Feeds mutated files to `inspect`, whole and signed ones among them: python -m benchmarks.fuzz_inspect [COUNT] [SEED].

Every look must end in a dossier that can be written and read back, without a fault of a reader, and may never find
that something was captured or that its signer is trusted: no seed says so, and no mutation can make it so.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from indicia.provenance import Asset, Dossier, keys
from indicia.provenance.credentials import Statement
from indicia.provenance.credentials.sign import sign
from indicia.provenance.errors import Unsupported
from indicia.provenance.evidence import Reason
from indicia.provenance.inspect import built_in, inspect
from indicia.provenance.verdict import Origin, Trust

from .fuzz import mutated, seeds

SLOW_SECONDS = 1.0


def main(count: int = 100_000, seed: int = 1) -> int:
    """Runs `count` inputs; prints what came of them, and returns how many went wrong."""
    dice, files = random.Random(seed), [*seeds(), *_signed()]
    looking = built_in(deep=False)
    found: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    slowest, started = 0.0, time.process_time()
    for number in range(count):
        kind, original = dice.choice(files)
        data, before = mutated(original, dice), time.process_time()
        try:
            dossier = inspect(Asset.of(data, name="fuzz"), readers=looking)
            wrong.update(_broken(dossier))
            found.update(_told(dossier))
        except Exception as error:  # noqa: BLE001 - this is what is counted
            wrong[f"raised {type(error).__name__}: {error}"[:160]] += 1
        slowest = max(slowest, took := time.process_time() - before)
        if took > SLOW_SECONDS:
            print(f"slow: input {number} of seed {seed} ({kind}, {len(data)} bytes) took {took:.1f} s")
        if number % 10_000 == 9_999:
            print(f"{number + 1:,} inputs, {wrong.total()} wrong", file=sys.stderr)
    for text, times in wrong.most_common(30):
        print(f"wrong x{times}: {text}")
    print(", ".join(f"{name} {times:,}" for name, times in sorted(found.items())))
    print(
        f"{count:,} inputs from {len(files)} files: {wrong.total()} crashes, faults or false verdicts; "
        f"slowest {1000 * slowest:.0f} ms, {time.process_time() - started:.0f} s CPU"
    )
    return wrong.total()


def _broken(dossier: Dossier) -> list[str]:
    """What must never be in a dossier of these inputs."""
    told = [f"{gap.reader}: {gap.detail}"[:160] for gap in dossier.gaps if gap.reason is Reason.FAULT]
    if dossier != Dossier.from_json(dossier.to_line().encode()):
        told.append("not read back from JSON as it was")
    if dossier.verdict.origin is Origin.CAPTURED:
        told.append("captured")
    if dossier.verdict.trust is Trust.TRUSTED:
        told.append("trusted")
    return told


def _told(dossier: Dossier) -> list[str]:
    verdict = dossier.verdict
    return [f"integrity {verdict.integrity}", f"origin {verdict.origin}", *{f"gap {g.reason}" for g in dossier.gaps}]


def _signed() -> list[tuple[str, bytes]]:
    """Each seed that can carry a manifest, signed by a key that nobody trusts."""
    with tempfile.TemporaryDirectory() as folder:
        keys.init(Path(folder) / "keys")
        signer = keys.load_signer(Path(folder) / "keys")
        signed = []
        for kind, data in seeds():
            try:
                signed.append((kind, sign(data, kind, Statement(model="a model"), signer)))
            except Unsupported:
                continue
            except Exception as error:  # noqa: BLE001 - a seed too bare to be signed is left out, and named
                print(f"not signed: {kind}: {error}", file=sys.stderr)
    return signed


if __name__ == "__main__":
    sys.exit(bool(main(*map(int, sys.argv[1:3]))))
