"""The README of the demonstration's folder: what each file shows, in English and Chinese."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from . import story
from .independent import Seen
from .recovery import Found
from .story import Stage

if TYPE_CHECKING:
    from ...generators import Marked
    from ...provenance.dossier import Dossier

Language = Literal["en", "zh"]

_WORDS: dict[str, story.Words] = {
    "title": {"en": "# What this folder shows", "zh": "# 这个文件夹展示什么"},
    "intro": {
        "en": (
            "Everything in `made/` was made on this machine by the models that come with indicia and marked before it "
            "became a file: label that people see or hear, invisible watermark (pictures and texts), AIGC and IPTC "
            "fields, C2PA manifest, registry record. The files in `copies/` are what the world does to such files. "
            "`recovered/` holds the record and the manifest that each copy led back to. Open `report.html` to see all "
            "of it with pictures."
        ),
        "zh": (
            "`made/` 里的内容都由 indicia 自带的模型在本机生成，并在成为文件之前完成标识："
            "可见或语音标识、隐形水印（图片与文本）、"
            "AIGC 与 IPTC 元数据、C2PA 签名清单、登记记录。`copies/` 是现实中这些文件常遇到的变化。"
            "`recovered/` 是从每个副本找回的记录与清单。打开 `report.html` 可以图文并茂地查看全部结果。"
        ),
    },
    "keys": {
        "en": (
            "Keys, registry and creation log of this demonstration lie in `.indicia/`; nothing outside this folder was "
            "written. The signer is a development one: it is trusted here because its own root was given."
        ),
        "zh": (
            "本演示的密钥、登记库与创作日志在 `.indicia/` 中，没有写入本文件夹之外。"
            "签名者仅供开发：因为给出了它自己的根证书，此处才视为可信。"
        ),
    },
    "made": {"en": "## Made and marked", "zh": "## 生成并标识"},
    "looked": {"en": "## What independent readers found", "zh": "## 独立读取工具的结果"},
    "looked_by": {
        "en": "None of these had the keys or the registry.",
        "zh": "这些工具都没有密钥，也没有登记库。",
    },
    "copies": {"en": "## Copies, and the record each led back to", "zh": "## 副本，以及各自找回的记录"},
    "others": {"en": "## Never marked", "zh": "## 从未标识"},
    "file": {"en": "file", "zh": "文件"},
    "what": {"en": "what it is", "zh": "是什么"},
    "led": {"en": "record of", "zh": "找回"},
    "by": {"en": "by", "zh": "依据"},
    "verdict": {"en": "verdict", "zh": "结论"},
    "reader": {"en": "reader", "zh": "工具"},
    "found": {"en": "found", "zh": "读到"},
    "nothing": {"en": "nothing", "zh": "无"},
    "try": {"en": "## Try it yourself", "zh": "## 自己试一试"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """All that the README tells."""

    stage: Stage
    made: Mapping[Path, Marked]
    seen: Sequence[Seen]
    found: Sequence[Found]
    dossiers: Sequence[Dossier]


def readme(told: Told) -> str:
    """The text, in Markdown: English first, then the same in Chinese."""
    return "\n".join([*_told(told, "en"), "", "---", "", *_told(told, "zh")]) + "\n"


def _told(told: Told, lang: Language) -> Iterator[str]:
    word = {name: words[lang] for name, words in _WORDS.items()}
    verdicts = _verdicts(told, lang)
    yield from (word["title"], "", word["intro"], "", word["keys"], "", word["made"], "")
    yield from _table(
        [word["file"], word["what"], word["verdict"]],
        [[_name(told, p), _made(p, marked, lang), verdicts[p]] for p, marked in told.made.items()],
    )
    yield from ("", word["looked"], "", word["looked_by"], "")
    yield from _table(
        [word["file"], word["reader"], word["found"]], [[_name(told, s.path), s.reader, s.what] for s in told.seen]
    )
    yield from ("", word["copies"], "")
    yield from _table(
        [word["file"], word["what"], word["led"], word["by"], word["verdict"]],
        [
            [_name(told, f.path), _done(f.path, lang), f.name or word["nothing"], ", ".join(f.by), verdicts[f.path]]
            for f in told.found
        ],
    )
    yield from ("", word["others"], "")
    yield from _table(
        [word["file"], word["what"], word["verdict"]],
        [[_name(told, p), story.UNMARKED[lang], verdicts[p]] for p in sorted(told.stage.others.iterdir())],
    )
    yield from ("", word["try"], "", *_commands(told))


def _verdicts(told: Told, lang: Language) -> dict[Path, str]:
    from ...provenance.sentences import sentence

    return {told.stage.folder / d.asset.path: sentence(d.verdict, lang) for d in told.dossiers}


def _commands(told: Told) -> Iterator[str]:
    copy = next((f for f in told.found if f.path.stem.endswith("cropped")), told.found[0])
    name = copy.path.relative_to(told.stage.folder)
    first = next(iter(told.made)).relative_to(told.stage.folder)
    yield from (
        "```sh",
        f"indicia recover {name} --registry sqlite:///.indicia/registry.db --keys .indicia/keys",
        f"indicia verify {first} --trust .indicia/keys/root.pem",
        f"indicia scan {first}",
        "```",
    )


def _name(told: Told, path: Path) -> str:
    place = path.relative_to(told.stage.folder).as_posix()
    return f"[{place}]({place})"


def _made(path: Path, marked: Marked, lang: Language) -> str:
    how = {story.EDIT.name: story.EDITED, story.FILM.name: story.FILMED, story.SPEECH: story.SPOKEN}
    made = marked.creation
    return f"{how.get(path.stem, story.MADE)[lang]} “{made.prompt}”, {made.model.id}, seed {made.seed}"


def _done(path: Path, lang: Language) -> str:
    return next(words[lang] for what, words in story.DONE.items() if path.stem.endswith(what))


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'|'.join('---' for _ in heads)}|"
    for cells in rows:
        yield f"| {' | '.join(cell.replace('|', '/').replace(chr(10), ' ') for cell in cells)} |"
