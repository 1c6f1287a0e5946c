"""The faces of the packages: what they say they offer is there, and every name is documented."""

import importlib

import pytest


@pytest.mark.parametrize("package", ["indicia.provenance", "indicia.generators"])
def test_every_name_of_a_face_is_there_and_documented(package: str) -> None:
    face = importlib.import_module(package)

    for name in face.__all__:
        value = getattr(face, name)
        assert value is not None
        assert getattr(value, "__doc__", "") or name == "Evidence", name
    assert sorted(face.__all__) == list(face.__all__)


def test_a_name_that_is_not_offered_is_an_attribute_error() -> None:
    face = importlib.import_module("indicia.provenance")

    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = face.Nothing
