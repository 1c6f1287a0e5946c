"""Every risk and recommendation of the white paper has a control, or says why no software can check it."""

from indicia.policies import packs, whitepaper


def test_every_item_is_answered_or_said_to_be_beyond_software() -> None:
    items = whitepaper.coverage(packs.load())

    assert 64 == len(items)
    assert [] == [item.id for item in items if bool(item.controls) == bool(item.unchecked)]


def test_no_control_answers_to_an_item_that_is_not_there() -> None:
    named = {item for control in packs.load() for item in control.caict}

    assert named <= {item.id for item in whitepaper.coverage(packs.load())}
