"""From each copy back to the record of what it was, with what is brought back written down."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .story import Stage


@dataclass(frozen=True, slots=True)
class Found:
    """Where a copy led: the made file whose record it is, by what, and how sure; `name` is empty for nowhere."""

    path: Path
    name: str = ""
    by: tuple[str, ...] = ()
    sureness: str = ""


def recover_all(stage: Stage, paths: Sequence[Path], names: dict[str, str]) -> list[Found]:
    """What each of `paths` leads to; `names` gives the made file's name for each record.

    The record and the manifest that a copy had lost are written into the `recovered` folder.
    """
    from ...provenance.asset import Asset
    from ...provenance.files import write_bytes
    from ...provenance.keys import load_mark_keys
    from ...provenance.recover import search
    from ...provenance.registry import Registry

    stage.recovered.mkdir()
    keys = load_mark_keys(stage.keys)
    found = []
    with Registry.open(stage.registry, create=False) as registry:
        for path in paths:
            matches = [m for m in search(Asset.open(path), registry=registry, keys=keys).matches if not m.transplanted]
            if not matches:
                found.append(Found(path))
                continue
            best = matches[0]
            record = registry.get(best.record)
            assert record is not None  # noqa: S101 - the match names it
            told = json.dumps(record.to_json(), ensure_ascii=False, indent=2)
            write_bytes(stage.recovered / f"{path.name}.record.json", told.encode())
            if record.manifest is not None:
                write_bytes(stage.recovered / f"{path.name}.c2pa", record.manifest)
            ways = tuple(dict.fromkeys(m.by for m in matches if m.record == best.record))
            found.append(Found(path, names.get(best.record, best.record), ways, best.sureness))
    return found
