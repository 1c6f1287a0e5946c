"""XMP packets: what real writers make of them is read, and an update touches nothing else."""

import re
import time

import pytest
from containers import OWN_XMP
from hypothesis import given
from hypothesis import strategies as st

from indicia.provenance import xmp
from indicia.provenance.errors import BadContent, IndiciaError, TooLarge
from indicia.provenance.xmp import Array, Property, read, update

NS, OTHER = "http://www.tc260.org.cn/ns/AIGC/1.0/", "urn:other"
RDF = f'xmlns:rdf="{xmp.RDF}"'
texts = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn")), max_size=60)


def wrapped(inner: str) -> bytes:
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {RDF}>{inner}</rdf:RDF></x:xmpmeta>'.encode()


def test_every_form_of_a_property_is_read() -> None:
    found = read(OWN_XMP)

    assert (
        Property("urn:example:mine", "rating", "5 > 4", attribute=True),
        Property("http://purl.org/dc/elements/1.1/", "subject", "猫; a & b", items=("猫", "a & b")),
        Property("urn:example:mine", "place", "", members=(("x", "1"), ("y", "2"))),
    ) == found.properties


@pytest.mark.parametrize(
    "inner",
    [
        '<rdf:Description xmlns:a="urn:a"><a:b>v</a:b></rdf:Description>',
        '<rdf:Description xmlns:a="urn:a" a:b="v"/>',
        '<rdf:Description><b xmlns="urn:a">v</b></rdf:Description>',
        '<rdf:Description xmlns:a="urn:a"><a:b rdf:resource="v"/></rdf:Description>',
        '<rdf:Description xmlns:a="urn:a"><a:b><rdf:Alt><rdf:li>v</rdf:li></rdf:Alt></a:b></rdf:Description>',
        '<t:Typed xmlns:t="urn:t" xmlns:a="urn:a"><a:b><![CDATA[v]]></a:b></t:Typed>',
    ],
)
def test_a_value_is_the_same_in_every_syntax(inner: str) -> None:
    assert "v" == read(wrapped(inner)).value("urn:a", "b")


def test_a_description_without_rdf_around_it_is_read() -> None:
    assert "v" == read(f'<rdf:Description {RDF} xmlns:a="urn:a" a:b="v"/>'.encode()).value("urn:a", "b")


@given(value=texts, other=texts)
def test_what_is_set_is_read_and_the_rest_stays(value: str, other: str) -> None:
    once = update(OWN_XMP, {(NS, "AIGC"): value, (OTHER, "list"): Array("Bag", (other, "x"))})
    again = update(once, {(NS, "AIGC"): value})

    own = read(OWN_XMP).properties
    assert [value.strip()] == [p.value for p in read(again).all(NS, "AIGC")]
    assert (other.strip(), "x") == read(again).all(OTHER, "list")[0].items
    assert own == read(again).properties[: len(own)]


def test_setting_the_same_twice_changes_nothing() -> None:
    once = update(OWN_XMP, {(NS, "AIGC"): "v"})

    assert once == update(once, {(NS, "AIGC"): "v"})


def test_an_update_keeps_every_other_byte() -> None:
    once = update(OWN_XMP, {(NS, "AIGC"): "v"})

    added = re.search(rb"\s*<rdf:Description[^>]*TC260[\s\S]*?</rdf:Description>", once)
    assert added is not None
    assert OWN_XMP.removeprefix(b"\xef\xbb\xbf") == once[: added.start()] + once[added.end() :]


def test_removing_takes_the_description_that_is_left_empty_along() -> None:
    once = update(OWN_XMP, {(NS, "AIGC"): "v", (OTHER, "b"): "w"})

    gone = update(once, {(NS, "AIGC"): None, (OTHER, "b"): None})

    assert read(OWN_XMP) == read(gone)
    assert b"TC260" not in gone


def test_removing_an_attribute_leaves_its_neighbours() -> None:
    gone = update(OWN_XMP, {("urn:example:mine", "rating"): None})

    assert b"rating" not in gone
    assert b"xmlns:mine='urn:example:mine'" in gone
    assert read(OWN_XMP).properties[1:] == read(gone).properties


@pytest.mark.parametrize(
    "packet",
    [
        f'<r:RDF xmlns:r="{xmp.RDF}"/>'.encode(),
        f'<r:RDF xmlns:r="{xmp.RDF}"><r:Description about="x"/></r:RDF>'.encode(),
        b"\xef\xbb\xbf" + wrapped(""),
        wrapped("").decode().encode("utf-16"),
        OWN_XMP + b"\0\0\0",
        OWN_XMP + b"<garbage",
        b'<?xml version="1.0"?>\n' + wrapped(""),
        None,
    ],
)
def test_every_packet_of_the_field_can_be_updated(packet: bytes | None) -> None:
    assert "v" == read(update(packet, {(NS, "AIGC"): "v"})).value(NS, "AIGC")


def test_the_new_description_is_about_the_same_subject() -> None:
    assert 2 == update(OWN_XMP, {(NS, "AIGC"): "v"}).count(b'rdf:about="uuid:1234"')


def test_characters_that_xml_cannot_hold_are_replaced() -> None:
    assert "a\ufffdb" == read(update(None, {(OTHER, "x"): "a\x00b"})).value(OTHER, "x")


@pytest.mark.parametrize(
    ("packet", "error"),
    [
        (b"", BadContent),
        (b"<a", BadContent),
        (b"\xff\xfe<", BadContent),
        (b"<a>&b;</a>", BadContent),
        (b'<!DOCTYPE a SYSTEM "http://x/"><a/>', BadContent),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', BadContent),
        (b"<a>" * 101 + b"</a>" * 101, TooLarge),
        (b"<r>" + b"<a/>" * 200_001 + b"</r>", TooLarge),
        (b"<a>\xed\xa0\x80</a>", BadContent),
    ],
)
def test_hostile_packets_are_refused(packet: bytes, error: type[IndiciaError]) -> None:
    before = time.process_time()

    with pytest.raises(error):
        read(packet)

    assert time.process_time() - before < 5


def test_a_packet_without_rdf_cannot_be_updated() -> None:
    with pytest.raises(BadContent, match="rdf:RDF"):
        update(b"<x/>", {(NS, "AIGC"): "v"})
