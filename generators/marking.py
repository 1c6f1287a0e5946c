"""`mark(...)`: a generator, wrapped so that nothing leaves it without every layer."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..provenance.asset import Asset
from ..provenance.errors import Unsupported, UsageError
from ..provenance.evidence import Media
from ..provenance.imprint import Imprint, Making, Press, Work
from ..provenance.imprint.settings import Layer, Settings, check
from ..provenance.media import Clip, Sound
from ..provenance.sniff import FORMATS
from .backends import Backend, Plan, Processor, backend_for
from .consent import Consent, require
from .creation import Creation, Input, Log, Model, begin, finish

if TYPE_CHECKING:
    from PIL import Image

    from .backends import Content

# Format -> the suffixes under which it may be saved.
SUFFIXES: dict[str, tuple[str, ...]] = {
    "png": (".png",),
    "jpeg": (".jpg", ".jpeg"),
    "webp": (".webp",),
    "text": (".txt",),
    "markdown": (".md", ".markdown"),
    "mp4": (".mp4", ".m4v"),
    "mov": (".mov",),
    "matroska": (".mkv",),
    "webm": (".webm",),
    "wav": (".wav",),
    "flac": (".flac",),
    "mp3": (".mp3",),
    "m4a": (".m4a",),
    "ogg": (".ogg", ".oga"),
    "opus": (".opus",),
}
_SETTING = {
    Media.TEXT: "text_format", Media.IMAGE: "image_format", Media.VIDEO: "video_format", Media.AUDIO: "sound_format"
}  # fmt: skip
DEFAULTS = Settings()


@dataclass(frozen=True, slots=True)
class Marked:
    """A work with all its layers: the bytes of the file, and what is known of how it came about."""

    imprint: Imprint
    creation: Creation

    @property
    def data(self) -> bytes:
        """The file. Changing a byte of it breaks the signature."""
        if not self.imprint.data and self.imprint.path is not None:
            return self.imprint.path.read_bytes()
        return self.imprint.data

    @property
    def format(self) -> str:
        """The container, a key of `sniff.FORMATS`."""
        return self.imprint.format

    @property
    def media(self) -> Media:
        """Text, image, video or audio."""
        return self.creation.media

    @property
    def record(self) -> str:
        """The id of its record in the registry; empty when that layer is off."""
        return self.imprint.record

    @property
    def asset(self) -> Asset:
        """The file as an asset."""
        return Asset.of(self.data)

    @property
    def image(self) -> Image.Image:
        """The picture as it left, label and watermark in it.

        Raises:
            BadContent: it is a text.
        """
        return self.asset.image()

    @property
    def text(self) -> str:
        """The text as it left, with its label, and its manifest in invisible characters.

        Raises:
            Unsupported: it is no text.
        """
        if self.media is not Media.TEXT:
            raise Unsupported(f"this is {self.media}, which has no text; use .data or .save(...)")
        return self.data.decode()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """The path, where the file now lies, whole; beside it its manifest, where the format carries none.

        Raises:
            UsageError: the suffix belongs to another format; choose the format in the settings.
            WriteFailed: it cannot be written there; what stood there is untouched.
        """
        from ..provenance.credentials.sidecar import beside
        from ..provenance.files import write_bytes

        target = Path(path)
        if target.suffix.lower() not in SUFFIXES[self.format]:
            raise UsageError(
                f"{target}: this is a {self.format} file, and re-saving as another would break its signature; "
                f"name it {target.with_suffix(SUFFIXES[self.format][0]).name} or set the format in Settings"
            )
        if self.imprint.sidecar is not None:
            write_bytes(beside(target), self.imprint.sidecar)
        write_bytes(target, self.data)
        return target


def mark(
    source: Any, *, settings: Settings = DEFAULTS, model: Model | None = None, consent: Consent | None = None
) -> Marker:
    """`source` wrapped: call it as before, and what comes back is a `Marked` with every layer of `settings`.

    Args:
        source: a diffusers pipeline for pictures or video; a transformers (model, tokenizer) pair or pipeline that
            generates text, speaks, transcribes or captions; a voice (anything with `say`); or any function that
            returns text, a PIL image, an array, encoded picture bytes, a `Clip` or a `Sound`.
        settings: who answers for the content, which layers, where keys and records are.
        model: what to name as the model, where the source cannot tell (functions) or should not.
        consent: of the person whose voice or face the source is given; without it such a call is refused.

    Raises:
        UsageError: nothing that generates, or settings that cannot be carried out.
    """
    return Marker(source, check(settings), backend_for(source), model, consent)


class Marker:
    """A wrapped generator. All layers or no file: an error in any layer leaves no bytes and no record."""

    def __init__(
        self, source: Any, settings: Settings, backend: Backend, model: Model | None, consent: Consent | None = None
    ) -> None:
        self.source, self.settings, self.backend, self.model, self.consent = source, settings, backend, model, consent

    def __call__(self, *args: Any, **options: Any) -> Marked:
        """What the generator made of these arguments, marked.

        Raises:
            UsageError: the call gave more than one result; use `each`.
            Unsupported: a result that the layers cannot be laid on; the text says which and why.
        """
        return self._make(args, options, target=None, single=True)[0]

    def each(self, *args: Any, **options: Any) -> tuple[Marked, ...]:
        """As calling it, for calls that give several results; each has its own record."""
        return self._make(args, options, target=None, single=False)

    def to(self, path: str | os.PathLike[str], *args: Any, **options: Any) -> Marked:
        """As calling it, straight into a file: the record is kept only when the file is there, and the other way round.

        Raises:
            UsageError: the suffix names no format that a generator's result can have.
        """
        target = Path(path)
        return self._make(args, options, target=target, single=True)[0]

    def _make(
        self, args: tuple[Any, ...], options: dict[str, Any], *, target: Path | None, single: bool
    ) -> tuple[Marked, ...]:
        settings = self.settings if target is None else for_suffix(self.settings, target)
        with Press.open(settings) as press:  # keys and registry are had before minutes are spent on generating
            plan = self.backend.plan(self.source, args, options, model=self.model, mark=self._processor(press))
            require(self.consent, plan.likeness)
            with _logged(settings, plan, self.consent) as entry:
                contents = plan.run()
                if single and len(contents) != 1:
                    raise UsageError(f"the call gave {len(contents)} results; use .each(...) for several")
                media = _media(contents)
                if target is not None:
                    _require_fit(target, media)
                entry.creation = finish(replace(entry.creation, media=media))
                works = [_work(content, entry.creation, plan) for content in contents]
                entry.imprints = press.imprint_all(works, target=target)
        return tuple(Marked(imprint, entry.creation) for imprint in entry.imprints)

    def _processor(self, press: Press) -> Processor | None:
        if self.backend.media(self.source) is not Media.TEXT or Layer.WATERMARK not in self.settings:
            return None
        return press.token_processor()


def for_suffix(settings: Settings, target: Path) -> Settings:
    """The settings with the format that the target's name asks for.

    Raises:
        UsageError: no format has this suffix.
    """
    found = next((f for f, suffixes in SUFFIXES.items() if target.suffix.lower() in suffixes), None)
    if found is None:
        known = ", ".join(s for suffixes in SUFFIXES.values() for s in suffixes)
        raise UsageError(f"{target}: no format has the suffix {target.suffix!r}; use one of {known}")
    changed: dict[str, Any] = {_SETTING[FORMATS[found][0]]: found}
    return replace(settings, **changed)


def _require_fit(target: Path, media: Media) -> None:
    """Nothing, if a file of that name can hold what was made; a text must not end up in a .png."""
    fitting = [s for f, suffixes in SUFFIXES.items() if FORMATS[f][0] is media for s in suffixes]
    if target.suffix.lower() not in fitting:
        raise UsageError(f"{target}: the generator made {media}, which goes into {', '.join(fitting)}")


@dataclass(slots=True)
class _Entry:
    creation: Creation
    imprints: tuple[Imprint, ...] = ()


@contextmanager
def _logged(settings: Settings, plan: Plan, consent: Consent | None) -> Iterator[_Entry]:
    """The creation, with a line in the log when it starts and when it is done or has failed."""
    log = Log(settings.creations_folder)
    inputs = [("parent", a) for a in plan.parents] + [("reference", a) for a in plan.references]
    entry = _Entry(
        begin(
            plan.media, plan.model, prompt=plan.prompt, keep_prompt=settings.keep_prompt, parameters=plan.parameters,
            seed=plan.seed, inputs=tuple(Input(role, a.ref.sha256, a.format) for role, a in inputs), consent=consent,
        )
    )  # fmt: skip
    log.append("started", entry.creation)
    try:
        yield entry
    except BaseException as error:
        # An interrupt is logged too: the log says what became of everything that was begun.
        log.append("failed", finish(entry.creation), error=type(error).__name__)
        raise
    for imprint in entry.imprints:
        log.append("finished", entry.creation, sha256=imprint.sha256, record=imprint.record)


def _media(contents: Sequence[Content]) -> Media:
    if not contents or any(isinstance(c, str) and not c.strip() for c in contents):
        raise Unsupported("the generator gave nothing, or an empty text: there is nothing to mark")
    match contents[0]:
        case str():
            return Media.TEXT
        case Clip():
            return Media.VIDEO
        case Sound():
            return Media.AUDIO
    return Media.IMAGE


def _work(content: Content, creation: Creation, plan: Plan) -> Work:
    """What goes to the press: an edit of a given work is partly synthetic, everything else wholly."""
    usual = "compositeWithTrainedAlgorithmicMedia" if plan.parents else "trainedAlgorithmicMedia"
    making = Making(
        source_type=plan.source_type or usual,
        model=creation.model.id,
        model_version=creation.model.revision,
        library=creation.model.library,
        prompt=creation.prompt,
        parents=plan.parents,
        creation=creation.to_json(),
        token_marked=plan.token_marked,
        assertions=(creation.consent.assertion(),) if creation.consent is not None else (),
    )
    return Work(content=content, making=making)
