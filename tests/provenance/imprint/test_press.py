"""All layers in their order, or nothing: not the file, not the record."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from indicia.provenance import marks
from indicia.provenance.asset import Asset
from indicia.provenance.credentials.verify import read as read_claims
from indicia.provenance.errors import BadContent, IndiciaError, SigningFailed, Unsupported, UsageError, WriteFailed
from indicia.provenance.evidence import ClaimState
from indicia.provenance.imprint import ALL_LAYERS, Imprint, Layer, Making, Press, Settings, Work, from_elsewhere, layers
from indicia.provenance.keys import load_mark_keys
from indicia.provenance.labels import aigc, iptc
from indicia.provenance.labels.visible import draw
from indicia.provenance.registry import Registry

SIDE = 384
GENERATED = Making()


def picture(seed: int = 0, side: int = SIDE) -> Image.Image:
    """A picture with smooth parts and texture, as marks and fingerprints need."""
    noise = np.random.default_rng(seed)
    small = Image.fromarray(noise.integers(0, 255, (12, 12, 3), dtype=np.uint8)).resize((side, side), 3)
    grain = noise.normal(0, 6, (side, side, 1))
    return Image.fromarray(np.clip(np.asarray(small) + grain, 0, 255).astype(np.uint8))


def encoded(image: Image.Image, format: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(provider="TestStudio", lang="zh")


def pressed(settings: Settings, content: Image.Image | str | Asset, making: Making = GENERATED) -> Imprint:
    with Press.open(settings) as press:
        return press.imprint(Work(content, making))


# --- what comes out -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["png", "jpeg", "webp"])
def test_a_picture_leaves_with_every_layer_readable(settings: Settings, format: str) -> None:
    making = Making(model="acme/painter", model_version="3", creation={"schema": "indicia/creation@1", "seed": 7})

    made = pressed(replace(settings, image_format=format), picture(), making)

    asset = Asset.of(made.data)
    (claim,) = read_claims(asset)
    (label,) = aigc.read(asset)
    reading = marks.get("tile").read(np.asarray(asset.image()), load_mark_keys(settings.keys_folder))
    with Registry.open(settings.registry_url) as registry:
        record = registry.get(made.record)
    assert tuple(Layer) == made.layers
    assert format == asset.format
    assert ClaimState.TRUSTED is claim.state
    assert ("trainedAlgorithmicMedia",) == claim.source_types
    assert "acme/painter" == claim.ai_model
    assert {"Label": "1", "ContentProducer": "TestStudio", "ProduceID": made.produce_id}.items() <= dict(
        label.fields
    ).items()
    assert () == label.findings
    assert "synthetic" == iptc.read(asset)[0].origin
    assert record is not None
    assert (made.sha256, "synthetic", made.produce_id) == (record.sha256, record.origin, record.produce_id)
    assert {"schema": "indicia/creation@1", "seed": 7} == record.creation
    assert reading is not None
    assert int(record.values("mark:tile@1")[0], 16) == int(reading.payload, 16)
    assert (marks.soft_binding_alg("tile", 1), reading.payload) in claim.soft_bindings
    assert claim.label == record.manifest_label
    assert record.manifest is not None
    assert b"jumdc2pa" in record.manifest


def test_a_text_leaves_with_its_label_and_its_manifest(settings: Settings) -> None:
    words = "The kite rose over the roofs, and the whole street looked up. " * 12

    made = pressed(settings, words)

    asset = Asset.of(made.data)
    (claim,) = read_claims(asset)
    assert (Layer.VISIBLE, Layer.FINGERPRINT, Layer.SIGNATURE, Layer.RECORD) == made.layers
    assert ClaimState.TRUSTED is claim.state
    assert "生成" in asset.text()
    assert words.strip() in asset.text()


def test_a_markdown_text_has_the_label_in_its_front_matter(settings: Settings) -> None:
    made = pressed(replace(settings, text_format="markdown"), "# Kites\n\nThe kite rose over the roofs.\n")

    asset = Asset.of(made.data)
    assert "markdown" == asset.format
    assert Layer.METADATA in made.layers
    assert ["1"] == [dict(label.fields)["Label"] for label in aigc.read(asset)]
    assert ClaimState.TRUSTED is read_claims(asset)[0].state


def test_the_order_is_the_documented_one() -> None:
    assert [layer for layer in Layer if layer is not Layer.RECORD] == [layer for layer, _ in layers.ORDER if layer]


def test_the_watermark_lies_over_the_visible_label_and_the_signature_over_all(settings: Settings) -> None:
    made = pressed(settings, picture())

    image = Asset.of(made.data).image()
    corner = image.crop((SIDE // 2, SIDE * 3 // 4, SIDE, SIDE))
    plain, _ = draw(picture(), "AI生成")
    same_corner = plain.crop((SIDE // 2, SIDE * 3 // 4, SIDE, SIDE))
    assert np.abs(np.asarray(corner, int) - np.asarray(same_corner, int)).max() > 0  # the mark changed the label too
    changed = made.data.replace(b"TestStudio", b"BestStudio", 1)
    assert ClaimState.ALTERED is read_claims(Asset.of(changed))[0].state  # the metadata was there when it was signed


def test_the_fingerprints_are_of_the_picture_with_and_without_its_label(settings: Settings) -> None:
    from indicia.provenance.imprint.pixels import bitmap
    from indicia.provenance.registry.enrol import enrol

    made = pressed(settings, picture())

    with Registry.open(settings.registry_url) as registry:
        record = registry.get(made.record)
    assert record is not None
    assert enrol(bitmap(picture()), "before_visible") == tuple(
        b for b in record.bindings if b.scope == "before_visible"
    )
    assert enrol(Asset.of(made.data), "after_visible") == tuple(
        b for b in record.bindings if b.scope == "after_visible"
    )


@pytest.mark.parametrize("absent", list(Layer))
def test_any_layer_can_be_left_out(settings: Settings, absent: Layer) -> None:
    made = pressed(replace(settings, layers=ALL_LAYERS - {absent}), picture())

    assert tuple(layer for layer in Layer if layer is not absent) == made.layers
    assert bool(made.record) is (absent is not Layer.RECORD)


def test_no_layer_at_all_is_an_error(settings: Settings) -> None:
    with pytest.raises(UsageError, match="nothing to do"):
        pressed(replace(settings, layers=frozenset()), picture())


def test_a_transparent_picture_stays_transparent_where_it_was(settings: Settings) -> None:
    seen = picture().convert("RGBA")
    seen.putalpha(Image.linear_gradient("L").resize(seen.size))

    made = pressed(replace(settings, layers=ALL_LAYERS - {Layer.VISIBLE}), seen)

    assert seen.getchannel("A").tobytes() == Asset.of(made.data).image().getchannel("A").tobytes()


def test_the_prompt_is_in_the_manifest_only_when_it_may_be(settings: Settings) -> None:
    secret = "a portrait of my neighbour"

    without = pressed(settings, picture(), Making(model="m"))
    with_it = pressed(settings, picture(), Making(model="m", prompt=secret))

    assert secret.encode() not in without.data
    assert secret.encode() in with_it.data


# --- all of it, or nothing ------------------------------------------------------------------------------------------


def broken(what: type[Exception]) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> Any:
        raise what("injected")

    return fail


FAILURES = [
    ("indicia.provenance.labels.visible.draw", Unsupported),
    ("indicia.provenance.marks.tile.Tile.embed", Unsupported),
    ("indicia.provenance.imprint.pixels.encode", WriteFailed),
    ("indicia.provenance.labels.iptc.write", BadContent),
    ("indicia.provenance.labels.aigc.write", WriteFailed),
    ("indicia.provenance.fingerprints.pdq.Pdq.enrol", BadContent),
    ("indicia.provenance.credentials.sign.sign_with_store", SigningFailed),
    ("indicia.provenance.registry.Registry.new_payload", WriteFailed),
    ("indicia.provenance.registry.Registry.add", WriteFailed),
    ("os.replace", OSError),
    ("indicia.provenance.registry.Registry.add", KeyboardInterrupt),
]


@pytest.mark.parametrize(("where", "what"), FAILURES)
def test_a_failure_in_any_layer_leaves_neither_file_nor_record(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, what: type[Exception]
) -> None:
    home, target = os.environ["INDICIA_HOME"], tmp_path / "out.png"
    target.write_bytes(b"what stood there")
    with Press.open(settings) as press:
        monkeypatch.setattr(where, broken(what))

        with pytest.raises((IndiciaError, KeyboardInterrupt)):
            press.imprint(Work(picture()), target=target)

        monkeypatch.undo()
        monkeypatch.setenv("INDICIA_HOME", home)
    assert b"what stood there" == target.read_bytes()
    assert ["home", "out.png"] == sorted(p.name for p in tmp_path.iterdir())
    with Registry.open(settings.registry_url) as registry:
        assert 0 == registry.count()


def test_of_several_works_all_are_recorded_or_none(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with Press.open(settings) as press:
        add, calls = Registry.add, []

        def second_fails(registry: Registry, record: Any) -> None:
            calls.append(record.id)
            if len(calls) == 2:
                raise WriteFailed("the disk is full")
            add(registry, record)

        monkeypatch.setattr(Registry, "add", second_fails)
        with pytest.raises(WriteFailed, match="disk is full"):
            press.imprint_all([Work(picture(0)), Work(picture(1))])

    with Registry.open(settings.registry_url) as registry:
        assert 0 == registry.count()


def test_a_folder_that_cannot_be_written_keeps_no_record(settings: Settings, tmp_path: Path) -> None:
    with Press.open(settings) as press, pytest.raises(WriteFailed):
        press.imprint(Work(picture()), target=tmp_path / "missing" / "out.png")

    with Registry.open(settings.registry_url) as registry:
        assert 0 == registry.count()


def test_who_answers_is_named_by_the_environment_or_else_by_the_certificate(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    unnamed = replace(settings, provider="")

    by_certificate = pressed(unnamed, picture()).provider
    monkeypatch.setenv("INDICIA_PROVIDER", "Newsroom")
    by_environment = pressed(unnamed, picture())

    assert "indicia-development" == by_certificate
    assert "Newsroom" == dict(aigc.read(Asset.of(by_environment.data))[0].fields)["ContentProducer"]


def test_nobody_to_answer_is_an_error(settings: Settings) -> None:
    with pytest.raises(UsageError, match="who answers"):
        Press.open(replace(settings, provider="", layers=ALL_LAYERS - {Layer.SIGNATURE}))


def test_keys_that_cannot_be_had_are_named_before_anything_is_made(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "no-folder").write_text("a file")

    with pytest.raises(IndiciaError, match="no-folder"):
        Press.open(replace(settings, keys=tmp_path / "no-folder"))


# --- files made elsewhere -------------------------------------------------------------------------------------------


def test_a_file_from_elsewhere_keeps_its_format_profile_and_exif(settings: Settings) -> None:
    exif = Image.Exif()
    exif[0x010E], exif[0x0112] = "my holiday", 6  # description, orientation: turned
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    data = encoded(picture().crop((0, 0, SIDE, 300)), "JPEG", exif=exif, icc_profile=profile.tobytes(), quality=95)

    with Press.open(settings) as press:
        made = press.imprint(from_elsewhere(Asset.of(data)))

    with Image.open(io.BytesIO(made.data)) as opened:
        assert "JPEG" == opened.format
        assert (300, SIDE) == opened.size  # upright now, and no longer said to be turned
        assert {0x010E: "my holiday"}.items() <= dict(opened.getexif()).items()
        assert 0x0112 not in opened.getexif()
        assert profile.tobytes() == opened.info["icc_profile"]
    assert tuple(Layer) == made.layers


def test_a_file_whose_pixels_are_left_alone_stays_bit_for_bit_in_them(settings: Settings) -> None:
    data = encoded(picture(), "JPEG", quality=70)
    untouched = ALL_LAYERS - {Layer.VISIBLE, Layer.WATERMARK}

    with Press.open(replace(settings, layers=untouched)) as press:
        made = press.imprint(from_elsewhere(Asset.of(data)))

    assert Asset.of(data).image().tobytes() == Asset.of(made.data).image().tobytes()
    assert data[data.index(b"\xff\xda") :] in made.data  # the entropy-coded scan itself


def test_a_signed_file_keeps_its_chain(settings: Settings) -> None:
    first = pressed(settings, picture(), Making(model="acme/painter"))

    with Press.open(settings) as press:
        second = press.imprint(from_elsewhere(Asset.of(first.data)))

    claims = read_claims(Asset.of(second.data))
    with Registry.open(settings.registry_url) as registry:
        record = registry.get(second.record)
    assert [0, 1] == [c.depth for c in claims]
    assert "parentOf" == claims[1].relationship
    assert ("trainedAlgorithmicMedia",) == claims[1].source_types
    assert "trainedAlgorithmicMedia" not in claims[0].source_types  # the parent says it; we only drew a label
    assert record is not None
    assert (first.record,) == record.parents
    assert "synthetic" == record.origin


def test_an_edit_is_partly_synthetic_with_the_input_as_its_parent(settings: Settings) -> None:
    parent = Asset.of(encoded(picture(1)), name="holiday.png")

    made = pressed(settings, picture(2), Making(source_type="compositeWithTrainedAlgorithmicMedia", parents=(parent,)))

    claim = read_claims(Asset.of(made.data))[0]
    assert ["c2pa.opened", "c2pa.edited"] == [a.name for a in claim.actions][:2]
    assert ("compositeWithTrainedAlgorithmicMedia",) == claim.source_types
    assert "partly_synthetic" == iptc.read(Asset.of(made.data))[0].origin


@pytest.mark.parametrize("label", ["2", "3"])
def test_a_suspicion_claims_nothing_of_the_origin(settings: Settings, label: str) -> None:
    asset = Asset.of(encoded(picture()), name="seen.png")

    with Press.open(replace(settings, label=label)) as press:
        made = press.imprint(from_elsewhere(asset, label=label))

    (written,) = aigc.read(Asset.of(made.data))
    claim = read_claims(Asset.of(made.data))[0]
    assert {"Label": label, "ContentProducer": "", "ContentPropagator": "TestStudio"}.items() <= dict(
        written.fields
    ).items()
    assert () == iptc.read(Asset.of(made.data))
    assert not {"trainedAlgorithmicMedia"}.intersection(claim.source_types)
    with Registry.open(settings.registry_url) as registry:
        record = registry.get(made.record)
    assert record is not None
    assert "" == record.origin


def test_a_label_that_is_there_keeps_its_producer_and_is_never_weakened(settings: Settings) -> None:
    theirs = aigc.Aigc("1", "OtherStudio", "their-number")
    data = aigc.write(encoded(picture()), "png", theirs)

    with Press.open(settings) as press:
        made = press.imprint(from_elsewhere(Asset.of(data)))
    with Press.open(replace(settings, label="3")) as press, pytest.raises(UsageError, match="must not be weakened"):
        press.imprint(from_elsewhere(Asset.of(data, name="x.png"), label="3"))

    (label,) = aigc.read(Asset.of(made.data))
    expected = {"ContentProducer": "OtherStudio", "ProduceID": "their-number", "ContentPropagator": "TestStudio"}
    assert expected.items() <= dict(label.fields).items()


@pytest.mark.parametrize("format", ["GIF", "PNG"])
def test_a_moving_picture_is_not_cut_to_its_first_frame(settings: Settings, format: str) -> None:
    frames = [picture(i) for i in range(3)]
    data = encoded(frames[0], format, save_all=True, append_images=frames[1:])

    with Press.open(settings) as press, pytest.raises(Unsupported, match="--no-visible --no-watermark"):
        press.imprint(from_elsewhere(Asset.of(data, name=f"moving.{format.lower()}")))


def test_too_small_a_picture_is_refused_with_the_limit(settings: Settings) -> None:
    with Press.open(settings) as press, pytest.raises(Unsupported, match=re.compile("too small|at least")):
        press.imprint(Work(picture(side=40)))


@pytest.mark.parametrize("cut", range(0, 3000, 97))
def test_a_damaged_file_is_refused_and_never_half_marked(settings: Settings, cut: int) -> None:
    data = encoded(picture(side=96), "JPEG")[: cut + 20]

    with Press.open(settings) as press, pytest.raises(IndiciaError):
        press.imprint(from_elsewhere(Asset.of(data, name="cut.jpg")))

    with Registry.open(settings.registry_url) as registry:
        assert 0 == registry.count()
