"""Signs that a generator left without meaning to label: its parameters, its name as the software, private fields."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from .asset import Asset
from .evidence import Trace
from .metadata import Metadata, of

MAX_VALUE = 400  # characters of a field that a trace quotes

_XMP_NAMES = {
    ("http://ns.adobe.com/xap/1.0/", "CreatorTool"): "Software",
    ("http://ns.adobe.com/tiff/1.0/", "Software"): "Software",
    ("http://ns.adobe.com/photoshop/1.0/", "Credit"): "Credit",
    ("http://purl.org/dc/elements/1.1/", "description"): "Description",
    ("http://ns.adobe.com/exif/1.0/", "UserComment"): "UserComment",
}

# Programs and services that make pictures, text or sound by model; the name must stand as the making software.
_GENERATORS: tuple[tuple[str, str], ...] = (
    (r"stable[ _-]?diffusion|\bSDXL\b|AUTOMATIC1111|sd-webui|stable-diffusion-webui", "Stable Diffusion"),
    (r"\bComfyUI\b", "ComfyUI"),
    (r"\bInvokeAI\b", "InvokeAI"),
    (r"\bNovelAI\b", "NovelAI"),
    (r"\bFooocus\b", "Fooocus"),
    (r"\bSwarmUI\b", "SwarmUI"),
    (r"\bDraw Things\b", "Draw Things"),
    (r"\bMidjourney\b", "Midjourney"),
    (r"\bDALL[·.\- ]?E\b|\bChatGPT\b|\bOpenAI\b|\bgpt-image\b|\bSora\b", "OpenAI"),
    (r"\bAdobe Firefly\b|\bFirefly (?:Image|Video)\b", "Adobe Firefly"),
    (r"\bGoogle (?:AI|Imagen|Gemini)\b|\bImagen \d|\bGemini \d", "Google AI"),
    (r"\bBing Image Creator\b", "Microsoft"),
    (r"\bIdeogram\b", "Ideogram"),
    (r"\bLeonardo\.?AI\b", "Leonardo.Ai"),
    (r"\bBlack Forest Labs\b|\bFLUX\.\d", "FLUX"),
    (r"\bDreamStudio\b|\bStability AI\b", "Stability AI"),
    (r"\bImagine with Meta AI\b|\bMeta AI\b", "Meta AI"),
    (r"\bxAI\b|\bGrok\b", "xAI"),
    (r"豆包|\bDoubao\b|即梦|\bJimeng\b|\bSeedream\b|\bDreamina\b", "ByteDance"),
    (r"文心一格|\bERNIE-ViLG\b", "Baidu"),
    (r"通义万相|\bWanx\b|\bTongyi\b", "Alibaba"),
    (r"可灵|\bKling ?AI\b", "Kuaishou"),
    (r"混元|\bHunyuan\b", "Tencent"),
    (r"海螺|\bHailuo\b|\bMiniMax\b", "MiniMax"),
    (r"\bVidu\b", "ShengShu"),
    (r"\bRunway(?:ML)?\b", "Runway"),
    (r"\bPika Labs\b", "Pika"),
    (r"\bLuma AI\b|\bDream Machine\b", "Luma AI"),
    (r"\bHeyGen\b", "HeyGen"),
    (r"\bSuno\b", "Suno"),
    (r"\bUdio\b", "Udio"),
    (r"\bElevenLabs\b", "ElevenLabs"),
)
_NAMES = tuple((re.compile(pattern, re.IGNORECASE), name) for pattern, name in _GENERATORS)

# Keys under which a program signs what it made; a name in a caption proves nothing.
# ISFT is of RIFF, TSSE and TENC are of ID3; the last five stand in Vorbis comments, Matroska tags and onMetaData.
_TOOL_KEYS = frozenset(
    "software creatortool make model isft tsse tenc encoder encoded_by encoded-by metadatacreator creator".split()
)
_PROSE_KEYS = frozenset(
    "description imagedescription comment usercomment xpcomment title credit icmt inam comm tit2".split()
)
_TEXT_PLACES = frozenset({"front matter", "HTML meta"})  # where authors name models that they write about
_MADE_WITH = re.compile(
    r"\b(?:generated|created|made|edited)\s+(?:by|with|using)\s+(.{2,60})", re.IGNORECASE | re.DOTALL
)
_JOB = re.compile(r"\bJob ID: [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_STEPS = re.compile(r"\bSteps: \d+, (?:Sampler|CFG scale|Seed|Size|Schedule type): ")
_INVOKE_KEYS = frozenset({"sd-metadata", "invokeai_metadata", "invokeai_graph", "invokeai_workflow", "dream"})
_PRIVATE = re.compile(r'"aigc_(?:label_)?type"\s*:\s*"?([^",}\s]*)', re.IGNORECASE)
_NOTHING = frozenset({"", "0", "null", "false", "none"})  # written on what was not generated, too


def read(asset: Asset) -> tuple[Trace, ...]:
    """Every generator trace in the metadata of an asset.

    Raises:
        BadContent: the container or its XMP packet is damaged.
        TooLarge: a limit was met.
    """
    metadata = of(asset)
    found = tuple(dict.fromkeys(t for field in _fields(metadata) if (t := _trace(*field))))
    if not found:
        metadata.raise_trouble(asset.ref.name)
    return found


def _fields(metadata: Metadata) -> Iterator[tuple[str, str, str]]:
    yield from metadata.fields
    for item in metadata.packet.properties if metadata.packet else ():
        yield metadata.place, _XMP_NAMES.get((item.namespace, item.name), item.name), item.value


def _trace(place: str, key: str, value: str) -> Trace | None:
    """The trace in one field, or None."""
    low = key.lower()
    if place in _TEXT_PLACES:
        return None
    for generator, what in (_by_chunk(low, value), _by_text(low, value), _by_name(low, value), _private(low, value)):
        if generator:
            return Trace("traces", generator, what, value[:MAX_VALUE], f"{place} {key}")
    return None


def _by_chunk(key: str, value: str) -> tuple[str, str]:
    """Chunks that one program alone writes."""
    if key in ("prompt", "workflow") and _is_graph(value):
        return "ComfyUI", f"{key} graph"
    if key in ("comment", "description", "icmt", "comm") and value.lstrip().startswith("{") and "class_type" in value:
        return "ComfyUI", "workflow in a comment"  # of its video nodes
    if key in _INVOKE_KEYS:
        return "InvokeAI", f"{key} chunk"
    if key == "parameters" and '"sui_image_params"' in value[:4096]:
        return "SwarmUI", "generation parameters"
    if key in ("fooocus_scheme", "fooocus"):
        return "Fooocus", "generation parameters"
    return "", ""


def _is_graph(value: str) -> bool:
    """Whether it is a ComfyUI prompt (nodes with a class_type) or workflow (nodes and links)."""
    if '"class_type"' not in value and '"nodes"' not in value:
        return False
    try:
        graph = json.loads(value)
    except (ValueError, RecursionError):
        return '"class_type"' in value[:4096]  # cut off, but nothing else writes this key
    return isinstance(graph, dict)


def _by_text(key: str, value: str) -> tuple[str, str]:
    """Generation parameters in the form of Stable Diffusion web UI, and Midjourney's job number."""
    if key == "parameters" or key in _PROSE_KEYS:
        if _STEPS.search(value[-8192:]):
            return "Stable Diffusion", "generation parameters"
        if _JOB.search(value[-8192:]):
            return "Midjourney", "job number"
    return "", ""


def _by_name(key: str, value: str) -> tuple[str, str]:
    """A known name where the making software is named."""
    if key in _TOOL_KEYS:
        said = value[:256]
    elif key in _PROSE_KEYS and (made := _MADE_WITH.search(value[:1024])):
        said = made[1]
    else:
        return "", ""
    return next(((name, "named as the software") for pattern, name in _NAMES if pattern.search(said)), ("", ""))


def _private(key: str, value: str) -> tuple[str, str]:
    """ByteDance apps write aigc_type and aigc_label_type into JSON of their own: not the label of the standard."""
    said = value if key in ("aigc_type", "aigc_label_type") else ""
    found = [said, *_PRIVATE.findall(value[:8192])]
    if any(word.strip().lower() not in _NOTHING for word in found):
        return "ByteDance", "private AIGC field"
    return "", ""
