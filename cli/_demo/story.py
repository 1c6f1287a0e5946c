"""What the demonstration makes and says: prompts, copies, and the words for each in English and Chinese."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

PROVIDER = "indicia-demo"
TEXT_SEED, TEXT_TOKENS, QUICK_TOKENS = 7, 200, 90
TEXT_PROMPT = "Describe a quiet morning at a harbour, from first light to the first boat."
NOTE_PROMPT = "Explain in two paragraphs why a library matters to a small town."
STEPS, GUIDANCE = 20, 3.5


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to draw: the language is that of its prompt and of its visible label."""

    name: str
    prompt: str
    lang: Literal["en", "zh"]
    seed: int


PICTURES = (
    Picture("1-dog", "a dog in a meadow", "en", 11),
    Picture("2-rabbit", "草地上的兔子", "zh", 12),
    Picture("3-rocket", "a rocket at night", "en", 13),
    Picture("4-penguin", "雪地里的企鹅", "zh", 14),
)
FILM = Picture("8-rocket", "a rocket at night", "en", 21)
FILM_SECONDS = 4.0
FILM_DRAWN, QUICK_DRAWN = 16, 8  # pictures that the model draws for it
SPEECH, SPEECH_SEED = "9-evening", 5
SPEECH_TEXT = (
    "Good evening. The ferry leaves the harbour at half past seven, and the lighthouse will be lit until dawn. "
    "Tomorrow brings sunshine in the morning and a little rain after lunch, so take a coat with you."
)
EDIT = Picture("5-dog-in-snow", "a dog in the snow", "en", 15)  # made from the first, so partly synthetic
QUICK = 2  # pictures with --quick

Words = dict[Literal["en", "zh"], str]

# What was done to a copy, by the last part of its name.
DONE: dict[str, Words] = {
    "stripped": {"en": "re-saved without any metadata", "zh": "去掉全部元数据后重新保存"},
    "jpeg60": {"en": "re-encoded as JPEG, quality 60, metadata gone", "zh": "以质量 60 转存为 JPEG，元数据丢失"},
    "half": {"en": "shrunk to half its size, JPEG 80", "zh": "缩小到一半，JPEG 80"},
    "cropped": {"en": "cropped to 70 %, so that the visible label is gone", "zh": "裁剪到 70%，可见标识被裁掉"},
    "small": {"en": "re-encoded at half the size, metadata gone", "zh": "缩小一半重新编码，元数据丢失"},
    "trimmed": {"en": "the opening with its label cut off, re-encoded", "zh": "剪掉带标识的开头并重新编码"},
    "webm": {"en": "converted to WebM, metadata gone", "zh": "转为 WebM，元数据丢失"},
    "mp3": {"en": "converted to MP3, metadata gone", "zh": "转为 MP3，元数据丢失"},
    "retouched": {"en": "a patch painted over, the signed manifest left in", "zh": "涂改一块，但保留签名清单"},
    "retyped": {"en": "retyped: the words alone, in other lines", "zh": "重新录入：只剩文字，换行不同"},
    "one-word-changed": {"en": "one word changed, the signed manifest left in", "zh": "改动一个词，但保留签名清单"},
    "shortened": {"en": "retyped, with every fortieth word left out", "zh": "重新录入，每四十个词漏掉一个"},
}
MADE: Words = {"en": "made from the prompt", "zh": "由提示词生成"}
EDITED: Words = {"en": "made by the model from 1-dog.png with the prompt", "zh": "由模型根据 1-dog.png 和提示词改绘"}
FILMED: Words = {"en": "a clip made from the prompt", "zh": "由提示词生成的短视频："}
SPOKEN: Words = {"en": "spoken by the built-in voice:", "zh": "由内置语音朗读："}
UNMARKED: Words = {
    "en": "made by plain code and never marked: nothing is known, so nothing is claimed",
    "zh": "由普通代码制作、从未标识：无从得知，故不作断言",
}


@dataclass(frozen=True, slots=True)
class Stage:
    """The folder of the demonstration and what lies where in it; nothing outside it is written."""

    folder: Path

    @property
    def made(self) -> Path:
        """What the models made, marked."""
        return self.folder / "made"

    @property
    def copies(self) -> Path:
        """What the world did to it."""
        return self.folder / "copies"

    @property
    def others(self) -> Path:
        """What was never marked."""
        return self.folder / "others"

    @property
    def recovered(self) -> Path:
        """Records and manifests that copies led back to."""
        return self.folder / "recovered"

    @property
    def home(self) -> Path:
        """Keys, registry and creation log, of the demonstration alone."""
        return self.folder / ".indicia"

    @property
    def keys(self) -> Path:
        """The folder of keys."""
        return self.home / "keys"

    @property
    def registry(self) -> str:
        """The URL of the registry."""
        return f"sqlite:///{(self.home / 'registry.db').resolve()}"

    def files(self) -> list[Path]:
        """Everything that is scanned, in the order in which the story tells it."""
        return [p for part in (self.made, self.copies, self.others) for p in sorted(part.iterdir())]
