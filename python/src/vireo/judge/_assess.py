# SPDX-License-Identifier: Apache-2.0
"""Judging the calls of this program, off its threads.

    a call ends --> native list --dispatcher--> a line for each judge --its threads--> libvireo's queue --> server

The caller only appends to the native list (src/native/judged.c).  Scores travel as
spans do, behind them, through the spool while the server is away.  Everything is
bounded: what does not fit is counted, and `vireo worker` can judge it later,
since the spans say in `vireo.judges` who was to judge them.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import _errors, _forks
from .._code_process import CodePool
from ._judge import body, chosen
from ._panel import CodeJudge, Panel, Runnable, Subject, subject_of

if TYPE_CHECKING:
    from .._client import Vireo

_log = logging.getLogger("vireo")
PROCESSES = 2
TAKEN = 256
TICK_SECONDS = 0.05
LINE_BYTES = 64 * 1024 * 1024
READ_TRIES = 30
READ_PAUSE = 1.0
_FROM_SERVER = frozenset({"trace", "metadata", "expected"})
FAILED = "the call failed"


class Assigned(NamedTuple):
    """A judge of a traced function; `sample`: the share of the traces that it judges."""

    tag: str
    judge: Any  # a Judge or an LLMJudge
    version: dict[str, Any]  # its registration
    sample: float


class Ended(NamedTuple):
    """A call that ended, as src/native/judged.c tells it."""

    judges: tuple[Assigned, ...]
    trace_id: bytes
    span_id: bytes
    trace_start: int
    input: bytes | None
    output: bytes | None
    failed: bool

    @property
    def size(self) -> int:
        return len(self.input or b"") + len(self.output or b"") + 500


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "replace")


class _Line:
    """What waits for one judge, and the threads that work it off."""

    def __init__(self, owner: Assessor, assigned: Assigned) -> None:
        self.owner = owner
        self.assigned = assigned
        self.runnable = owner.runnable(assigned)
        self.waiting = 0
        self.bytes = 0
        self._stopped = False
        self._queue: queue.SimpleQueue[Ended | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = getattr(assigned.judge, "concurrency", 1)
        for _ in range(self._threads):
            threading.Thread(target=self._run, name=f"vireo-judge-{assigned.tag}", daemon=True).start()

    def put(self, ended: Ended) -> bool:
        with self._lock:
            if self._stopped or (self.bytes and self.bytes + ended.size > LINE_BYTES):
                return False
            self.waiting += 1
            self.bytes += ended.size
            self._queue.put(ended)
        return True

    def stop(self) -> None:
        """End the threads; what still waits is not judged any more."""
        with self._lock:
            self._stopped = True
            for _ in range(self._threads):
                self._queue.put(None)

    def _run(self) -> None:
        while (ended := self._queue.get()) is not None:
            try:
                self.owner.judge(self.assigned.tag, self.runnable, ended)
            except Exception:
                _log.debug("judging failed", exc_info=True)
            with self._lock:
                self.waiting -= 1
                self.bytes -= ended.size


class Assessor:
    """The judges of one client.  Threads: any."""

    def __init__(self, vr: Vireo) -> None:
        self._vr = vr
        self._native = vr._client
        self._start_anew()
        self._native.judge_with(self._wake)
        _forks.watch(self)

    def _start_anew(self) -> None:
        self._signal: queue.SimpleQueue[None] = queue.SimpleQueue()  # it may be put to from anywhere, also a finalizer
        self._starting = threading.Lock()
        self._lock = threading.Lock()  # of `closed` with the lines, and of the counts
        self._thread: threading.Thread | None = None
        self._lines: dict[str, _Line] = {}
        self._busy = False
        self._hurry = False
        self.closed = False
        self.unjudged = 0
        self.unsent = 0
        self._refusals_told = 0
        self.panel = Panel()
        self._pool = CodePool(PROCESSES)

    # The parent's calls are the parent's to judge.
    _after_fork = _start_anew

    def _wake(self) -> None:
        """On the caller's thread, when a call ended and no other was waiting."""
        if self._thread is None and not self.closed and self._starting.acquire(blocking=False):
            thread = threading.Thread(target=self._run, name="vireo-judges", daemon=True)
            try:
                thread.start()
                self._thread = thread
            finally:
                self._starting.release()
        self._signal.put(None)

    # ---------------------------------------------------------------- dispatcher

    def _run(self) -> None:
        while not self.closed:
            self._signal.get()
            if not self._hurry:
                time.sleep(TICK_SECONDS)  # more may come: they are cheaper together
            self._dispatch()
            self._tell_refusals()

    def _in_lines(self) -> int:
        return sum(line.waiting for line in list(self._lines.values()))

    def _dispatch(self) -> None:
        self._busy = True
        try:
            while True:
                taken = self._native.take_judged(TAKEN)
                for one in taken:
                    self._assign(Ended(*one))
                if len(taken) < TAKEN:
                    return
        finally:
            self._busy = False

    def _assign(self, ended: Ended) -> None:
        trace_id = ended.trace_id.hex()
        for assigned in ended.judges:
            if not chosen(trace_id, assigned.sample):
                continue
            line = self._line(assigned)
            if line is None or not line.put(ended):
                self._leave()

    def _line(self, assigned: Assigned) -> _Line | None:
        """Of a judge; None after the end."""
        with self._lock:
            if assigned.tag not in self._lines and not self.closed:
                self._lines[assigned.tag] = _Line(self, assigned)
            return self._lines.get(assigned.tag)

    def _leave(self) -> None:
        """Count a judgement that `vireo worker` has to give."""
        with self._lock:
            self.unjudged += 1

    # ---------------------------------------------------------------- judging

    def runnable(self, assigned: Assigned) -> Runnable:
        """What runs a judge: itself, or a process with its code."""
        if assigned.version["kind"] == "code":
            return CodeJudge(self._pool, assigned.judge.name, assigned.version)
        found: Runnable = assigned.judge.bound(self._vr)
        return found

    def judge(self, tag: str, judge: Runnable, ended: Ended) -> None:
        """Judge one call, on a thread of its line."""
        rows = [] if self.closed else self.panel.judge(tag, judge, self._subject(judge, ended))
        if self.closed:  # which broke it off: an error that says so would keep a worker from judging
            self._leave()
            return
        # Behind its span, whose model the server notes with the score.
        unsent = sum(not self._native.score(body(row)) for row in rows)
        with self._lock:
            self.unsent += unsent

    def _subject(self, judge: Runnable, ended: Ended) -> Subject:
        trace_id, span_id = ended.trace_id.hex(), ended.span_id.hex()
        problem = None
        if _FROM_SERVER.intersection(judge.parameters):
            try:
                return self._stored(trace_id, span_id)
            except _errors.VireoError as exc:
                problem = f"the trace could not be read: {exc}"
        values = {"inputs": _text(ended.input), "outputs": _text(ended.output)}
        return Subject(trace_id, span_id, ended.trace_start, values, problem or (FAILED if ended.failed else None))

    def _stored(self, trace_id: str, span_id: str) -> Subject:
        """The trace as the server has it, so that such judges see here what they see in a backfill."""
        problem: _errors.VireoError = _errors.VireoError("it did not arrive")
        for _ in range(READ_TRIES):
            self._native.flush(5.0)
            try:
                found = subject_of(self._vr.request("GET", f"/traces/{trace_id}"), span_id)
                if found is not None:
                    return found
            except (_errors.NotFoundError, _errors.UnreachableError) as exc:
                problem = exc
            if self.closed:
                break
            time.sleep(READ_PAUSE)
        raise problem

    # ---------------------------------------------------------------- end

    def _tell_refusals(self) -> None:
        refused = self._native.counters()["scores_rejected"]
        if refused > self._refusals_told:
            why = self._native.last_error()
            _log.warning("%d scores were refused by the server%s", refused - self._refusals_told, why and f": {why}")
        self._refusals_told = refused

    def drain(self, seconds: float) -> bool:
        """Wait until what ended so far is judged and its scores are queued; False when that took too long."""
        end = time.monotonic() + seconds
        self._hurry = True
        self._signal.put(None)
        try:
            while not self._idle():
                if time.monotonic() >= end:
                    return False
                time.sleep(0.005)
                self._signal.put(None)
            return True
        finally:
            self._hurry = False

    def _idle(self) -> bool:
        # In the order in which work moves on, so that none slips by.
        waiting = self._native.judged_counts()[0]
        return not waiting and not self._busy and not self._in_lines()

    def close(self) -> None:
        """Judge no more; what was not judged is counted."""
        self._tell_refusals()
        with self._lock:
            self.closed = True
        self._signal.put(None)
        for line in self._lines.values():
            line.stop()
        self._pool.close()

    def counters(self) -> dict[str, int]:
        return {"unjudged": self.unjudged + self._native.judged_counts()[1], "scores_unsent": self.unsent}
