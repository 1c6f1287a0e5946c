"""The creation value survives JSON, and its log tells afterwards what was begun, and whether it was touched."""

import json
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicia.generators.creation import Creation, Input, Log, Model, begin, finish, json_schema, scalar
from indicia.provenance.errors import BadContent, WriteFailed
from indicia.provenance.evidence import Media

ROOT = Path(__file__).parents[2]
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT
)
CREATIONS = st.builds(
    Creation,
    id=TEXT,
    media=st.sampled_from(Media),
    model=st.builds(Model, TEXT, TEXT, TEXT, TEXT),
    parameters=st.lists(st.tuples(TEXT, SCALARS), max_size=4).map(tuple),
    seed=st.none() | st.integers(0, 2**63),
    prompt=TEXT,
    prompt_sha256=TEXT,
    inputs=st.lists(st.builds(Input, TEXT, TEXT, TEXT), max_size=2).map(tuple),
    started=TEXT,
    finished=TEXT,
    tool=TEXT,
)


@given(CREATIONS)
def test_a_creation_survives_its_json(creation: Creation) -> None:
    assert creation == Creation.from_json(json.dumps(creation.to_json()))


@pytest.mark.parametrize("value", ["", "[]", "{}", '{"schema": "indicia/creation@2"}', "[" * 100_000, "null", b"\xff"])
def test_what_is_no_creation_is_refused(value: str | bytes) -> None:
    with pytest.raises(BadContent, match="not a creation"):
        Creation.from_json(value)


def test_the_published_schema_is_the_one_in_the_code() -> None:
    published = json.loads((ROOT / "docs/schemas/creation-1.json").read_text())

    assert published == json_schema()


def test_the_prompt_is_only_digested_unless_it_is_to_be_kept() -> None:
    secret = "my mother's house"

    digested = begin(Media.IMAGE, Model("m"), prompt=secret)
    kept = begin(Media.IMAGE, Model("m"), prompt=secret, keep_prompt=True)

    assert secret not in json.dumps(digested.to_json())
    assert secret == kept.prompt
    assert digested.prompt_sha256 == kept.prompt_sha256


def test_objects_among_the_parameters_leave_neither_address_nor_path() -> None:
    assert "<object>" == scalar(object())
    assert "<PosixPath>" == scalar(Path("/home/somebody"))
    assert "[512, 512]" == scalar((512, 512))


@given(st.floats())
def test_every_number_among_the_parameters_can_stand_in_json(value: float) -> None:
    assert json.dumps(scalar(value), allow_nan=False)


def test_the_log_is_the_owners_and_holds_every_event(tmp_path: Path) -> None:
    log, creation = Log(tmp_path / "creations"), begin(Media.TEXT, Model("m"), prompt="p")

    log.append("started", creation)
    log.append("finished", finish(creation), sha256="ab", record="r")

    (path,) = (tmp_path / "creations").iterdir()
    events = [json.loads(line) for line in path.read_text().splitlines()]
    assert ["started", "finished"] == [e["event"] for e in events]
    assert creation == Creation.from_json(events[0]["creation"])
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert 0o700 == stat.S_IMODE(path.parent.stat().st_mode)
    assert () == log.broken()


def test_a_line_changed_or_taken_out_of_the_log_shows(tmp_path: Path) -> None:
    log = Log(tmp_path)
    for prompt in ("one", "two", "three"):
        log.append("started", begin(Media.TEXT, Model("m"), prompt=prompt))
    (path,) = tmp_path.iterdir()
    lines = path.read_bytes().splitlines(keepends=True)

    path.write_bytes(lines[0] + lines[2])
    taken_out = log.broken()
    path.write_bytes(lines[0].replace(b"started", b"finished") + lines[1] + lines[2])
    changed = log.broken()

    assert (f"{path.name}:2",) == taken_out
    assert (f"{path.name}:2",) == changed


def test_a_line_cut_by_a_kill_stays_and_the_next_one_follows_on_its_own_line(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.append("started", begin(Media.TEXT, Model("m"), prompt="x" * 200_000, keep_prompt=True))
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-50])

    log.append("started", begin(Media.TEXT, Model("m")))

    assert 2 == len(path.read_bytes().splitlines())
    assert (f"{path.name}:1",) == log.broken()  # the cut line cannot be read; the one after it names it


def test_a_log_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "creations").write_text("a file where the folder should be")

    with pytest.raises(WriteFailed, match="creation log"):
        Log(tmp_path / "creations").append("started", begin(Media.TEXT, Model("m")))


def test_two_processes_do_not_break_the_chain(tmp_path: Path) -> None:
    children = []
    for _ in range(3):
        if (child := os.fork()) == 0:
            log = Log(tmp_path)
            for _ in range(10):
                log.append("started", begin(Media.TEXT, Model("m")))
            os._exit(0)
        children.append(child)

    assert [0, 0, 0] == [os.waitpid(c, 0)[1] for c in children]
    assert () == Log(tmp_path).broken()
    assert 30 == sum(len(p.read_bytes().splitlines()) for p in tmp_path.iterdir())
