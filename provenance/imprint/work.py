"""A work on its way through the layers, what is said of it, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..asset import Asset
from ..evidence import Media
from ..media import Clip, Sound
from ..registry.record import Binding
from .held import Held
from .pixels import Belongings
from .settings import Layer

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True, slots=True)
class Making:
    """How a work came about, as far as its labels and its manifest tell.

    `source_type` is an IPTC digital source type; empty for a work whose origin is only suspected. `edit_type` is that
    of our own act, where it is another one. `parents` are the works it was made from: the first is the manifest's
    parent and keeps its chain.
    """

    source_type: str = "trainedAlgorithmicMedia"
    edit_type: str = ""
    model: str = ""
    model_version: str = ""
    library: str = ""
    prompt: str = ""  # goes into the manifest in clear; empty unless its author allows it
    title: str = ""
    parents: tuple[Asset, ...] = ()
    creation: dict[str, Any] = field(default_factory=dict)
    token_marked: bool = False  # the text mark is already in the words
    assertions: tuple[dict[str, Any], ...] = ()  # more for the manifest: {"label": ..., "data": ...}


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be marked: a picture, text, clip or sound fresh from a generator, or a file made elsewhere."""

    content: Image.Image | str | Clip | Sound | Asset
    making: Making = Making()


@dataclass(frozen=True, slots=True)
class Piece:
    """A work between two layers. A layer takes one and gives the next; nothing is changed in place."""

    making: Making
    media: Media
    format: str
    image: Image.Image | None = None  # while pixels may change
    text: str | None = None  # while words may change
    clip: Clip | None = None  # while frames may change
    sound: Sound | None = None  # while samples may change
    held: Held | None = None  # a file that is not taken into memory
    data: bytes = b""  # a file in memory, once it is one
    belongings: Belongings = field(default_factory=Belongings)
    before: Image.Image | str | Clip | Sound | Asset | None = None  # the content without the visible label
    marks: tuple[tuple[str, int, str], ...] = ()  # (name, version, payload in hex)
    bindings: tuple[Binding, ...] = ()
    iscc: str = ""  # the picture's ISCC, a registered soft binding
    produce_id: str = ""
    place: str = ""  # where the visible label stands
    note: str = ""  # what had to be encoded anew for it
    manifest: bytes | None = None
    sidecar: bytes | None = None  # the manifest again, where it does not go into the file
    manifest_label: str = ""
    layers: tuple[Layer, ...] = ()  # laid so far, in order


@dataclass(frozen=True, slots=True)
class Imprint:
    """A finished work. `layers` are those that were laid, in order; `record` is empty without that layer.

    `data` is empty for a file of more than 64 MiB, which is then only at `path`. `sidecar` is the manifest of a format
    that carries none; it belongs into `<file>.c2pa` beside the file, and is there when a target was given.
    """

    data: bytes
    format: str
    sha256: str
    layers: tuple[Layer, ...]
    record: str = ""
    produce_id: str = ""
    marks: tuple[tuple[str, int, str], ...] = ()
    place: str = ""
    provider: str = ""
    note: str = ""  # what had to be encoded anew for the label that is seen or heard
    path: Path | None = None  # the target that was given
    sidecar: bytes | None = None
