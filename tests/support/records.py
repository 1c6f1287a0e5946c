"""Registry records for tests, and a program that writes many of them."""

import os
import subprocess
import sys
from typing import Any

from indicia.provenance.evidence import Media
from indicia.provenance.registry import Record

_WRITER = """
import sys
from indicia.provenance.evidence import Media
from indicia.provenance.registry import Binding, Record, Registry

url, name, count = sys.argv[1:]
with Registry.open(url) as registry:
    for n in range(int(count)):
        payload = registry.new_payload("small@1", 8)
        registry.add(Record(sha256=f"{n:064x}", media=Media.TEXT, format="text", title=name,
                            bindings=(Binding("mark:small@1", f"{payload:x}"), Binding("pdq@1", f"{n:064x}"))))
"""


def record(**changes: Any) -> Record:
    """A record of a picture, with these changes."""
    return Record(**{"sha256": "a" * 64, "media": Media.IMAGE, "format": "png", **changes})


def writer(url: str, name: str, count: int) -> "subprocess.Popen[bytes]":
    """A process that stores `count` records titled `name`, with 8-bit payloads so that two writers often meet."""
    environment = {**os.environ, "PYTHONWARNINGS": "error"}
    command = [sys.executable, "-c", _WRITER, url, name, str(count)]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
