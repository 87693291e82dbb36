# SPDX-License-Identifier: Apache-2.0
"""One background thread for what must not hold the caller: encoding images, reading sources, asking git.

It starts with the first job and ends with the process.  Jobs run one by one in
the order they came; what waits is bounded in number and bytes, and a job that
does not fit is refused, for the caller to mark.  Jobs never raise.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from typing import Callable

from . import _forks

JOBS_MAX = 4096
BYTES_MAX = 128 * 1024 * 1024

_log = logging.getLogger("vireo")
_Job = tuple[Callable[[], None], int]


class Worker:
    """A queue and its thread.  Threads: any may submit."""

    def __init__(self) -> None:
        self._start_anew()
        _forks.watch(self)

    def _start_anew(self) -> None:
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._waiting = 0
        self._bytes = 0

    # The parent's jobs are the parent's to do.
    _after_fork = _start_anew

    def submit(self, job: Callable[[], None], size: int = 0) -> bool:
        """Queue `job`, which holds `size` bytes; False when there is no room."""
        with self._lock:
            if self._waiting >= JOBS_MAX or (self._bytes and self._bytes + size > BYTES_MAX):
                return False
            self._waiting += 1
            self._bytes += size
        self._jobs.put((job, size))
        self._ensure_thread()
        return True

    def drain(self, seconds: float) -> bool:
        """Wait until what was submitted so far is done; False when that took too long."""
        if threading.current_thread() is self._thread or not self._waiting:
            return True
        done = threading.Event()
        end = time.monotonic() + seconds
        while not self.submit(done.set):
            if time.monotonic() > end:
                return False
            time.sleep(0.01)
        return done.wait(max(0.0, end - time.monotonic()))

    def _ensure_thread(self) -> None:
        if self._thread is not None:
            return
        with self._lock:
            if self._thread is not None:
                return
            thread = threading.Thread(target=self._run, args=(self._jobs,), name="vireo-worker", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the interpreter is shutting down: no more threads
                thread = None  # type: ignore[assignment]
            self._thread = thread
        if thread is None:
            self._run_waiting()

    def _run_waiting(self) -> None:
        while True:
            try:
                job, size = self._jobs.get_nowait()
            except queue.Empty:
                return
            self._do(job, size)

    def _run(self, jobs: queue.SimpleQueue[_Job]) -> None:
        while True:
            job, size = jobs.get()
            self._do(job, size)
            del job  # not to hold what it holds until the next one comes

    def _do(self, job: Callable[[], None], size: int) -> None:
        try:
            job()
        except Exception:
            _log.debug("a background job failed", exc_info=True)
        finally:
            with self._lock:
                self._waiting -= 1
                self._bytes -= size
