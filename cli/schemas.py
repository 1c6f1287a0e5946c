"""`indicia schemas`: the JSON Schemas of everything that indicia writes as JSON."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Annotated

import typer

from ..provenance.errors import UsageError

# name and version -> the module whose `json_schema()` makes it
SCHEMAS = {
    "creation-1": "generators.creation",
    "dossier-1": "provenance.dossier",
    "facts-1": "policies.facts",
    "manifest-1": "policies.manifest",
    "records-1": "policies.records",
    "record-1": "provenance.registry.record",
}


def schemas(
    names: Annotated[list[str] | None, typer.Argument(help="Which; all of them otherwise.")] = None,
    *,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write files into this folder.")] = None,
) -> None:
    """Print the JSON Schemas of dossiers, records, creations and facts, or write them into a folder."""
    from ..provenance.files import write_bytes

    for name in names or SCHEMAS:
        text = published(name)
        if output is None:
            print(text, end="")
        else:
            write_bytes(output / f"{name}.json", text.encode())


def published(name: str) -> str:
    """The text of `docs/schemas/<name>.json`.

    Raises:
        UsageError: no schema of that name.
    """
    if name not in SCHEMAS:
        raise UsageError(f"no schema {name!r}; there are: {', '.join(SCHEMAS)}")
    schema = importlib.import_module(f"..{SCHEMAS[name]}", __package__).json_schema()
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


commands = (schemas,)
