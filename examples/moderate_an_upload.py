"""Moderate an upload: what it is, on what that rests, and the class of China's labelling measures, Art. 6.

python examples/moderate_an_upload.py upload.jpg
"""

import sys

from indicia.provenance import home
from indicia.provenance.asset import Asset, Limits
from indicia.provenance.inspect import inspect
from indicia.provenance.keys import load_mark_keys
from indicia.provenance.registry import Registry
from indicia.provenance.sentences import explain, sentence
from indicia.provenance.verdict import PlatformClass

NOTICES = {
    PlatformClass.GENERATED: "publish, with the notice that it is generated",
    PlatformClass.POSSIBLE: "publish, with the notice that it may be generated",
    PlatformClass.SUSPECTED: "publish, with the notice that it is suspected to be generated",
    PlatformClass.NONE: "publish without a notice; no sign of a generator is no proof that there was none",
}


def main(path: str) -> None:
    """Say what is known of the file at `path`, and what a platform has to do."""
    upload = Asset.open(path, limits=Limits(memory_bytes=64 << 20, pixels=50_000_000))  # uploads are hostile

    with Registry.open(home.registry_url()) as registry:
        dossier = inspect(upload, registry=registry, keys=load_mark_keys())

    print(sentence(dossier.verdict, "en"))
    for evidence in dossier.evidence:
        print("-", explain(evidence, "en").what)
    for gap in dossier.gaps:
        print("- not examined:", gap.reader, gap.detail)
    print("=>", NOTICES[dossier.verdict.platform_class])


if __name__ == "__main__":
    main(*sys.argv[1:2])
