"""Packs from files: what they include, what is kept of them between runs, and that a stranger's pack runs nothing."""

from pathlib import Path

import pytest

from indicia.policies import located, packs
from indicia.policies.packs import cache
from indicia.policies.page import STARTER
from indicia.provenance.errors import BadContent, UsageError

INCLUDING = "pack: all\ntitle: All\nchecked_on: 2026-01-01\ninclude: [{names}]\n"


def written(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


def including(path: Path, *names: str) -> str:
    return written(path, INCLUDING.format(names=", ".join(names)))


def test_a_pack_includes_others_by_name_and_beside_it_each_once(home: Path, tmp_path: Path) -> None:
    written(tmp_path / "mine.yaml", STARTER)
    including(tmp_path / "more.yaml", "mine.yaml")
    whole = including(tmp_path / "all.yaml", "security", "mine.yaml", "more.yaml")

    assert [*(c.id for c in packs.load(["security"])), "MY-001"] == [c.id for c in packs.load([whole])]


def test_packs_that_include_one_another_are_refused_with_the_circle(home: Path, tmp_path: Path) -> None:
    first = including(tmp_path / "a.yaml", "b.yaml")
    including(tmp_path / "b.yaml", "a.yaml")
    own = including(tmp_path / "c.yaml", "c.yaml")

    with pytest.raises(BadContent, match=r"b\.yaml:4:1: a\.yaml includes itself: a\.yaml -> b\.yaml -> a\.yaml"):
        packs.load([first])
    with pytest.raises(BadContent, match="includes itself"):
        packs.load([own])


@pytest.mark.parametrize("name", ["../secret.yaml", "/etc/hosts", "none.yaml", "atlantis", "link.yaml", "''"])
def test_a_pack_includes_nothing_from_outside_its_folder(home: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    written(tmp_path / "secret.yaml", STARTER)
    (folder / "link.yaml").symlink_to(tmp_path / "secret.yaml")

    with pytest.raises(BadContent, match=r"all\.yaml:4:1: no pack"):
        packs.load([including(folder / "all.yaml", name)])


def test_a_policy_of_too_many_packs_is_refused(home: Path, tmp_path: Path) -> None:
    for number in range(packs.MAX_PACKS + 2):
        including(tmp_path / f"{number}.yaml", f"{number + 1}.yaml")

    with pytest.raises(BadContent, match="more than 100 packs"):
        packs.load([str(tmp_path / "0.yaml")])


@pytest.mark.parametrize("data", [b"\xff\xfe", b""])
def test_what_is_no_pack_is_refused(home: Path, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(data)

    with pytest.raises((BadContent, UsageError), match=r"mine\.yaml"):
        packs.load([str(path)])


def test_a_pack_is_the_same_from_the_cache_and_read_anew_when_it_changes(home: Path, tmp_path: Path) -> None:
    path = written(tmp_path / "mine.yaml", STARTER)
    first = packs.load([path])
    packs._pack.cache_clear()
    again = packs.load([path])
    written(tmp_path / "mine.yaml", STARTER.replace("Files that a model", "Files which a model"))
    changed = packs.load([path])

    assert 2 == len(list((home / "cache" / "packs").iterdir()))
    assert first[0].title == again[0].title
    assert (first[0].where, first[0].examples) == (again[0].where, again[0].examples)
    assert changed[0].title.startswith("Files which")


def test_all_packs_are_the_same_from_the_cache(home: Path) -> None:
    def told() -> list[object]:
        packs._pack.cache_clear()
        return [(c.id, c.examples, c.mutations, c.where, c.in_force, c.until, c.roles, c.remedy) for c in packs.load()]

    assert told() == told()


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"form": 1}', '{"form": 1, "pack": 2, "defaults": 3, "controls": [4]}']
)
def test_a_damaged_cache_is_as_good_as_none(home: Path, text: str) -> None:
    cache.put(STARTER, "pack.yaml", {})
    (kept,) = (home / "cache" / "packs").iterdir()
    kept.write_text(text)
    packs._pack.cache_clear()

    assert ["MY-001"] == [c.id for c in packs.parse(STARTER)]


def test_a_cache_that_others_can_write_is_not_believed(home: Path) -> None:
    plain = {"pack": "mine", "defaults": {}, "controls": [], "include": []}
    cache.put(STARTER, "pack.yaml", plain)
    believed = cache.get(STARTER, "pack.yaml")
    (kept,) = (home / "cache" / "packs").iterdir()
    kept.chmod(0o622)

    assert believed is not None
    assert cache.get(STARTER, "pack.yaml") is None


def test_a_cache_holds_no_more_than_its_number_of_files(home: Path) -> None:
    for number in range(cache.MAX_FILES + 5):
        cache.put(str(number), "pack.yaml", {})

    assert cache.MAX_FILES == len(list((home / "cache" / "packs").iterdir()))


def test_a_home_that_cannot_be_written_costs_only_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("INDICIA_HOME", str(tmp_path / "file"))
    packs._pack.cache_clear()

    assert ["MY-001"] == [c.id for c in packs.parse(STARTER)]


def test_a_file_that_is_too_large_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as stream:
        stream.truncate(1 << 40)

    with pytest.raises(BadContent, match="at most"):
        located.read_text(path, "a pack")
