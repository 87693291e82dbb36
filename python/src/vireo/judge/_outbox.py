# SPDX-License-Identifier: Apache-2.0
"""Scores on their way to the server: sent in batches, again while it is away, bounded."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any, Callable

from .. import _errors
from ._judge import body

_log = logging.getLogger("vireo")
BATCH = 500
WAITING_MAX = 20_000
LINGER_SECONDS = 0.3
BACKOFF_SECONDS = (0.2, 10.0)
REQUEST_SECONDS = 30.0
_AGAIN = frozenset({429, 500, 502, 503, 504, 507})

Request = Callable[[str, str, "bytes | None", float], Any]


class Outbox:
    """A bounded list of rows for POST /scores.  Threads: any; of those that pump, one sends and the others wait.

    Args:
        request: sends one request.
    """

    def __init__(self, request: Request) -> None:
        self._request = request
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._rows: list[dict[str, Any]] = []
        self._since = 0.0
        self._next_try = 0.0
        self._backoff = 0.0
        self.sent = self.rejected = self.dropped = 0
        self.last_problem: str | None = None

    def add(self, rows: list[dict[str, Any]]) -> None:
        """Queue rows; past the limit the oldest are given up and counted."""
        with self._lock:
            if not self._rows:
                self._since = time.monotonic()
            self._rows += rows
            excess = len(self._rows) - WAITING_MAX
            if excess > 0:
                self.dropped += excess
                del self._rows[:excess]

    @property
    def waiting(self) -> int:
        return len(self._rows)

    def pump(self, hurry: bool = False, timeout: float = REQUEST_SECONDS) -> bool:
        """Send what is due; whether nothing waits any more.

        Args:
            hurry: do not linger for more to come.
            timeout: seconds for each request.
        """
        with self._sending:
            while self._rows:
                now = time.monotonic()
                due = hurry or len(self._rows) >= BATCH or now - self._since >= LINGER_SECONDS
                if not due or now < self._next_try:
                    return False
                with self._lock:
                    batch = self._rows[:BATCH]
                if not self._send(batch, timeout):
                    return False
            return True

    def _send(self, batch: list[dict[str, Any]], timeout: float) -> bool:
        try:
            answer = self._request("POST", "/scores", body({"scores": batch}), timeout) or {}
        except _errors.RefusedError as exc:
            if exc.status in _AGAIN:
                return self._later(exc)
            # Not for repeating: one bad row must not hold up the others.  Once the server is away, the rest waits.
            if len(batch) > 1:
                half = len(batch) // 2
                return self._send(batch[:half], timeout) and self._send(batch[half:], timeout)
            self._refused(str(exc), 1)
        except _errors.VireoError as exc:
            return self._later(exc)
        else:
            self._backoff = 0.0
            for one in answer.get("rejected") or []:
                self._refused(str(one.get("detail") or one), 1)
            self.sent += len(batch) - len(answer.get("rejected") or [])
        self._remove(batch)
        return True

    def _remove(self, batch: list[dict[str, Any]]) -> None:
        gone = {id(row) for row in batch}
        with self._lock:
            self._rows = [row for row in self._rows if id(row) not in gone]
            self._since = time.monotonic()

    def _refused(self, why: str, count: int) -> None:
        self.rejected += count
        self.last_problem = why
        _log.warning("a score was refused: %s", why)

    def _later(self, exc: Exception) -> bool:
        self.last_problem = str(exc)
        least, most = BACKOFF_SECONDS
        self._backoff = min(most, max(least, self._backoff * 2))
        self._next_try = time.monotonic() + self._backoff
        return False
