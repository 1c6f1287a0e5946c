"""What a file is, by its first bytes."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from media import every_format, zipped

from indicia.provenance.sniff import FORMATS, HEAD, sniff


@pytest.mark.parametrize("name", every_format())
def test_a_file_is_known_by_its_content(name: str) -> None:
    assert name == sniff(every_format()[name][:HEAD])


def test_there_is_an_example_of_every_format_but_the_unknown() -> None:
    assert set(FORMATS) - {"unknown"} == set(every_format())


@given(st.binary(max_size=300))
def test_any_bytes_have_a_format(head: bytes) -> None:
    assert sniff(head) in FORMATS


@pytest.mark.parametrize(
    "head",
    [b"---" + b"\n" * 8189, b"[" * HEAD, b"[a\n" * 2730, b"---\n" + b"--\n" * 2729, b"<!--" * 2048, b"# a\n" * 2048],
)
def test_no_head_takes_long_to_tell(head: bytes) -> None:
    before = time.process_time()

    sniff(head)

    assert time.process_time() - before < 0.25


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "gb18030"])
@pytest.mark.parametrize("cut", range(4))
def test_a_character_cut_at_the_end_of_the_head_is_forgiven(codec: str, cut: int) -> None:
    head = ("中文段落，没有标记。" * 900).encode(codec)[: HEAD - cut]

    assert "text" == sniff(head)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"", "unknown"),
        (b"\n \t\n", "unknown"),
        (b"\0\1\2\3", "unknown"),
        (b"[Note] what follows is prose", "text"),
        (b"[1] a reference list", "text"),
        (b"[1, 2]", "json"),
        (b"{not json}", "text"),
        (b'\xef\xbb\xbf{"a": 1}', "json"),
        (b"caf\xe9 in Latin-1", "unknown"),
    ],
)
def test_prose_is_not_taken_for_data(head: bytes, expected: str) -> None:
    assert expected == sniff(head)


def test_a_folder_called_word_makes_no_document_of_an_archive() -> None:
    assert "zip" == sniff(zipped({"word/notes.txt": b"words", "a/xl/b": b"x"}))
    assert "zip" == sniff(zipped({"a.txt": b"see word/document.xml and _rels/.rels"}, compression=0))
    assert "docx" == sniff(zipped({"_rels/.rels": b"", "docProps/app.xml": b"", "word/document.xml": b""}))
