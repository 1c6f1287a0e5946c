"""What a generator did: model, parameters, seed, prompt and times, and the log that is written while it happens."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..provenance import home
from ..provenance.errors import BadContent, WriteFailed
from ..provenance.evidence import Media
from .consent import Consent

if TYPE_CHECKING:
    from pydantic import TypeAdapter

SCHEMA = "indicia/creation@1"
Scalar = str | int | float | bool | None
_LONGEST = 2000  # characters of one parameter; what is longer is named by its digest


@dataclass(frozen=True, slots=True)
class Model:
    """Which model made it. `id` is a hub id or a bare name, never a path of this machine."""

    id: str
    revision: str = ""  # commit of the hub, or "sha256:..." of a local model's configuration
    licence: str = ""  # as its model card says
    library: str = ""  # such as "diffusers 0.42.1"


@dataclass(frozen=True, slots=True)
class Input:
    """Something the model was given beside the prompt: `role` is parent (it was edited) or reference."""

    role: str
    sha256: str
    format: str


@dataclass(frozen=True, slots=True)
class Creation:
    """One act of generating. Times are UTC in ISO 8601; `prompt` is empty unless the user keeps prompts.

    Law: `Creation.from_json(c.to_json()) == c`.
    """

    id: str
    media: Media
    model: Model
    parameters: tuple[tuple[str, Scalar], ...] = ()
    seed: int | None = None
    prompt: str = ""
    prompt_sha256: str = ""
    inputs: tuple[Input, ...] = ()
    started: str = ""
    finished: str = ""
    tool: str = ""
    consent: Consent | None = None  # of the person whose voice or face was given to the model

    def to_json(self) -> dict[str, Any]:
        """A JSON object under the schema `indicia/creation@1`."""
        return {"schema": SCHEMA, **_adapter().dump_python(self, mode="json")}

    @staticmethod
    def from_json(value: dict[str, Any] | str | bytes) -> Creation:
        """The creation in `value`, a JSON object or its text.

        Raises:
            BadContent: not a creation of version 1.
        """
        from pydantic import ValidationError

        try:
            found = json.loads(value) if isinstance(value, str | bytes) else dict(value)
            if found.pop("schema", None) != SCHEMA:
                raise BadContent(f"not a creation: its schema is not {SCHEMA}")
            return _adapter().validate_python(found)
        except (ValidationError, ValueError, TypeError, AttributeError, RecursionError) as error:
            raise BadContent(f"not a creation: {error}") from error


def begin(
    media: Media,
    model: Model,
    *,
    prompt: str = "",
    keep_prompt: bool = False,
    parameters: Mapping[str, object] = {},
    seed: int | None = None,
    inputs: tuple[Input, ...] = (),
    consent: Consent | None = None,
) -> Creation:
    """A creation that starts now. The prompt's SHA-256 is always kept, its words only with `keep_prompt`."""
    return Creation(
        id=secrets.token_hex(8),
        media=media,
        model=model,
        parameters=tuple(sorted((name, scalar(value)) for name, value in parameters.items())),
        seed=seed,
        prompt=prompt if keep_prompt else "",
        prompt_sha256=hashlib.sha256(prompt.encode("utf-8", "surrogatepass")).hexdigest() if prompt else "",
        inputs=inputs,
        started=now(),
        tool=tool(),
        consent=consent,
    )


def finish(creation: Creation) -> Creation:
    """The same creation, finished now."""
    return replace(creation, finished=now())


def now() -> str:
    """The time in UTC, to the millisecond, in ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def tool() -> str:
    """This tool and its version, "indicia/<version>"."""
    import importlib.metadata

    return f"indicia/{importlib.metadata.version('indicia')}"


def scalar(value: object) -> Scalar:
    """A parameter as it is logged: numbers, booleans and short texts as they are, everything else by type or digest.

    Objects are named by their type only: their `repr` may hold addresses, paths or data of the user.
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)  # noqa: PLR0124 - NaN test
    if isinstance(value, str):
        return value if len(value) <= _LONGEST else "sha256:" + hashlib.sha256(value.encode()).hexdigest()
    if isinstance(value, list | tuple) and len(value) <= 16 and all(isinstance(v, bool | int | float) for v in value):
        return json.dumps(list(value))
    return f"<{type(value).__name__}>"


@dataclass(frozen=True, slots=True)
class Log:
    """A month's creations, one JSON line an event, appended as they happen; only the owner can read it.

    Each line names the SHA-256 of the line before it, so that a line taken out or changed later shows.
    """

    folder: Path

    @classmethod
    def default(cls) -> Log:
        """The log in the user's data folder."""
        return cls(home.data_folder() / "creations")

    def append(self, event: str, creation: Creation, **more: Scalar) -> None:
        """Adds an event: started, finished or failed; it is on the disk when this returns.

        Raises:
            WriteFailed: the folder or the disk does not take it.
        """
        path = self.folder / f"{creation.started[:7]}.jsonl"
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "r+b") as stream:
                _lock(stream.fileno())
                line = {"event": event, "at": now(), "previous": _last(stream), **more, "creation": creation.to_json()}
                stream.seek(0, os.SEEK_END)
                stream.write(json.dumps(line, ensure_ascii=False, sort_keys=True).encode() + b"\n")
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise WriteFailed(f"{path}: the creation log cannot be written ({error.strerror or error})") from error

    def broken(self) -> tuple[str, ...]:
        """Where the chain of lines does not hold, as "file:line"; empty when all is as it was written."""
        found = []
        for path in sorted(self.folder.glob("*.jsonl")):
            previous = ""
            for number, line in enumerate(path.read_bytes().splitlines(), 1):
                try:
                    named = json.loads(line)["previous"]
                except (ValueError, TypeError, KeyError):
                    named = None
                if named != previous:
                    found.append(f"{path.name}:{number}")
                previous = hashlib.sha256(line).hexdigest()
        return tuple(found)


def _lock(handle: int) -> None:
    import fcntl

    fcntl.flock(handle, fcntl.LOCK_EX)  # two processes must not both follow the same line; closing lets go


def _last(stream: Any) -> str:
    """The digest of the last whole line; a line cut by a kill is closed first, and stays as evidence of it."""
    end, window = stream.seek(0, os.SEEK_END), 1 << 16
    if end == 0:
        return ""
    while True:
        start = max(0, end - window)
        stream.seek(start)
        tail: bytes = stream.read()
        if start == 0 or b"\n" in tail[:-1]:
            break
        window *= 16
    if not tail.endswith(b"\n"):
        stream.write(b"\n")
        tail += b"\n"
    return hashlib.sha256(tail[:-1].rsplit(b"\n", 1)[-1]).hexdigest()


def json_schema() -> dict[str, Any]:
    """The JSON Schema of `Creation.to_json`, published in `docs/schemas/creation-1.json`."""
    schema = _adapter().json_schema(mode="serialization")
    schema["properties"] |= {"schema": {"const": SCHEMA}}
    schema["required"] = ["schema", *schema.get("required", ())]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": SCHEMA}


@functools.cache
def _adapter() -> TypeAdapter[Creation]:
    from pydantic import TypeAdapter

    return TypeAdapter(Creation)
