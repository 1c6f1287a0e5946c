"""Traces of generators: what programs really leave, and what only looks like it."""

import json

import pytest
from containers import OWN_XMP, exif, noise, saved
from PIL.PngImagePlugin import PngInfo
from streams import recorded

from indicia.provenance import traces
from indicia.provenance.asset import Asset
from indicia.provenance.errors import BadContent
from indicia.provenance.formats import for_format

PARAMETERS = "a cat\nNegative prompt: dog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512, Model: x"
GRAPH = json.dumps({"3": {"class_type": "KSampler", "inputs": {}}})
WORKFLOW = json.dumps({"nodes": [], "links": []})


def png(**texts: str) -> bytes:
    info = PngInfo()
    for key, value in texts.items():
        info.add_text(key, value, zip=key == "workflow")
    return saved(noise(), "png", pnginfo=info)


def jpeg_xmp(inner: str) -> bytes:
    description = (
        f'<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        f'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/">{inner}</rdf:Description></rdf:RDF>'
    )
    return for_format("jpeg").write_xmp(saved(noise(), "jpeg"), OWN_XMP.replace(b"</rdf:RDF>", description.encode()))


COMMENT = b"UNICODE\0" + PARAMETERS.encode("utf-16-be")
LEFT = {
    "web ui": (png(parameters=PARAMETERS), "Stable Diffusion"),
    "web ui in jpeg": (saved(noise(), "jpeg", exif=exif({}, {0x9286: COMMENT})), "Stable Diffusion"),
    "comfy prompt": (png(prompt=GRAPH), "ComfyUI"),
    "comfy workflow": (png(workflow=WORKFLOW), "ComfyUI"),
    "invoke": (png(invokeai_metadata="{}"), "InvokeAI"),
    "swarm": (png(parameters='{"sui_image_params": {}}'), "SwarmUI"),
    "novel": (png(Software="NovelAI"), "NovelAI"),
    "midjourney": (png(Description="a cat --v 6 Job ID: 01234567-89ab-cdef-0123-456789abcdef"), "Midjourney"),
    "software": (saved(noise(), "jpeg", exif=exif({0x0131: "Adobe Firefly 3"})), "Adobe Firefly"),
    "make": (saved(noise(), "webp", exif=exif({0x010F: "OpenAI"})), "OpenAI"),
    "description": (saved(noise(), "tiff", tiffinfo={0x010E: "Generated with Midjourney"}), "Midjourney"),
    "creator tool": (jpeg_xmp("<xmp:CreatorTool>即梦AI</xmp:CreatorTool>"), "ByteDance"),
    "credit": (jpeg_xmp("<photoshop:Credit>Made with Google AI</photoshop:Credit>"), "Google AI"),
    "gif comment": (saved(noise(), "gif", comment=b"created by Stable Diffusion XL"), "Stable Diffusion"),
    "comment of a song": (recorded("mp3", sound="libmp3lame", comment="made with suno; created=2026"), "Suno"),
    "software of a film": (for_format("avi").write_field(recorded("avi", "mpeg4"), "ISFT", "Runway Gen-4"), "Runway"),
    "comfy in matroska": (recorded("matroska", "mpeg4", PROMPT=GRAPH), "ComfyUI"),
    "comfy in a comment": (recorded("flac", sound="flac", comment=json.dumps({"prompt": GRAPH})), "ComfyUI"),
    "private field": (
        saved(noise(), "jpeg", exif=exif({}, {0x9286: b'ASCII\0\0\0{"data":{"aigc_label_type":1}}'})), "ByteDance"),
}  # fmt: skip


@pytest.mark.parametrize("name", LEFT)
def test_what_a_generator_leaves_is_told_with_its_name(name: str) -> None:
    data, generator = LEFT[name]

    (found,) = traces.read(Asset.of(data))

    assert generator == found.generator
    assert found.locator
    assert found.value


@pytest.mark.parametrize(
    "data",
    [
        saved(noise(), "jpeg"),
        saved(
            noise(),
            "jpeg",
            exif=exif({0x0131: "Adobe Photoshop 25.0", 0x010F: "Canon", 0x010E: "A talk on Midjourney"}),
        ),
        png(prompt="What do you see?", workflow="[1]", Comment="Steps: to the door"),
        png(Title="ChatGPT explained", Software="gimp"),
        png(Description="We asked about Stable Diffusion and DALL-E"),
        jpeg_xmp("<xmp:CreatorTool>GIMP</xmp:CreatorTool>"),
        b"---\ntitle: Midjourney\nmodel: FLUX.1\nauthor: ChatGPT\n---\n# A\n\n- b\n",
        saved(noise(), "jpeg", exif=exif({0x013B: "Sora Tanaka"}, {0x9286: b'ASCII\0\0\0{"aigc_label_type":0}'})),
        jpeg_xmp("<photoshop:Credit>Photo: OpenAI</photoshop:Credit>"),
        recorded("mp3", sound="libmp3lame", title="Suno at night", artist="Udio"),
        recorded("matroska", "mpeg4", title="What Sora can do", comment="a talk"),
    ],
)
def test_a_name_in_a_caption_is_no_trace(data: bytes) -> None:
    assert () == traces.read(Asset.of(data))


def test_a_long_value_is_cut() -> None:
    (found,) = traces.read(Asset.of(png(prompt=json.dumps({"1": {"class_type": "x" * 5000}}))))

    assert traces.MAX_VALUE == len(found.value)


def test_a_broken_packet_is_a_gap_unless_a_trace_stands_elsewhere() -> None:
    broken = for_format("png").write_xmp(saved(noise(), "png"), b"<x")

    with pytest.raises(BadContent):
        traces.read(Asset.of(broken))
    assert traces.read(Asset.of(for_format("png").write_field(broken, "parameters", PARAMETERS)))
