"""Reads a pipeline's own Python code, without running it, for ways around the marking.

What is looked for: pictures and texts of diffusers or transformers that are saved without passing through
`generators.mark`, diffusers' own watermark switched off, and pictures that are opened and saved again without their
metadata. What is built at run time is not seen; each finding says how sure it is, and what to do.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

from .facts import CodeFinding

MAX_BYTES = 1 << 20  # of one source file
MAX_FILES = 5_000
_LOADERS = ("from_pretrained", "from_single_file", "pipeline")
_LIBRARIES = ("diffusers", "transformers")
_SAVES = frozenset({"save", "imsave", "imwrite", "export_to_video", "write_text", "write_bytes"})
_MARKING = frozenset({"mark"})
_READS = frozenset({"Image.open", "cv2.imread", "imageio.imread", "iio.imread"})
_KEEPS = frozenset({"exif", "pnginfo", "xmp"})  # what a save is given to keep metadata


def inspect_code(root: Path, globs: Sequence[str]) -> tuple[CodeFinding, ...]:
    """Findings in the Python files below `root` that match `globs`, by file and line."""
    found: list[CodeFinding] = []
    paths = sorted({path for glob in globs for path in root.glob(glob) if path.suffix == ".py" and path.is_file()})
    for path in paths[:MAX_FILES]:
        found += inspect_source(path, str(path.relative_to(root)))
    if len(paths) > MAX_FILES:
        found.append(CodeFinding(str(root), 0, f"more than {MAX_FILES} files; the rest was not read", "high"))
    return tuple(found)


def inspect_source(path: Path, name: str) -> Iterator[CodeFinding]:
    """Findings in one file; a file that is no Python is a finding itself, since nothing in it was seen."""
    try:
        if path.stat().st_size > MAX_BYTES:
            yield CodeFinding(name, 1, f"larger than {MAX_BYTES} bytes, not read", "high")
            return
        tree = ast.parse(path.read_bytes(), name)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
        yield CodeFinding(
            name, getattr(error, "lineno", None) or 1, f"cannot be read as Python: {type(error).__name__}", "high"
        )
        return
    yield from _Scope(name, tree).findings()


class _Scope:
    """One module: which names hold generators, which hold their output, and what happens to those."""

    def __init__(self, name: str, tree: ast.Module) -> None:
        self.name, self.tree = name, tree
        imported = {alias.name.split(".")[0] for node in ast.walk(tree) for alias in _aliases(node)}
        self.generates = bool(imported.intersection(_LIBRARIES))
        self.concerned = self.generates or "indicia" in imported
        self.opened: set[str] = set()  # names that hold pictures read from files
        self.models: set[str] = set()
        self.outputs: set[str] = set()

    def findings(self) -> Iterator[CodeFinding]:
        """In the order of lines."""
        if not self.concerned:
            return
        self._follow()
        for node in sorted(_calls(self.tree), key=lambda call: (call.lineno, call.col_offset)):
            yield from self._watermark_off(node)
            yield from self._unmarked_save(node)
            yield from self._dropping_save(node)

    def _follow(self) -> None:
        """Names bound to models and to what models return; repeated until nothing new is found."""
        before = -1
        while before != (before := len(self.models) + len(self.outputs) + len(self.opened)):
            for node in ast.walk(self.tree):
                if isinstance(node, ast.Assign) and len(node.targets) == 1:
                    self._bind(node.targets[0], node.value)
                elif isinstance(node, ast.For):
                    self._bind(node.target, node.iter)

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        for name in (n.id for n in ast.walk(target) if isinstance(n, ast.Name)):
            if self._is_loader(value):
                self.models.add(name)
            elif self._is_output(value):
                self.outputs.add(name)
            elif self._is_opened(value):
                self.opened.add(name)

    def _is_loader(self, value: ast.expr) -> bool:
        """`X.from_pretrained(...)`, also with `.to(device)` behind it; not what has been wrapped by mark()."""
        while (
            isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in ("to", "eval")
        ):
            value = value.func.value
        return isinstance(value, ast.Call) and _last(value.func) in _LOADERS

    def _is_output(self, value: ast.expr) -> bool:
        if any(_last(call.func) in _MARKING for call in _calls(value)):
            return False
        if any(_root(call.func) in self.models for call in _calls(value)):
            return True
        return any(isinstance(n, ast.Name) and n.id in self.outputs for n in ast.walk(value))

    def _is_opened(self, value: ast.AST) -> bool:
        """A picture from a file, or made from one; not what has been marked since."""
        calls = list(_calls(value))
        if any(_last(call.func) in _MARKING for call in calls):
            return False
        if any(ast.unparse(call.func).endswith(tuple(_READS)) for call in calls):
            return True
        return any(isinstance(n, ast.Name) and n.id in self.opened for n in ast.walk(value))

    def _dropping_save(self, call: ast.Call) -> Iterator[CodeFinding]:
        if _last(call.func) not in ("save", "imsave", "imwrite") or _KEEPS & {word.arg for word in call.keywords}:
            return
        if self._is_opened(call):
            what = "a picture is opened and saved without its metadata; label it again, or hand exif and xmp on"
            yield CodeFinding(self.name, call.lineno, what, "medium")

    def _watermark_off(self, call: ast.Call) -> Iterator[CodeFinding]:
        for keyword in call.keywords:
            if (
                keyword.arg == "add_watermarker"
                and isinstance(keyword.value, ast.Constant)
                and keyword.value.value is False
            ):
                yield CodeFinding(
                    self.name, call.lineno, "the pipeline's own watermark is switched off; leave it on", "high"
                )

    def _unmarked_save(self, call: ast.Call) -> Iterator[CodeFinding]:
        if _last(call.func) not in _SAVES:
            return
        direct = any(_root(inner.func) in self.models for inner in _calls(call) if inner is not call)
        named = {n.id for n in ast.walk(call) if isinstance(n, ast.Name)} & self.outputs
        marked = any(_last(inner.func) in _MARKING for inner in _calls(call))
        if (direct or named) and not marked:
            sure = "high" if direct or len(named) == 1 else "medium"
            yield CodeFinding(self.name, call.lineno, "a model's output is saved without passing through mark()", sure)


def _aliases(node: ast.AST) -> Iterator[ast.alias]:
    if isinstance(node, ast.Import):
        yield from node.names
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield ast.alias(node.module)


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    return (n for n in ast.walk(node) if isinstance(n, ast.Call))


def _last(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def _root(func: ast.expr) -> str:
    """The name that a call begins with: `pipe` in `pipe(...)`, `model` in `model.generate(...)`."""
    while isinstance(func, ast.Attribute | ast.Subscript | ast.Call):
        func = func.func if isinstance(func, ast.Call) else func.value
    return func.id if isinstance(func, ast.Name) else ""
