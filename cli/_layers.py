"""The options of every command that marks: who answers, which layers, where keys and records are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ._output import clean, language, say

if TYPE_CHECKING:
    from ..provenance.imprint import Imprint, Settings

Provider = Annotated[str, typer.Option(help="Who answers for the content: a name, or a 27-character provider code.")]
Lang = Annotated[str | None, typer.Option(help="Language of the visible label: zh or en; by locale otherwise.")]
NoVisible = Annotated[bool, typer.Option("--no-visible", help="No label that people see.")]
NoWatermark = Annotated[bool, typer.Option("--no-watermark", help="No invisible watermark.")]
NoMetadata = Annotated[bool, typer.Option("--no-metadata", help="No AIGC and IPTC fields.")]
NoSign = Annotated[bool, typer.Option("--no-sign", help="No C2PA manifest.")]
NoRegister = Annotated[bool, typer.Option("--no-register", help="No record: a stripped copy leads nowhere.")]
Place = Annotated[str, typer.Option(help="Where the visible label stands in a picture.")]
Registry = Annotated[str, typer.Option(help="Registry URL; the user's own otherwise.")]
Keys = Annotated[Path | None, typer.Option(help="Folder of keys; the user's own otherwise.")]
NoTraining = Annotated[bool, typer.Option("--no-training", help="State that models may not be trained on it.")]

_WORDS = {
    "visible": "visible label", "watermark": "watermark", "metadata": "AIGC and IPTC fields",
    "fingerprint": "fingerprints", "signature": "C2PA manifest", "record": "registry record",
}  # fmt: skip


def settings(
    *, provider: str, lang: str | None, place: str, registry: str, keys: Path | None, without: dict[str, bool],
    no_training: bool = False, label: str = "1", keep_prompt: bool = False, mark: str = "",
) -> Settings:  # fmt: skip
    """The settings that these options ask for; `without` names the layers that are switched off."""
    from ..provenance.imprint import ALL_LAYERS, Layer, Settings

    off = {Layer(name) for name, absent in without.items() if absent}
    mining = (("ai_training", "notAllowed"), ("ai_generative_training", "notAllowed")) if no_training else ()
    fixed = Settings(
        provider=provider, lang=language(lang), place=place, label=label, layers=ALL_LAYERS - off, registry=registry,
        keys=keys, keep_prompt=keep_prompt, training_mining=mining,
    )  # fmt: skip
    if not mark:
        return fixed
    from dataclasses import replace

    return replace(fixed, image_mark=mark)


def tell(path: Path, imprint: Imprint) -> None:
    """What was written, in which layers, and under which record."""
    from ..provenance.formats import _table

    described = any(r.written for r in _table.load().rows if (r.format, r.layer) == (imprint.format, "iptc"))
    words = _WORDS if described else _WORDS | {"metadata": "AIGC field"}
    say(f"{clean(path)}: {', '.join(words[layer] for layer in imprint.layers)}")
    if imprint.note:
        say(f"  {clean(imprint.note)}")
    if imprint.sidecar is not None:
        say(f"  manifest beside it: {clean(path)}.c2pa")
    details = {"provider": imprint.provider, "AIGC number": imprint.produce_id, "record": imprint.record}
    say("  " + ", ".join(f"{name} {clean(value)}" for name, value in details.items() if value))
