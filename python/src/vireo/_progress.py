# SPDX-License-Identifier: Apache-2.0
"""A progress bar on standard error: one line that is written over, and nothing at all when nobody looks.

infer  [##############................]  1,240 of 5,000   38 s left
"""

from __future__ import annotations

import sys
import threading
import time

WIDTH = 30
EVERY_SECONDS = 0.1


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


class Progress:
    """How far a long job is.  Threads: any may call `advance`.

    Args:
        what: is being done, one word or two.
        total: how many there are.
        shown: default: whether standard error is a terminal.
    """

    def __init__(self, what: str, total: int, *, shown: bool | None = None) -> None:
        self.what = what
        self.total = total
        self.done = 0
        self._shown = sys.stderr.isatty() if shown is None else shown
        self._lock = threading.Lock()
        self._start = self._written = time.monotonic()
        self._width = 0

    def advance(self, count: int = 1) -> None:
        """`count` more are done."""
        with self._lock:
            self.done += count
            now = time.monotonic()
            if self._shown and now - self._written >= EVERY_SECONDS:
                self._written = now
                self._write(now)

    def line(self, elapsed: float) -> str:
        """The text after `elapsed` seconds."""
        share = min(1.0, self.done / self.total) if self.total else 1.0
        bar = "#" * round(WIDTH * share)
        rest = elapsed / self.done * (self.total - self.done) if self.done else 0.0
        left = f"{_duration(rest)} left" if rest > 0 else _duration(elapsed)
        return f"{self.what}  [{bar:.<{WIDTH}}]  {self.done:,} of {self.total:,}  {left}"

    def _write(self, now: float) -> None:
        text = self.line(now - self._start)
        sys.stderr.write("\r" + text.ljust(self._width))
        sys.stderr.flush()
        self._width = len(text)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown and self.done:
            self._write(time.monotonic())
            sys.stderr.write("\n")
            sys.stderr.flush()
