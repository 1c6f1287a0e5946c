"""Makes the pictures, texts, clip and speech of the demonstration with the embedded models, marked in every layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import story
from .story import Stage

if TYPE_CHECKING:
    from ...generators import Marked, Settings

Tell = Callable[[str], None]


def settings(stage: Stage) -> Settings:
    """The settings of everything that is made here: prompts are kept, because they are ours and meant to be shown."""
    from ...generators import Settings

    return Settings(
        provider=story.PROVIDER, keys=stage.keys, registry=stage.registry, creations=stage.home / "creations",
        keep_prompt=True, training_mining=(("ai_generative_training", "notAllowed"),),
    )  # fmt: skip


def make(stage: Stage, *, quick: bool, tell: Tell) -> dict[Path, Marked]:
    """The files that were made, with what is known of each. Pictures come first: they need no other download."""
    stage.made.mkdir()
    return dict([*_pictures(stage, quick, tell), *_texts(stage, quick, tell), *_moving(stage, quick, tell)])


def _moving(stage: Stage, quick: bool, tell: Tell) -> Iterator[tuple[Path, Marked]]:
    """A clip and a spoken sentence, each where what it needs is installed."""
    from ...provenance.errors import MissingExtra

    for make_one in (_film, _speech):
        try:
            yield make_one(stage, quick, tell)
        except MissingExtra as error:
            tell(f"left out: {error}")


def _film(stage: Stage, quick: bool, tell: Tell) -> tuple[Path, Marked]:
    from ...generators import mark
    from ...generators.embedded import video_model
    from ...generators.studio import video
    from ...provenance.media._av import library

    library()  # before half a minute is spent on drawing
    tell(f"filming {story.FILM.prompt!r}")
    path = stage.made / f"{story.FILM.name}.mp4"
    maker = mark(video.film, settings=replace(settings(stage), lang=story.FILM.lang), model=video_model())
    drawn = story.QUICK_DRAWN if quick else story.FILM_DRAWN
    return path, maker.to(path, story.FILM.prompt, seed=story.FILM.seed, seconds=story.FILM_SECONDS, drawn=drawn)


def _speech(stage: Stage, quick: bool, tell: Tell) -> tuple[Path, Marked]:
    from ...generators import mark
    from ...generators.studio.voice import voice

    tell(f"speaking {story.SPEECH_TEXT[:40]!r}...")
    path = stage.made / f"{story.SPEECH}.wav"
    speaker = mark(voice, settings=replace(settings(stage), lang="en"))
    return path, speaker.to(path, story.SPEECH_TEXT, seed=story.SPEECH_SEED, lang="en")


def _pictures(stage: Stage, quick: bool, tell: Tell) -> Iterator[tuple[Path, Marked]]:
    from ...generators import mark
    from ...generators.embedded import picture_model
    from ...generators.studio import pictures

    asked = settings(stage)
    pipe: Any = pictures.pipeline()
    options = {"num_inference_steps": story.STEPS, "guidance_scale": story.GUIDANCE}
    for picture in story.PICTURES[: story.QUICK] if quick else story.PICTURES:
        tell(f"drawing {picture.prompt!r}")
        painter = mark(pipe, settings=replace(asked, lang=picture.lang), model=picture_model())
        path = stage.made / f"{picture.name}.png"
        yield path, painter.to(path, picture.prompt, seed=picture.seed, **options)
    if not quick:
        yield _edit(stage, pipe, options, tell)


def _edit(stage: Stage, pipe: Any, options: dict[str, Any], tell: Tell) -> tuple[Path, Marked]:
    """A picture made from the first one, whose manifest becomes its parent."""
    from diffusers import AutoPipelineForImage2Image

    from ...generators import mark
    from ...generators.embedded import picture_model
    from ...generators.studio.pictures import finishing

    edit = story.EDIT
    tell(f"editing {story.PICTURES[0].name}.png: {edit.prompt!r}")
    editor = AutoPipelineForImage2Image.from_pipe(pipe)
    editor.set_progress_bar_config(disable=True)
    editor.image_processor = finishing(editor.image_processor)
    path = stage.made / f"{edit.name}.png"
    parent = stage.made / f"{story.PICTURES[0].name}.png"
    painter = mark(editor, settings=replace(settings(stage), lang=edit.lang), model=picture_model())
    return path, painter.to(path, edit.prompt, image=parent, strength=0.7, seed=edit.seed, **options)


def _texts(stage: Stage, quick: bool, tell: Tell) -> Iterator[tuple[Path, Marked]]:
    from ...generators import mark
    from ...generators.studio import text

    tell("loading the text model")
    writer = mark(text.load(), settings=replace(settings(stage), lang="en"))
    asked = [("6-harbour.txt", story.TEXT_PROMPT)] if quick else [
        ("6-harbour.txt", story.TEXT_PROMPT), ("7-library.md", story.NOTE_PROMPT),
    ]  # fmt: skip
    for name, prompt in asked:
        tell(f"writing {prompt!r}")
        yield stage.made / name, writer.to(
            stage.made / name, [{"role": "user", "content": prompt}], seed=story.TEXT_SEED, temperature=0.8,
            max_new_tokens=story.QUICK_TOKENS if quick else story.TEXT_TOKENS, whole_sentences=True,
        )  # fmt: skip
