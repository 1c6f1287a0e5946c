"""The documentation of controls is what the packs say; the starter pack proves itself."""

from pathlib import Path

from indicia.policies import packs
from indicia.policies.page import STARTER, index, page
from indicia.policies.selftest import failures

CONTROLS = Path(__file__).parents[2] / "docs" / "controls"


def test_the_pages_in_the_documentation_are_what_the_packs_say() -> None:
    controls = packs.load()

    assert {f"{c.id}.md": page(c) for c in controls} | {"README.md": index(controls)} == {
        path.name: path.read_text() for path in CONTROLS.glob("*.md")
    }


def test_the_starter_pack_proves_itself() -> None:
    (control,) = packs.parse(STARTER)

    assert [] == list(failures(control))
