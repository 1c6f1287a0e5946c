"""Every label and every container in its folder keeps its contract."""

import pytest
from containers import everything
from media import every_format

from indicia.provenance import formats, labels
from indicia.provenance.asset import Asset
from indicia.provenance.catalog import load, names
from indicia.provenance.errors import IndiciaError
from indicia.provenance.evidence import Label
from indicia.provenance.sniff import FORMATS

FILES = list(everything().values()) + list(every_format().items())


@pytest.mark.parametrize("name", names(labels.PACKAGE))
def test_a_label_reader_keeps_the_contract(name: str) -> None:
    reader = load(labels.PACKAGE, name, "label")

    assert isinstance(reader, labels.LabelReader)
    assert name == reader.name
    for _, data in FILES:
        try:
            found = tuple(reader.read(Asset.of(data)))
        except IndiciaError:
            continue
        assert all(isinstance(f, Label) and name == f.standard == f.reader for f in found)


@pytest.mark.parametrize("name", names(formats.PACKAGE))
def test_a_format_keeps_the_contract(name: str) -> None:
    module = load(formats.PACKAGE, name, "format")

    assert isinstance(module, formats.Format)
    assert name == module.name
    assert module.formats
    assert module.formats <= set(FORMATS)
    for kind in module.formats:
        assert module is formats.for_format(kind)
        blank = module.blank(kind)
        assert module.read_xmp(blank) is None
        assert blank == module.write_xmp(blank, None)
        assert blank == module.without(blank, lambda *_: False)
