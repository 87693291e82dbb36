# SPDX-License-Identifier: Apache-2.0
"""What goes to the server in parts: inferences as checkpoints, metrics of samples as columns."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from .._data_object import canonical
from ._remote import Remote

CHECKPOINT_ITEMS = 2000
CHECKPOINT_BYTES = 4 * 1024 * 1024
CHECKPOINT_SECONDS = 2.0
ROWS = 10_000
CELLS = 400_000


class Checkpoints:
    """Inferences on their way to the server: sent together, but soon.

    Those that were added before an exception are sent, too.
    """

    def __init__(self, remote: Remote, path: str, reset: bool) -> None:
        self._remote = remote
        self._path = path
        self._reset = reset
        self._waiting: list[dict[str, Any]] = []
        self._bytes = 0
        self._sent = time.monotonic()

    def add(self, inference: dict[str, Any]) -> None:
        """Keep one."""
        self._waiting.append(inference)
        self._bytes += len(canonical(inference["inference"]))
        full = len(self._waiting) >= CHECKPOINT_ITEMS or self._bytes >= CHECKPOINT_BYTES
        if full or time.monotonic() - self._sent >= CHECKPOINT_SECONDS:
            self.send()

    def send(self) -> None:
        """Send what waits; it is on the server's disk when this returns."""
        waiting, self._waiting, self._bytes = self._waiting, [], 0
        if waiting:
            self._remote.call("POST", f"{self._path}/inferences", {"inferences": waiting, "reset": self._reset})
        self._sent = time.monotonic()

    def __enter__(self) -> Checkpoints:
        return self

    def __exit__(self, *_: object) -> None:
        self.send()


def columns_of(numbers: list[int], rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Rows as bodies of numbers and columns, each small enough for one request.  A row lacks nothing: what
    others have and it has not is null."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    size = max(1, min(ROWS, CELLS // max(1, len(names))))
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        yield {
            "numbers": numbers[start : start + size],
            "columns": {name: [row.get(name) for row in part] for name in names},
        }
