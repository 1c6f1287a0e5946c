"""AMF0, the values of FLV script tags: enough to change a text in an object and to find the numbers that are places."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import BadContent, TooLarge, Unsupported

MAX_DEPTH = 32
MAX_VALUES = 200_000  # an index of key frames has two numbers for each; a film has some thousands
# AMF 0 specification, 2.1: type markers.
_NUMBER, _BOOLEAN, _STRING, _OBJECT, _NULL, _UNDEFINED, _REFERENCE = 0, 1, 2, 3, 5, 6, 7
_MAP, _LIST, _DATE, _LONG = 8, 10, 11, 12
_FIXED = {_NUMBER: 8, _BOOLEAN: 1, _NULL: 0, _UNDEFINED: 0, _REFERENCE: 2, _DATE: 10}
_TERMINATOR = b"\0\0\x09"


@dataclass(frozen=True, slots=True)
class Value:
    """One value: its marker is at `start`, its key (for members of objects) at `key_at`.

    `path` are the keys that lead to it; an item of a list has an empty one. `inner_end` is where one more member of
    an object would stand.
    """

    path: tuple[str, ...]
    key_at: int
    kind: int
    start: int
    end: int
    inner_end: int

    @property
    def is_number(self) -> bool:
        """Whether it is a double, whose eight bytes follow the marker."""
        return self.kind == _NUMBER

    @property
    def is_object(self) -> bool:
        """Whether it has members."""
        return self.kind in (_OBJECT, _MAP)

    @property
    def count_at(self) -> int | None:
        """Where the number of members stands, which an ECMA array tells and an object does not."""
        return self.start + 1 if self.kind == _MAP else None

    def text(self, data: bytes) -> bytes | None:
        """The bytes of a string; None for other values."""
        if self.kind not in (_STRING, _LONG):
            return None
        return data[self.start + (3 if self.kind == _STRING else 5) : self.end]


def values(data: bytes) -> tuple[Value, ...]:
    """All values one after another, what holds others behind those it holds.

    Raises:
        BadContent: a value that is cut off or of an unknown type.
        TooLarge: more values, or deeper ones, than are read.
    """
    walk, at = _Walk(data), 0
    while at < len(data):
        at = walk.value(at, (), at)
    return tuple(walk.found)


class _Walk:
    """What a walk has found; its methods say where the part that they read ends."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.found: list[Value] = []

    def value(self, at: int, path: tuple[str, ...], key_at: int) -> int:
        kind = self._number(at, 1)
        if len(path) > MAX_DEPTH or len(self.found) >= MAX_VALUES:
            raise TooLarge("an FLV script with more values, or deeper ones, than are read")
        inner_end = 0
        if kind in (_OBJECT, _MAP):
            inner_end = self._members(at + (1 if kind == _OBJECT else 5), path)
            # Some programs do not end the outermost object, and players take the end of the tag for it.
            end = inner_end + (0 if inner_end == len(self.data) and not path else len(_TERMINATOR))
        elif kind == _LIST:
            end = at + 5
            for _ in range(self._number(at + 1, 4)):
                end = self.value(end, (*path, ""), end)
        else:
            end = at + 1 + self._size(kind, at + 1)
        if end > len(self.data):
            raise BadContent("an FLV script that is cut off")
        self.found.append(Value(path, key_at, kind, at, end, inner_end))
        return end

    def _size(self, kind: int, at: int) -> int:
        if kind == _STRING:
            return 2 + self._number(at, 2)
        if kind == _LONG:
            return 4 + self._number(at, 4)
        if kind not in _FIXED:
            raise BadContent(f"an FLV script with a value of the unknown type {kind}")
        return _FIXED[kind]

    def _members(self, at: int, path: tuple[str, ...]) -> int:
        while self.data[at : at + 3] != _TERMINATOR and (path or at < len(self.data)):
            size = self._number(at, 2)
            key = self.data[at + 2 : at + 2 + size].decode("utf-8", "replace")
            at = self.value(at + 2 + size, (*path, key), at)
        return at

    def _number(self, at: int, width: int) -> int:
        if at + width > len(self.data):
            raise BadContent("an FLV script that is cut off")
        return int.from_bytes(self.data[at : at + width], "big")


def string(text: bytes) -> bytes:
    """A string value, long when it has to be."""
    if len(text) < 1 << 16:
        return bytes([_STRING]) + len(text).to_bytes(2, "big") + text
    return bytes([_LONG]) + len(text).to_bytes(4, "big") + text


def member(key: str, value: bytes) -> bytes:
    """A key and its value.

    Raises:
        Unsupported: a key of more than 65535 bytes, or an empty one.
    """
    name = key.encode()
    if not 0 < len(name) < 1 << 16:
        raise Unsupported("a key in an FLV script has 1 to 65535 bytes")
    return len(name).to_bytes(2, "big") + name + value


def array(member: bytes) -> bytes:
    """An ECMA array of one member."""
    return bytes([_MAP]) + (1).to_bytes(4, "big") + member + _TERMINATOR
