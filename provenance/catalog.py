"""Finds the methods of a folder without importing them, and loads one on first use.

A folder of methods is a package whose `__init__.py` holds the contract; each other file whose name does not begin
with an underscore is a method and ends in one typed line, such as `mark: Mark = DwtDctSvd()`. Packages from outside
add methods by an entry point whose group is the folder's import name.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import pkgutil
from typing import Any

from .errors import UsageError


@functools.cache
def names(package: str) -> tuple[str, ...]:
    """The sorted names of all methods in `package` ("indicia.provenance.marks"), built in and from plugins.

    Raises:
        UsageError: a plugin bears the name of a built-in method.
    """
    own = {m.name for m in pkgutil.iter_modules(importlib.import_module(package).__path__) if m.name[0] != "_"}
    plugins = [point.name for point in importlib.metadata.entry_points(group=package)]
    twice = own.intersection(plugins) | {name for name in plugins if plugins.count(name) > 1}
    if twice:
        raise UsageError(f"two methods named {', '.join(sorted(twice))} in {package}: uninstall one of the plugins")
    return tuple(sorted(own | set(plugins)))


@functools.cache
def load(package: str, name: str, attribute: str) -> Any:
    """The method `name` of `package`: the value its file binds to `attribute`.

    Raises:
        UsageError: no method of that name; the text lists those there are.
    """
    for point in importlib.metadata.entry_points(group=package, name=name):
        return point.load()
    if name not in names(package):
        raise UsageError(f"no {attribute} named {name!r}; there are: {', '.join(names(package))}")
    return getattr(importlib.import_module(f"{package}.{name}"), attribute)
