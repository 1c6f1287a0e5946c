"""Hypothesis strategies for every value that a dossier holds."""

import dataclasses
from typing import Any

from hypothesis import strategies as st

from indicia.provenance.asset import AssetRef
from indicia.provenance.dossier import Dossier
from indicia.provenance.evidence import (
    Action,
    Claim,
    ClaimState,
    Evidence,
    Gap,
    Label,
    Match,
    Media,
    Reading,
    Reason,
    Score,
    Trace,
)  # fmt: skip
from indicia.provenance.verdict import CAPTURED_TYPES, PARTLY_TYPES, SYNTHETIC_TYPES, Origin

# Hostile strings beside ordinary ones; lone surrogates cannot be in JSON, and `inspect` replaces them.
HOSTILE = [
    "",
    "\x1b[31m",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "\u202egnp.exe",
    "\0",
    "'\";--",
    "𝄞",
    "中文",
]
texts = st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
pairs = st.lists(st.tuples(texts, texts), max_size=2).map(tuple)
text_tuples = st.lists(texts, max_size=2).map(tuple)
shares = st.floats(0, 1)
origins = st.sampled_from([*map(str, Origin), "", "nonsense"])
SOURCE_TYPES = sorted(SYNTHETIC_TYPES | PARTLY_TYPES | CAPTURED_TYPES | {"digitalCreation", "unheardOf"})

actions = st.builds(Action, name=texts, source_type=texts, agent=texts, when=texts, description=texts)
claims = st.builds(
    Claim, reader=texts, label=texts, state=st.sampled_from(ClaimState), depth=st.integers(0, 2),
    relationship=st.sampled_from(["", "parentOf", "componentOf", "inputTo"]), title=texts, issuer=texts, signer=texts,
    signed_at=texts, trust_list=texts, generator=texts, codes=text_tuples,
    actions=st.lists(actions, max_size=2).map(tuple),
    source_types=st.lists(st.sampled_from(SOURCE_TYPES), max_size=2).map(tuple), soft_bindings=pairs, ai_model=texts,
    training_mining=pairs, laundered=st.booleans(), sidecar=st.booleans(), locator=texts,
)  # fmt: skip
labels = st.builds(
    Label, reader=texts, standard=st.sampled_from(["aigc", "iptc", "visible", "written"]), explicit=st.booleans(),
    origin=origins, fields=pairs | st.sampled_from([(("Label", n),) for n in "1234"]), wording=texts,
    findings=text_tuples, locator=texts,
)  # fmt: skip
readings = st.builds(
    Reading, reader=texts, method=texts, payload=texts, p_value=shares, bits_agree=shares, ours=st.booleans(),
    key_id=texts, locator=texts,
)  # fmt: skip
matches = st.builds(
    Match, reader=texts, record=texts, by=texts, distance=st.integers(0, 256), quality=st.integers(0, 100),
    sureness=st.sampled_from(["exact", "copy", "near_copy"]), origin=origins, transplanted=st.booleans(),
    detail=texts, locator=texts,
)  # fmt: skip
traces = st.builds(Trace, reader=texts, generator=texts, what=texts, value=texts, locator=texts)
scores = st.builds(
    Score, reader=texts, detector=texts, outcome=st.sampled_from(["likely_synthetic", "inconclusive", "no_evidence"]),
    probability=shares, false_positive_rate=shares, reasons=text_tuples, locator=texts,
)  # fmt: skip
evidence: st.SearchStrategy[Evidence] = st.one_of(claims, labels, readings, matches, traces, scores)
evidence_lists = st.lists(evidence, max_size=6)
gaps = st.builds(Gap, reader=texts, reason=st.sampled_from(Reason), detail=texts)
gap_lists = st.lists(gaps, max_size=4)
refs = st.builds(
    AssetRef, path=texts, name=texts, sha256=st.binary(min_size=32, max_size=32).map(bytes.hex),
    media=st.sampled_from(Media), format=texts, size=st.integers(0, 2**53),
)  # fmt: skip


def dossiers(asset: st.SearchStrategy[AssetRef] = refs) -> st.SearchStrategy[Dossier]:
    """Any dossier, or any about the assets given."""
    return st.builds(
        Dossier,
        asset=asset,
        evidence=evidence_lists.map(tuple),
        gaps=gap_lists.map(tuple),
        scanned_at=texts,
        tool=texts,
    )


def every_field(value: Any) -> list[tuple[str, Any]]:
    """(name, value) of each field of a dataclass."""
    return [(f.name, getattr(value, f.name)) for f in dataclasses.fields(value)]
