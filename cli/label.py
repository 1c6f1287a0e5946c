"""`indicia label`: marks files made elsewhere, in all layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..provenance.errors import IndiciaError, UsageError
from . import _layers as opt
from ._output import clean, is_folder, say

if TYPE_CHECKING:
    from ..provenance.imprint import Press


def label(
    paths: Annotated[list[Path], typer.Argument(help="Pictures, texts, video, sound, documents; folders are walked.")],
    *,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file for one, a folder for many.")] = None,
    in_place: Annotated[bool, typer.Option("--in-place", help="Put the marked files in the place of the old.")] = False,
    grade: Annotated[str, typer.Option("--label", help="AIGC class: 1 generated, 2 possibly, 3 suspected.")] = "1",
    model: Annotated[str, typer.Option(help="The model that made them, where it is known.")] = "",
    provider: opt.Provider = "",
    lang: opt.Lang = None,
    place: opt.Place = "bottom_right",
    heard: Annotated[
        str, typer.Option(help="The label of sound: speech, or rhythm (short long, short short).")
    ] = "speech",
    no_visible: opt.NoVisible = False,
    no_watermark: opt.NoWatermark = False,
    no_metadata: opt.NoMetadata = False,
    no_sign: opt.NoSign = False,
    no_register: opt.NoRegister = False,
    no_training: opt.NoTraining = False,
    registry: opt.Registry = "",
    keys: opt.Keys = None,
) -> None:
    """Mark files made elsewhere: visible label, watermark, AIGC and IPTC fields, C2PA manifest, registry record.

    Each file gets all layers or stays as it was. Without -o a marked copy NAME.labelled.EXT is written beside it.
    A file that was marked here already is left as it is. There is no watermark for video, sound and documents yet.
    What can carry no manifest inside gets it beside it, in FILE.c2pa.
    """
    from dataclasses import replace

    from ..provenance.imprint import Press

    if output is not None and in_place:
        raise UsageError("give either -o or --in-place")
    without = {"visible": no_visible, "watermark": no_watermark, "metadata": no_metadata, "signature": no_sign,
               "record": no_register}  # fmt: skip
    asked = opt.settings(
        provider=provider, lang=lang, place=place, registry=registry, keys=keys, without=without,
        no_training=no_training, label=grade,
    )  # fmt: skip
    if heard not in ("speech", "rhythm"):
        raise UsageError(f"--heard {heard!r} is not known; choose speech or rhythm")
    asked = replace(asked, sound_form="rhythm" if heard == "rhythm" else "speech")
    pairs = list(_pairs(paths, output, in_place))
    failed = 0
    with Press.open(asked) as press:
        for source, target in pairs:
            try:
                _one(press, source, target, grade, model)
            except IndiciaError as error:
                failed += 1
                say(f"indicia: {clean(_named(source, error))}")
    if failed:
        say(f"indicia: {failed} of {len(pairs)} not marked; they are as they were")
        raise typer.Exit(2)


commands = (label,)


def _one(press: Press, source: Path, target: Path, grade: str, model: str) -> None:
    from ..provenance.asset import Asset
    from ..provenance.imprint import from_elsewhere
    from ._progress import measured

    asset = Asset.open(source)
    if record := press.record_of(asset):
        say(f"{clean(source)}: marked already, record {record}; left as it is")
        return
    work = from_elsewhere(asset, label=grade, model=model)
    target.parent.mkdir(parents=True, exist_ok=True)
    with measured(source.name) as progress:
        imprint = press.imprint(work, target=target, progress=progress)
    opt.tell(target, imprint)


def _pairs(paths: Sequence[Path], output: Path | None, in_place: bool) -> Iterator[tuple[Path, Path]]:
    """Each file with where its marked form goes."""
    from ..provenance.credentials.sign import candidates

    single = len(paths) == 1 and not paths[0].is_dir()
    for path in paths:
        for source in sorted(candidates(path)) if path.is_dir() else [path]:
            if in_place:
                yield source, source
            elif output is None:
                yield source, source.with_name(f"{source.stem}.labelled{source.suffix}")
            elif single and not is_folder(output, source):
                yield source, output
            else:
                yield source, output / (source.relative_to(path) if path.is_dir() else source.name)


def _named(source: Path, error: IndiciaError) -> str:
    return str(error) if source.name in str(error) else f"{source}: {error}"
