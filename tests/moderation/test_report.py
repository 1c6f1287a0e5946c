"""The HTML report: one page, whatever stands in the files."""

import html.parser
import io
from pathlib import Path

import pytest
from media import picture, png_that_claims
from strategies import HOSTILE

from indicia.moderation import report
from indicia.moderation.report.preview import EXCERPT, SIDE, preview
from indicia.provenance import Asset, Dossier
from indicia.provenance.asset import AssetRef, unreadable
from indicia.provenance.evidence import (
    Claim,
    ClaimState,
    Evidence,
    Gap,
    Label,
    Match,
    Media,
    Reading,
    Reason,
    Score,
    Trace,
)  # fmt: skip
from indicia.provenance.sentences import Language

VOID = {"meta", "img", "br", "link"}


class Page(html.parser.HTMLParser):
    """Checks that tags close in order, and keeps them and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        assert [] == self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:
        self.text += data


def page(dossiers: list[Dossier], folder: Path, lang: Language = "en") -> Page:
    lines = folder / "dossiers.jsonl"
    lines.write_text("".join(d.to_line() + "\n" for d in dossiers), encoding="utf-8")
    stream = io.StringIO()
    report.write(lines, stream, lang)
    return Page(stream.getvalue())


def about(text: str) -> list[Evidence]:
    """Every kind of evidence with this text wherever there is room for it."""
    return [
        Claim(text, text, ClaimState.TRUSTED, title=text, signer=text, locator=text, source_types=("digitalCapture",)),
        Label(text, text, True, "synthetic", wording=text, findings=(text,), locator=text),
        Label(text, text, False, "synthetic", fields=((text, text),), locator=text),
        Reading(text, text, text, locator=text),
        Reading(text, text, ours=False, locator=text),
        Match(text, text, text, origin="synthetic", detail=text, locator=text),
        Match(text, text, text, transplanted=True),
        Trace(text, text, text, text, text),
        Score(text, text, "likely_synthetic", reasons=(text,), locator=text),
    ]


@pytest.mark.parametrize("text", [t for t in HOSTILE if t], ids=ascii)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_hostile_text_makes_no_tag_and_no_control_character(text: str, lang: Language, tmp_path: Path) -> None:
    asset = AssetRef(text, text, "00" * 32, Media.OTHER, text, 1)
    harmless = page(
        [Dossier(AssetRef("a", "a", "", Media.OTHER, "a", 1), tuple(about("a")), (Gap("a", Reason.FAULT, "a"),))],
        tmp_path,
        lang,
    )

    hostile = page([Dossier(asset, tuple(about(text)), (Gap(text, Reason.FAULT, text),))], tmp_path, lang)

    assert {t for t, _ in harmless.tags} >= {t for t, _ in hostile.tags}
    assert not any(name.startswith("on") for _, attributes in hostile.tags for name in attributes)
    assert not set(hostile.text) & set("\x1b\0\u202e")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_page_can_be_read_by_all(lang: Language, tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(picture("png", (64, 48)))

    made = page([Dossier(Asset.open(file).ref)], tmp_path, lang)

    names = [tag for tag, _ in made.tags]
    attributes = dict(made.tags)
    assert {"en": "en", "zh": "zh-CN"}[lang] == attributes["html"]["lang"]
    assert ["h1", "h2", "h3"] == sorted({n for n in names if n in ("h1", "h2", "h3", "h4")})
    assert 1 == names.count("h1") == names.count("main")
    assert "a.png" in (attributes["img"]["alt"] or "")
    assert "script" not in names


def test_the_page_asks_nothing_of_the_network(tmp_path: Path) -> None:
    made = page([Dossier(unreadable("a"))], tmp_path)

    policy = next(a["content"] for t, a in made.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" == policy


def test_what_is_wrong_comes_first_and_what_is_unknown_last() -> None:
    unknown, whole = Dossier(unreadable("a")), Dossier(unreadable("b"), (Trace("t", "SomeModel", "w"),))
    altered = Dossier(unreadable("c"), (Claim("c2pa", "l", ClaimState.ALTERED),))
    conflict = Dossier(unreadable("d"), tuple(about("x")))

    ordered = sorted([unknown, whole, altered, conflict], key=report.rank)

    assert ["c", "d", "b", "a"] == [d.asset.path for d in ordered]


def test_of_very_many_files_only_some_are_shown_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "CARDS", 3)
    monkeypatch.setattr(report, "ROWS", 4)
    many = [Dossier(unreadable(f"file{n}")) for n in range(10)] + [Dossier(unreadable("ai"), (Trace("t", "M", "w"),))]

    made = page(many, tmp_path)

    names = [tag for tag, _ in made.tags]
    assert (3, 1 + 4) == (names.count("article"), names.count("tr"))
    assert "ai" in made.text
    assert "4 more files" in made.text


def test_a_thumbnail_is_small_and_an_excerpt_is_short(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(picture("png", (1200, 900)))
    (tmp_path / "b.txt").write_text("字" * 10_000)

    shown = [preview(str(p), Asset.open(p).ref.sha256) for p in sorted(tmp_path.iterdir())]

    assert shown[0].picture.startswith("data:image/jpeg;base64,")
    assert len(shown[0].picture) < SIDE * SIDE
    assert EXCERPT == len(shown[1].excerpt)


def test_what_cannot_be_shown_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "bomb.png").write_bytes(png_that_claims(50_000, 50_000))
    (tmp_path / "changed.png").write_bytes(picture("png"))

    assert not preview(str(tmp_path / "bomb.png"), Asset.open(tmp_path / "bomb.png").ref.sha256).picture
    assert not preview(str(tmp_path / "changed.png"), "00" * 32).picture
    assert not preview(str(tmp_path / "gone"), "00" * 32).picture
