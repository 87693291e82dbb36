# SPDX-License-Identifier: Apache-2.0
"""Processes for stored code, seen from the program that wants its results.

One process is kept and used again, since what the code imports may take
seconds; after anything unusual (out of time, killed, left threads or children
behind, `sys.exit`) its whole process group is killed and the next request starts
a new one.  It inherits no open file but its two pipes, and gets our `sys.path`.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from . import _forks
from ._code_frames import FRAME_MAX, LENGTH, frame, write_all

_log = logging.getLogger("vireo")
_START = """
import json, sys
sys.path[:] = json.loads(sys.argv.pop())
from vireo._code_child import main
main()
"""
START_SECONDS = 30.0  # for the interpreter and our imports; not taken from the code's own time


class Code(NamedTuple):
    """Stored code: `key` names it (a tag with its fingerprint), `parts` are its definitions or None."""

    key: str
    parts: list[dict[str, Any] | None]


class Outcome(NamedTuple):
    """`result`, or what went wrong; `fatal`: it took its process along; `more`: what is known beside the error."""

    result: Any
    error: str | None
    fatal: bool = False
    more: Mapping[str, Any] = MappingProxyType({})


class _Ended(Exception):
    pass


class _OutOfTime(Exception):
    pass


class CodeProcess:
    """One process and its pipes.  Threads: one at a time, see `CodePool`."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._known: set[str] = set()
        self._requests = 0

    # -- life

    def _start(self) -> None:
        if not sys.executable:
            raise _Ended("there is no Python interpreter to run it with")
        environment = {k: v for k, v in os.environ.items() if k != "TRACEPARENT"}
        process = subprocess.Popen(
            [sys.executable, "-c", _START, json.dumps([p for p in sys.path if isinstance(p, str)])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
            env=environment,
        )
        self._known = set()
        self._process = process
        try:
            self._read(LENGTH.size, time.monotonic() + START_SECONDS)  # the empty frame: it is there
        except _OutOfTime:
            raise _Ended(f"its process did not start within {START_SECONDS:g} s") from None

    def kill(self, wait: float = 0.0) -> int | None:
        """End the process with all that it started; the exit status, of its own if it ends within `wait` seconds."""
        process, self._process = self._process, None
        if process is None:
            return None
        status: int | None = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = process.wait(wait)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        status = process.wait() if status is None else status
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        return status

    def forget(self) -> None:
        """After a fork: it is the parent's."""
        process, self._process = self._process, None
        if process is not None:
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
            process.returncode = 0  # not ours to wait for

    # -- requests

    def run(
        self, task: str, code: Code, values: dict[str, str | None], seconds: float, memory_bytes: int, **more: Any
    ) -> Outcome:
        """Run `code` on the values, which are JSON texts.

        Args:
            task: "judge" or "infer".
            seconds, memory_bytes: what it may take.
            more: for the task.
        """
        try:
            if self._process is None or self._process.poll() is not None:
                self.kill()
                self._start()
            self._send(task, code, values, seconds, memory_bytes, more)
            answer = self._receive(time.monotonic() + seconds)
        except _OutOfTime:
            self.kill()
            return Outcome(None, f"it took longer than {seconds:g} s", fatal=True)
        except (_Ended, OSError, ValueError) as exc:
            return Outcome(None, self._explained(self.kill(0.5), exc), fatal=True)
        if not answer.get("good"):
            self.kill()
        error = answer.get("error")
        return Outcome(answer.get("result"), None if error is None else str(error), fatal=False)

    def _send(
        self, task: str, code: Code, values: dict[str, str | None], seconds: float, memory: int, more: dict[str, Any]
    ) -> None:
        assert self._process is not None and self._process.stdin is not None
        self._requests += 1
        request = {"id": self._requests, "task": task, "code": code.key, "values": values}
        request.update(more, seconds=seconds, memory_bytes=memory)
        if code.key not in self._known:
            request["definition"] = code.parts
        write_all(self._process.stdin.fileno(), frame(request))
        self._known.add(code.key)

    def _receive(self, deadline: float) -> dict[str, Any]:
        size = LENGTH.unpack(self._read(LENGTH.size, deadline))[0]
        if not 0 < size <= FRAME_MAX:
            raise _Ended("it wrote into our pipe")
        try:
            answer = json.loads(self._read(size, deadline))
        except ValueError:
            answer = None
        if not isinstance(answer, dict) or answer.get("id") != self._requests:
            raise _Ended("it wrote into our pipe")
        return answer

    def _read(self, size: int, deadline: float) -> bytes:
        assert self._process is not None and self._process.stdout is not None
        fd = self._process.stdout.fileno()
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        parts: list[bytes] = []
        while size:
            left = deadline - time.monotonic()
            if left <= 0 or not poll.poll(left * 1000):
                raise _OutOfTime
            part = os.read(fd, min(size, 1 << 20))
            if not part:
                raise _Ended("")
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    @staticmethod
    def _explained(status: int | None, exc: BaseException) -> str:
        if str(exc):
            return str(exc)
        if status is not None and status < 0:
            with contextlib.suppress(ValueError):
                return f"its process was killed by {signal.Signals(-status).name}"
        return f"its process ended with status {status}"


class CodePool:
    """A few processes, started when they are needed.  Threads: any; `run` waits for a free one.

    Args:
        size: how many may run at once.
    """

    def __init__(self, size: int = 1) -> None:
        self.size = max(1, size)
        self._start_anew()
        _forks.watch(self)

    def _start_anew(self) -> None:
        self._closed = False
        self._all: list[CodeProcess] = [CodeProcess() for _ in range(self.size)]
        self._free: queue.LifoQueue[CodeProcess] = queue.LifoQueue()
        for process in self._all:
            self._free.put(process)

    def _after_fork(self) -> None:
        for process in self._all:
            process.forget()
        self._start_anew()

    def run(
        self, task: str, code: Code, values: dict[str, str | None], seconds: float, memory_bytes: int, **more: Any
    ) -> Outcome:
        """See `CodeProcess.run`."""
        process = self._free.get()
        try:
            if self._closed:
                return Outcome(None, "the client was closed")
            return process.run(task, code, values, seconds, memory_bytes, **more)
        finally:
            self._free.put(process)

    def close(self) -> None:
        """Kill what runs, and start nothing more."""
        self._closed = True
        for process in self._all:
            process.kill()
