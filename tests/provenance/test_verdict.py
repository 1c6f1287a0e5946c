"""Laws of the verdict: what may never happen, whatever the evidence."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import evidence_lists, gap_lists, labels, scores

from indicia.provenance.evidence import Claim, ClaimState, Evidence, Gap, Label, Match, Reading, Reason, Score, Trace
from indicia.provenance.verdict import Basis, Integrity, Origin, PlatformClass, Trust, Verdict, weigh

BROKEN = (ClaimState.ALTERED, ClaimState.INVALID, ClaimState.MALFORMED)


def claim(state: ClaimState = ClaimState.TRUSTED, *types: str, **other: object) -> Claim:
    return Claim("c2pa", "urn:1", state, source_types=types, **other)  # type: ignore[arg-type]


def test_no_evidence_is_unknown_and_never_captured() -> None:
    assert Verdict() == weigh([])


@given(gap_lists)
def test_gaps_alone_are_unknown_and_never_captured(gaps: list[Gap]) -> None:
    assert Origin.UNKNOWN is weigh([], gaps).origin


@given(evidence_lists, gap_lists, gap_lists)
def test_adding_a_gap_changes_nothing_but_completeness(evidence: list, gaps: list, more: list) -> None:  # type: ignore[type-arg]
    before, after = weigh(evidence, gaps), weigh(evidence, gaps + more)

    assert before.complete >= after.complete
    assert {**_dict(before), "complete": None} == {**_dict(after), "complete": None}


@given(evidence_lists, st.randoms(use_true_random=False))
def test_the_order_of_the_evidence_does_not_matter(evidence: list, shuffler: random.Random) -> None:  # type: ignore[type-arg]
    shuffled = list(evidence)
    shuffler.shuffle(shuffled)

    assert weigh(evidence) == weigh(shuffled)


@given(evidence_lists)
def test_saying_a_thing_twice_changes_nothing(evidence: list) -> None:  # type: ignore[type-arg]
    assert weigh(evidence) == weigh(evidence + evidence)


@given(evidence_lists, st.lists(scores, max_size=3))
def test_a_detector_never_overrides_a_signature(evidence: list, detected: list[Score]) -> None:  # type: ignore[type-arg]
    without, with_detector = weigh(evidence), weigh(evidence + detected)

    if without.basis is Basis.SIGNED:
        assert (without.origin, Basis.SIGNED) == (with_detector.origin, with_detector.basis)
        assert without.platform_class is with_detector.platform_class


@given(st.lists(scores, max_size=4))
def test_a_detector_never_says_that_a_person_made_it(detected: list[Score]) -> None:
    assert weigh(detected).origin in (Origin.SYNTHETIC, Origin.UNKNOWN)


@given(st.sampled_from(BROKEN), st.lists(scores, max_size=2))
def test_a_broken_signature_never_shows_a_capture(state: ClaimState, others: list[Score]) -> None:
    assert Origin.CAPTURED is not weigh([claim(state, "digitalCapture"), *others]).origin


def test_a_broken_signature_that_names_generated_media_is_a_trace() -> None:
    verdict = weigh([claim(ClaimState.ALTERED, "trainedAlgorithmicMedia")])

    assert (Origin.SYNTHETIC, Basis.APPARENT) == (verdict.origin, verdict.basis)
    assert (Integrity.ALTERED, Trust.NONE) == (verdict.integrity, verdict.trust)
    assert PlatformClass.SUSPECTED is verdict.platform_class


def test_a_laundered_chain_does_not_show_a_capture() -> None:
    parent = claim(ClaimState.ALTERED, "digitalCapture", depth=1, relationship="parentOf", laundered=True)

    verdict = weigh([claim(ClaimState.TRUSTED, "digitalCapture"), parent])

    assert (Origin.UNKNOWN, Integrity.ALTERED, True) == (verdict.origin, verdict.integrity, verdict.laundered)


def test_a_generated_parent_makes_an_edited_child_partly_synthetic() -> None:
    parent = claim(ClaimState.TRUSTED, "trainedAlgorithmicMedia", depth=1, relationship="parentOf")

    assert Origin.SYNTHETIC is weigh([claim(ClaimState.TRUSTED), parent]).origin
    assert Origin.PARTLY_SYNTHETIC is weigh([claim(ClaimState.TRUSTED, "digitalCapture"), parent]).origin


def test_a_prompt_taken_in_as_input_says_nothing_of_the_result() -> None:
    prompt = claim(ClaimState.TRUSTED, "trainedAlgorithmicMedia", depth=1, relationship="inputTo")

    assert Origin.CAPTURED is weigh([claim(ClaimState.TRUSTED, "digitalCapture"), prompt]).origin


@given(labels, st.lists(scores, max_size=2))
def test_what_is_signed_outweighs_what_is_declared(label: Label, others: list[Score]) -> None:
    verdict = weigh([label, claim(ClaimState.UNTRUSTED, "digitalCapture"), *others])

    assert (Origin.CAPTURED, Basis.SIGNED) == (verdict.origin, verdict.basis)


def test_the_strength_of_the_basis_falls_in_the_order_of_the_design() -> None:
    pieces: list[Evidence] = [
        claim(ClaimState.TRUSTED, "trainedAlgorithmicMedia"),
        Label("aigc", "aigc", False, "synthetic"),
        Match("registry", "r1", "pdq", origin="synthetic"),
        Trace("traces", "SomeModel", "parameters"),
        Score("d", "d@1", "likely_synthetic"),
    ]

    found = [weigh(pieces[i:]).basis for i in range(len(pieces) + 1)]

    assert [Basis.SIGNED, Basis.DECLARED, Basis.BOUND, Basis.APPARENT, Basis.INFERRED, Basis.NONE] == found


def test_a_camera_signature_against_a_generators_mark_is_a_conflict() -> None:
    mark = Reading("marks", "sd@1", ours=False)

    verdict = weigh([claim(ClaimState.TRUSTED, "digitalCapture"), mark])

    assert ("reading:marks:sd@1",) == verdict.disagrees
    assert PlatformClass.SUSPECTED is verdict.platform_class


def test_a_transplanted_mark_decides_nothing() -> None:
    verdict = weigh([Match("registry", "r1", "watermark:x@1", origin="synthetic", transplanted=True)])

    assert (Origin.UNKNOWN, True) == (verdict.origin, verdict.transplanted)


@pytest.mark.parametrize(
    ("values", "expected"),
    [(["1", "2"], "generated"), (["2"], "possible"), (["3"], "suspected"), (["2", "3"], "possible"), ([], "none")],
)
def test_the_platform_class_follows_the_strongest_label(values: list[str], expected: str) -> None:
    """Labelling Measures, Art. 6; a label of 1 is never downgraded."""
    found = weigh([Label("aigc", "aigc", False, fields=(("Label", v),)) for v in values])

    assert PlatformClass(expected) is found.platform_class


def test_a_standard_mark_alone_is_only_an_other_trace_to_a_platform() -> None:
    assert PlatformClass.SUSPECTED is weigh([Label("iptc", "iptc", False, "synthetic")]).platform_class


@pytest.mark.parametrize(
    ("states", "trust", "integrity"),
    [
        ([ClaimState.TRUSTED], Trust.TRUSTED, Integrity.INTACT),
        ([ClaimState.UNTRUSTED], Trust.UNTRUSTED, Integrity.INTACT),
        ([ClaimState.EXPIRED], Trust.EXPIRED, Integrity.INTACT),
        ([ClaimState.INVALID], Trust.NONE, Integrity.MALFORMED),
        ([ClaimState.ALTERED], Trust.NONE, Integrity.ALTERED),
        ([ClaimState.MALFORMED], Trust.NONE, Integrity.MALFORMED),
        ([ClaimState.TRUSTED, ClaimState.UNTRUSTED], Trust.UNTRUSTED, Integrity.INTACT),
        ([ClaimState.TRUSTED, ClaimState.ALTERED], Trust.TRUSTED, Integrity.ALTERED),
        ([], Trust.NONE, Integrity.UNSIGNED),
    ],
)
def test_of_several_signatures_the_worst_counts(states: list[ClaimState], trust: Trust, integrity: Integrity) -> None:
    verdict = weigh([claim(s) for s in states])

    assert (trust, integrity) == (verdict.trust, verdict.integrity)


def test_a_gap_of_any_reason_makes_a_verdict_incomplete() -> None:
    assert [False] * len(Reason) == [weigh([], [Gap("r", reason)]).complete for reason in Reason]


def _dict(verdict: Verdict) -> dict[str, object]:
    return {name: getattr(verdict, name) for name in Verdict.__dataclass_fields__}
