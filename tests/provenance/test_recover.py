"""From a copy back to its record, by every way, and never to the wrong one."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps
from scenes import encoded, scene

from indicia.provenance.asset import Asset
from indicia.provenance.errors import BadContent
from indicia.provenance.evidence import Claim, ClaimState, Match, Media, Reading, Reason
from indicia.provenance.marks import MarkKey, get
from indicia.provenance.recover import recover, search
from indicia.provenance.registry import Binding, Record, Registry
from indicia.provenance.registry.enrol import enrol
from indicia.provenance.verdict import Basis, Origin, weigh

KEY = MarkKey("k", bytes(range(32)))
TEXT = (
    "Content that was made by a model leaves the building marked, in every layer that the law or good practice asks "
    "for. When somebody pastes the words elsewhere, the manifest is gone, and the front matter with it; what remains "
    "are the words. Their digest is in the registry of whoever made them, and so the way back to the record is short. "
    "A text that was edited on the way is still near to what it was, as long as most of its sentences stayed the same."
)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with Registry.open(str(tmp_path / "registry.db")) as opened:
        yield opened


def store(registry: Registry, asset: Asset, **changes: object) -> Record:
    """A record of `asset` as it is."""
    bindings = (*enrol(asset), *changes.pop("bindings", ()))  # type: ignore[misc]
    record = Record(sha256=asset.ref.sha256, media=asset.media, format=asset.format, bindings=bindings, **changes)  # type: ignore[arg-type]
    registry.add(record)
    return record


def picture(seed: int, quality: int = 75) -> Asset:
    return Asset.of(encoded(scene(seed, (480, 360)), quality=quality))


def marked(registry: Registry, seed: int) -> tuple[Image.Image, Record]:
    """A watermarked picture and its record."""
    mark = get("dwt_dct_svd")
    payload = registry.new_payload(f"{mark.name}@{mark.version}", mark.payload_bits)
    pixels = Image.fromarray(mark.embed(np.asarray(scene(seed, (480, 360))), payload, KEY))
    bound = Binding(f"mark:{mark.name}@{mark.version}", f"{payload:x}")
    return pixels, store(registry, Asset.of(encoded(pixels, "PNG")), bindings=(bound,))


def ways(matches: tuple[Match, ...]) -> list[tuple[str, str]]:
    return [(match.by, match.sureness) for match in matches]


def test_the_file_itself_is_found_first_by_its_digest(registry: Registry) -> None:
    original = picture(1)
    record = store(registry, original)

    found = recover(original, registry=registry)

    assert ("digest", "exact") == ways(found)[0]
    assert {record.id} == {match.record for match in found}


@pytest.mark.parametrize(
    "attack",
    [
        lambda p: encoded(p, quality=60),
        lambda p: encoded(p.resize((240, 180))),
        lambda p: encoded(ImageOps.mirror(p)),
        lambda p: encoded(ImageOps.expand(p, (30, 110), "black")),
    ],
    ids=["jpeg 60", "half", "mirrored", "screen"],
)
def test_a_stripped_copy_is_found_by_its_fingerprint(registry: Registry, attack: object) -> None:
    for seed in range(6):
        store(registry, picture(seed))
    record = store(registry, picture(6))

    found = recover(Asset.of(attack(scene(6, (480, 360)))), registry=registry)  # type: ignore[operator]

    assert ("pdq", "copy", record.id) == (found[0].by, found[0].sureness, found[0].record)
    assert 1 == len(found)
    assert f"{found[0].distance} bits" in found[0].detail


def test_unrelated_pictures_lead_nowhere(registry: Registry) -> None:
    for seed in range(10):
        store(registry, picture(seed))

    assert () == tuple(m for seed in range(50, 60) for m in recover(picture(seed), registry=registry))


def test_a_copy_without_the_visible_label_is_found_by_the_state_before_it(registry: Registry) -> None:
    before, after = scene(2, (480, 360)), scene(2, (480, 360)).copy()
    after.paste((0, 0, 0), (0, 250, 480, 360))
    file = Asset.of(encoded(after))
    bindings = enrol(Asset.of(encoded(before)), "before_visible") + enrol(file, "after_visible")
    record = Record(sha256=file.ref.sha256, media=Media.IMAGE, format="jpeg", bindings=bindings)
    registry.add(record)

    (found,) = recover(Asset.of(encoded(before, quality=60)), registry=registry)

    assert (record.id, "copy") == (found.record, found.sureness)
    assert "before_visible" in found.detail


def test_a_watermark_leads_back_and_its_content_agrees(registry: Registry) -> None:
    pixels, record = marked(registry, 3)

    found = recover(Asset.of(encoded(pixels, quality=75)), registry=registry, keys=[KEY])

    assert ("watermark:dwt_dct_svd@1", "exact") == ways(found)[0]
    assert {record.id} == {match.record for match in found}
    assert not found[0].transplanted
    assert "the content agrees" in found[0].detail


def test_a_watermark_is_not_read_without_its_key(registry: Registry) -> None:
    pixels, _ = marked(registry, 3)
    copy = Asset.of(encoded(pixels, quality=75))

    assert all("watermark" not in match.by for match in recover(copy, registry=registry))


def test_a_mark_that_was_copied_onto_another_picture_is_told(registry: Registry) -> None:
    _, record = marked(registry, 4)
    mark = get("dwt_dct_svd")
    stolen = int(record.values("mark:dwt_dct_svd@1")[0], 16)
    forged = Image.fromarray(mark.embed(np.asarray(scene(40, (480, 360))), stolen, KEY))

    reading = mark.read(np.asarray(forged), [KEY])

    (found,) = recover(Asset.of(encoded(forged, "PNG")), registry=registry, evidence=[reading])

    assert (record.id, True) == (found.record, found.transplanted)
    verdict = weigh((found,))
    assert (Basis.NONE, Origin.UNKNOWN, True) == (verdict.basis, verdict.origin, verdict.transplanted)


def test_readings_of_an_earlier_look_are_not_made_again(registry: Registry) -> None:
    pixels, record = marked(registry, 5)
    payload = record.values("mark:dwt_dct_svd@1")[0]
    reading = Reading("marks.dwt_dct_svd", "dwt_dct_svd@1", payload, p_value=1e-12)
    copy = Asset.of(encoded(pixels, quality=75))

    found = recover(copy, registry=registry, evidence=[reading])

    assert "watermark:dwt_dct_svd@1" in {match.by for match in found}
    assert not any(
        "watermark" in m.by for m in recover(copy, registry=registry, evidence=[replace(reading, ours=False)])
    )


def claim(state: ClaimState, **changes: object) -> Claim:
    return Claim(reader="c2pa", label="urn:c2pa:7", state=state, **changes)  # type: ignore[arg-type]


def test_a_manifest_leads_back_by_its_label(registry: Registry) -> None:
    record = store(registry, picture(1), manifest_label="urn:c2pa:7", manifest=b"jumb")
    other = picture(31)

    intact = recover(other, registry=registry, evidence=[claim(ClaimState.UNTRUSTED)])
    parent = recover(other, registry=registry, evidence=[claim(ClaimState.TRUSTED, depth=1, relationship="parentOf")])
    component = recover(
        other, registry=registry, evidence=[claim(ClaimState.TRUSTED, depth=1, relationship="componentOf")]
    )

    assert [("manifest", record.id, False)] == [(m.by, m.record, m.transplanted) for m in intact]
    assert "made from" in parent[0].detail
    assert () == component


def test_a_manifest_that_was_moved_to_another_picture_is_told(registry: Registry) -> None:
    store(registry, picture(1), manifest_label="urn:c2pa:7")

    (moved,) = recover(picture(31), registry=registry, evidence=[claim(ClaimState.ALTERED)])
    own = recover(picture(1, quality=50), registry=registry, evidence=[claim(ClaimState.ALTERED)])

    assert moved.transplanted
    assert not any(match.transplanted for match in own)


def test_a_text_is_found_by_its_words(registry: Registry) -> None:
    record = store(registry, Asset.of(TEXT.encode()))
    pasted = "\n".join(TEXT.split(" "))

    (found, *_) = recover(Asset.of(pasted.encode()), registry=registry)

    assert (record.id, "text-sha256", "exact") == (found.record, found.by, found.sureness)


def test_an_edited_text_is_found_as_a_copy(registry: Registry) -> None:
    record = store(registry, Asset.of(TEXT.encode()))
    edited = TEXT.replace("somebody", "someone").replace("short", "not long")

    (found,) = recover(Asset.of(edited.encode()), registry=registry)

    assert (record.id, "iscc-text") == (found.record, found.by)
    assert found.sureness in ("copy", "near_copy")
    assert 0 < found.distance <= 50


@pytest.mark.parametrize("text", ["Yes, of course.", "好的。", "A" * 2000, " ".join(f"word{n}" for n in range(200))])
def test_other_and_short_texts_lead_nowhere(registry: Registry, text: str) -> None:
    store(registry, Asset.of(TEXT.encode()))
    store(registry, Asset.of(b"Yes, of course. "))

    assert () == recover(Asset.of(text.encode()), registry=registry)


def test_a_damaged_picture_is_still_found_by_its_digest_and_else_says_so(registry: Registry) -> None:
    broken = Asset.of(encoded(scene(1))[:700])
    other = Asset.of(encoded(scene(2))[:700])
    registry.add(Record(sha256=broken.ref.sha256, media=Media.IMAGE, format="jpeg"))

    assert [("digest", "exact")] == ways(recover(broken, registry=registry))
    with pytest.raises(BadContent):
        recover(other, registry=registry)
    found = search(other, registry=registry)
    assert () == found.matches
    assert {("registry.fingerprint", Reason.DAMAGED)} == {(gap.reader, gap.reason) for gap in found.gaps}


@pytest.mark.parametrize("data", [b"", b"\0" * 50, b"RIFF\x24\0\0\0WAVEfmt ", b"%PDF-1.7\n", b"{" * 3000])
def test_any_content_can_be_asked(registry: Registry, data: bytes) -> None:
    assert () == search(Asset.of(data), registry=registry).matches


def test_matches_are_plain_evidence(registry: Registry) -> None:
    original = picture(1)
    store(registry, original, origin="partly_synthetic")

    found = recover(original, registry=registry)

    verdict = weigh(found)
    assert (Basis.BOUND, Origin.PARTLY_SYNTHETIC) == (verdict.basis, verdict.origin)
    assert {"registry"} == {match.reader for match in found}
    json.dumps([match.detail for match in found])
