"""The `indicia` command: mounts one group a file, and turns errors into messages and exit codes.

Exit codes: 0 clean, 1 findings, 2 usage or unusable input, 3 could not be determined (with --strict), 4 our fault.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from typing import Any

import typer

from ..provenance.errors import IndiciaError

CLEAN, FINDINGS, USAGE, UNDECIDED, FAULT = range(5)


def app() -> typer.Typer:
    """The whole command tree.

    Every file of this folder that binds `commands` (a tuple of functions) adds top-level commands; one that binds
    `group` (a `typer.Typer`) adds a group under the file's name.
    """
    tree = typer.Typer(
        name="indicia", no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None,
        help="Mark, sign, label, recover, scan and audit AI-generated content. Offline unless asked.",
    )  # fmt: skip
    tree.callback()(_root)
    for module in sorted(m.name for m in pkgutil.iter_modules(importlib.import_module(__package__).__path__)):
        if module == "main" or module.startswith("_"):
            continue
        loaded: Any = importlib.import_module(f"{__package__}.{module}")
        for command in getattr(loaded, "commands", ()):
            tree.command()(command)
        if hasattr(loaded, "group"):
            tree.add_typer(loaded.group, name=module)
    return tree


def main() -> None:
    """Run the command line; the process ends with one of the five exit codes."""
    try:
        app()()
    except IndiciaError as error:
        print(f"indicia: {error}", file=sys.stderr)
        sys.exit(USAGE)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader of a pipe has left; nothing is wrong
        sys.exit(CLEAN)
    except SystemExit:
        raise
    except Exception as error:
        if os.environ.get("INDICIA_DEBUG"):
            raise
        print(f"indicia: internal error: {type(error).__name__}: {error}", file=sys.stderr)
        print("Set INDICIA_DEBUG=1 to see where, and please report it.", file=sys.stderr)
        sys.exit(FAULT)


def _root(
    version: bool = typer.Option(False, "--version", help="Print the version and exit.", is_eager=True),
) -> None:
    if version:
        import importlib.metadata

        print(f"indicia {importlib.metadata.version('indicia')}")
        raise typer.Exit
