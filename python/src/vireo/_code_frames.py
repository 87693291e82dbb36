# SPDX-License-Identifier: Apache-2.0
"""What goes through the pipes to a process with stored code: four bytes of length, then JSON."""

from __future__ import annotations

import json
import os
import struct
from typing import Any

FRAME_MAX = 256 * 1024 * 1024
LENGTH = struct.Struct(">I")
READY = LENGTH.pack(0)  # an empty frame
_NUMBERS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def read_exactly(fd: int, size: int) -> bytes | None:
    """`size` bytes; None when the other side is gone."""
    parts = []
    while size:
        part = os.read(fd, min(size, 1 << 20))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def frame(value: Any) -> bytes:
    data = json.dumps(value, separators=(",", ":")).encode("ascii")
    return LENGTH.pack(len(data)) + data


def read_frame(fd: int) -> Any:
    """The next frame's value; None at the end."""
    head = read_exactly(fd, LENGTH.size)
    if head is None or LENGTH.unpack(head)[0] > FRAME_MAX:
        return None
    data = read_exactly(fd, LENGTH.unpack(head)[0])
    return None if data is None else json.loads(data)


def _revive(found: dict[str, Any]) -> Any:
    number = found.get("$float") if len(found) == 1 else None
    return _NUMBERS.get(number, found) if isinstance(number, str) else found


def decoded(text: str | None) -> Any:
    """A recorded input or output: JSON as Python's values; text that is no JSON stays text."""
    if text is None:
        return None
    try:
        return json.loads(text, object_hook=_revive)
    except (ValueError, RecursionError):
        return text
