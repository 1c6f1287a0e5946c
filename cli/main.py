"""The `indicia` command: mounts one group a file, and turns errors into messages and exit codes.

Exit codes: 0 clean, 1 findings, 2 usage or unusable input, 3 could not be determined (with --strict), 4 our fault.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import inspect
import os
import pkgutil
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from ..provenance.errors import IndiciaError
from ..provenance.plain import clean

CLEAN, FINDINGS, USAGE, UNDECIDED, FAULT = range(5)


class Commands(TyperGroup):
    """Every file of this folder adds what it binds: `commands`, a tuple of functions, each a command; and `group`.

    A `typer.Typer` bound to `group` takes the file's name. A command is built when it is run or completed, and only
    that one: building all of them would take longer than most of them run.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of all commands and groups, sorted."""
        return sorted(_every())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command or group of that name, or None."""
        found = _of_file(cmd_name).get(cmd_name) or _every().get(cmd_name)
        if found is None:
            return None
        tree = typer.Typer(**_STYLE)
        tree.callback()(lambda: None)  # with a callback it stays a group, whatever is in it
        if isinstance(found, typer.Typer):
            tree.add_typer(found, name=cmd_name)
        else:
            tree.command(cmd_name)(found)
        built: Any = typer.main.get_command(tree)
        return built.commands[cmd_name]

    def invoke(self, ctx: Any) -> Any:
        """Run the command; that the reader of a pipe leaves early is no error."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is still buffered goes nowhere
            raise typer.Exit(CLEAN) from None

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The list in `--help`, from the first sentences of their docstrings."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _first_sentence(found)) for name, found in sorted(_every().items())])


_STYLE: dict[str, Any] = {"add_completion": False, "pretty_exceptions_enable": False, "rich_markup_mode": None}


def app() -> typer.Typer:
    """The whole command tree."""
    tree = typer.Typer(
        name="indicia", no_args_is_help=True, cls=Commands, **_STYLE | {"add_completion": True},
        help="Mark, sign, label, recover, scan and audit AI-generated content. Offline unless asked.",
    )  # fmt: skip
    tree.callback()(_root)
    return tree


def main() -> None:
    """Run the command line; the process ends with one of the five exit codes."""
    try:
        app()()
    except IndiciaError as error:
        print(f"indicia: {clean(error)}", file=sys.stderr)
        sys.exit(USAGE)
    except KeyboardInterrupt:
        sys.exit(130)
    except SystemExit:
        raise
    except Exception as error:
        if os.environ.get("INDICIA_DEBUG"):
            raise
        print(f"indicia: internal error: {type(error).__name__}: {clean(error)}", file=sys.stderr)
        print("Set INDICIA_DEBUG=1 to see where, and please report it.", file=sys.stderr)
        sys.exit(FAULT)


def _print_version(asked: bool) -> None:
    if asked:
        import importlib.metadata

        print(f"indicia {importlib.metadata.version('indicia')}")
        raise typer.Exit


def _root(
    version: bool = typer.Option(
        False, "--version", help="Print the version and exit.", is_eager=True, callback=_print_version
    ),
) -> None:
    """Nothing of its own: the options that every command has before its name."""


@functools.cache
def _every() -> dict[str, Any]:
    """Name -> function or `typer.Typer`, of every file."""
    files = (m.name for m in pkgutil.iter_modules([os.path.dirname(__file__)]))
    return {name: found for file in files for name, found in _of_file(file).items()}


@functools.cache
def _of_file(file: str) -> dict[str, Any]:
    """What one file of this folder adds; nothing when there is no such file."""
    name = file.replace("-", "_")
    if name == "main" or name.startswith("_") or not importlib.util.find_spec(f"{__package__}.{name}"):
        return {}
    module = importlib.import_module(f"{__package__}.{name}")
    found: dict[str, Any] = {f.__name__.replace("_", "-"): f for f in getattr(module, "commands", ())}
    if hasattr(module, "group"):
        found[name.replace("_", "-")] = module.group
    return found


def _first_sentence(found: Any) -> str:
    text = found.info.help or "" if isinstance(found, typer.Typer) else inspect.getdoc(found) or ""
    return text.split("\n\n")[0].replace("\n", " ").split(". ")[0].rstrip(".") + "."
