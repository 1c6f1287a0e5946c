"""`indicia formats`: the measured table, for people and for machines."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from indicia.provenance.catalog import load, names
from indicia.provenance.formats import PACKAGE
from indicia.provenance.formats._table import load as measured

DOCS = Path(__file__).parents[2] / "docs" / "containers.md"


def indicia(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = "import sys; from indicia.cli.main import main; sys.argv[0] = 'indicia'; main()"
    environment = {**os.environ, "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, env=environment, check=False
    )


def test_the_table_tells_where_each_layer_stands_and_what_leaves_it_there() -> None:
    done = indicia("formats", "mp4")

    assert 0 == done.returncode, done.stderr
    head, *lines = done.stdout.splitlines()
    assert head.split()[:2] == ["format", "layer"]
    assert "MP4 moov.udta.meta keys AIGC" in lines[0]
    assert ["aigc", "iptc", "c2pa"] == [line.split()[1] for line in lines[:3]]


def test_the_same_as_json() -> None:
    done = indicia("formats", "--format", "json")

    rows = json.loads(done.stdout)["rows"]
    (label,) = [r for r in rows if (r["format"], r["layer"]) == ("mp4", "aigc")]
    assert (True, True) == (label["written"], label["read"])
    assert "ffprobe" in label["readers"]
    assert {"ffmpeg copy", "exiftool", "Pillow"} <= set(label["survives"])


def test_an_unknown_format_is_named_with_those_there_are() -> None:
    done = indicia("formats", "wordperfect")

    assert 2 == done.returncode
    assert "wordperfect" in done.stderr
    assert "mp4" in done.stderr


@pytest.mark.parametrize("name", names(PACKAGE))
def test_every_format_that_a_module_serves_was_measured(name: str) -> None:
    served = load(PACKAGE, name, "format").formats

    assert served <= {row.format for row in measured().rows}


def test_what_is_written_is_read_and_the_page_says_the_same() -> None:
    table, page = measured(), DOCS.read_text("utf-8")

    assert all(row.read for row in table.rows if row.written)
    assert all(f"| {row.format} | {row.layer} | {row.place or 'no place'} |" in page for row in table.rows)
