# SPDX-License-Identifier: Apache-2.0
"""The process in which stored code runs: rubrics of judges, old versions of models.

    parent <--an empty frame: ready------------------------------------------ here
           --frame: id, what to run (its definition the first time), values, limits-->
           <--frame: id, result or error, whether this process is still good ---------

A frame is four bytes of length and JSON.  What runs here may raise, print, exit,
fork, eat memory or never end: the parent holds the clock and kills the whole
process group; here are the limits that hold even when the parent is gone.  It
is no sandbox: the code has the rights of the user who runs it.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import os
import resource
import signal
import sys
import threading
import traceback
from typing import Any, Callable

from . import _native
from ._code_frames import READY, decoded, frame, read_frame, write_all
from ._load import load
from .judge._outcome import ERROR_MAX, as_json, cut, decide, scores_of

RESULT_MAX = 16 * 1024 * 1024
ALARM_GRACE = 2.0  # seconds behind the parent's clock
TASKS_MORE = 256  # processes and threads that the user may have more than now


# ---------------------------------------------------------------- limits


def _limit(kind: int, soft: float) -> None:
    _, hard = resource.getrlimit(kind)
    value = int(soft) if hard == resource.RLIM_INFINITY else min(int(soft), hard)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (value, hard))


def _tasks_of_user() -> int:
    """Threads of this user's processes, which is what RLIMIT_NPROC counts."""
    user, count = os.getuid(), 0
    for name in os.listdir("/proc") if os.path.isdir("/proc/self/task") else []:  # noqa: PTH112, PTH208
        with contextlib.suppress(OSError):
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid == user:  # noqa: PTH116
                count += len(os.listdir(f"/proc/{name}/task"))  # noqa: PTH208
    return count


def _set_limits(seconds: float, memory_bytes: int) -> None:
    """For what comes next: memory, processor time (also of each child), and a clock of our own."""
    _limit(resource.RLIMIT_DATA, memory_bytes)
    used = resource.getrusage(resource.RUSAGE_SELF)
    cores = os.cpu_count() or 1
    _limit(resource.RLIMIT_CPU, used.ru_utime + used.ru_stime + seconds * cores + 2)
    signal.setitimer(signal.ITIMER_REAL, seconds + ALARM_GRACE)


def _prepare() -> tuple[int, int]:
    """The pipes to the parent, out of the way of what runs here."""
    pipes = os.dup(0), os.dup(1)  # not inherited by programs that are started here
    nothing = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nothing, fd)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = sys.stderr = open(1, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # ends the process
    _limit(resource.RLIMIT_CORE, 0)
    tasks = _tasks_of_user()
    if tasks:
        _limit(resource.RLIMIT_NPROC, tasks + TASKS_MORE)
    return pipes


# ---------------------------------------------------------------- running


def finished(result: Any) -> Any:
    """The result itself; a coroutine's is waited for, a generator's are collected."""
    if inspect.iscoroutine(result):
        return asyncio.run(result)
    if inspect.isasyncgen(result):

        async def collect() -> list[Any]:
            return [item async for item in result]

        return _joined(asyncio.run(collect()))
    return _joined(list(result)) if inspect.isgenerator(result) else result


def _joined(chunks: list[Any]) -> Any:
    if chunks and all(isinstance(c, str) for c in chunks):
        return "".join(chunks)
    return chunks


class _Code:
    """What was loaded, by its key."""

    def __init__(self) -> None:
        self._loaded: dict[str, list[Callable[..., Any] | None]] = {}

    def get(self, request: dict[str, Any]) -> list[Callable[..., Any] | None]:
        key = request["code"]
        if key not in self._loaded:
            parts = request["definition"]
            self._loaded[key] = [
                load(key.partition("@")[0], part["source"], part.get("dependencies") or [], {}, part.get("packages"))
                if part
                else None
                for part in parts
            ]
        return self._loaded[key]


def _judge(functions: list[Callable[..., Any] | None], request: dict[str, Any]) -> Any:
    rubric, criteria = functions
    assert rubric is not None
    name = request["judge"]
    values = {k: decoded(v) for k, v in request["values"].items()}
    scores = scores_of(finished(rubric(**values)), name)
    decide(scores, (lambda v: finished(criteria(v))) if criteria else None, name)
    return as_json(scores)


def whole_text(value: Any) -> str:
    """`value` as JSON, all of it, while a trace keeps what is enough to read.

    Raises:
        ValueError: it is too large.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError):  # NaN, arrays, dataclasses ...: their forms as in a trace
        text = _native.encode(value, RESULT_MAX).decode("utf-8")
        if '{"$truncated":' in text:
            raise ValueError("the output is too large, or too deep, to be kept whole") from None
    if len(text) > RESULT_MAX:
        raise ValueError(f"the output has {len(text)} characters of JSON, at most {RESULT_MAX} are kept")
    return text


def call_with(function: Callable[..., Any], value: Any) -> Any:
    """Call a model with a sample's input: a dict by name where that fits its signature, else as it is."""
    if isinstance(value, dict):
        try:
            inspect.signature(function).bind(**value)
        except (TypeError, ValueError):
            return function(value)
        return function(**value)
    return function(value)


def _infer(functions: list[Callable[..., Any] | None], request: dict[str, Any]) -> Any:
    assert functions[0] is not None
    return whole_text(finished(call_with(functions[0], decoded(request["values"]["inputs"]))))


_TASKS = {"judge": _judge, "infer": _infer}


def told(exc: BaseException) -> str:
    """`ValueError: bad (line 3)`: the line is one of the stored source."""
    try:
        message = str(exc)
    except Exception:  # it has code of its own
        message = ""
    text = f"{type(exc).__name__}: {message}" if message else type(exc).__name__
    lines = [f.lineno for f in traceback.extract_tb(exc.__traceback__) if f.filename.startswith("<vireo ")]
    return cut(text, ERROR_MAX) + (f" (line {lines[-1]})" if lines else "")


def _answer(code: _Code, request: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """(answer, whether this process is as good as before)."""
    pid, threads = os.getpid(), threading.active_count()
    good = True
    try:
        _set_limits(request["seconds"], request["memory_bytes"])
        answer = {"result": _TASKS[request["task"]](code.get(request), request)}
    except BaseException as exc:
        good = isinstance(exc, Exception) and not isinstance(exc, (MemoryError, RecursionError))
        answer = {"error": told(exc)}
    if os.getpid() != pid:
        os._exit(0)  # a fork that came back from the code: only the first one answers
    signal.setitimer(signal.ITIMER_REAL, 0)
    return answer, good and threading.active_count() <= threads and not _has_children()


def _has_children() -> bool:
    try:
        return os.waitpid(-1, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return False


def main() -> None:
    """Answer until the parent is gone."""
    requests, answers = _prepare()
    code = _Code()
    write_all(answers, READY)
    while True:
        request = read_frame(requests)
        if request is None:
            break
        answer, good = _answer(code, request)
        with contextlib.suppress(BrokenPipeError):
            write_all(answers, frame({"id": request["id"], "good": good, **answer}))
        if not good:
            break
    os._exit(0)
