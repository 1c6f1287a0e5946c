"""What a scan looks with: the registry opened, the keys and trust anchors loaded, the text model's tokenizer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .scan import Options


def looking(options: Options) -> dict[str, Any]:
    """The settings of `inspect_path` that go with these options.

    Raises:
        IndiciaError: a registry, key or trust file that cannot be used.
    """
    return {"deep": options.marks, "seconds": options.seconds}
