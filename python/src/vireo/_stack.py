# SPDX-License-Identifier: Apache-2.0
"""Exceptions as text, without reading source files on the caller's thread.

The caller's part notes file, line and function of each frame (about a
microsecond each) and keeps no frame alive; the worker looks up the lines.
"""

from __future__ import annotations

import linecache
import pathlib
from typing import NamedTuple

from . import _native
from ._worker import Worker

FRAMES_MAX = 64
CHAIN_MAX = 8
MESSAGE_MAX = 16 * 1024
_OURS = str(pathlib.Path(__file__).parent)


class Frame(NamedTuple):
    file: str
    line: int
    function: str


class Link(NamedTuple):
    """One exception of a chain, outermost cause first."""

    type: str
    message: str
    frames: list[Frame]
    joint: str  # what stands between it and the next


def type_name(kind: type) -> str:
    module = getattr(kind, "__module__", "builtins")
    name = getattr(kind, "__qualname__", "Exception")
    return name if module in ("builtins", None) else f"{module}.{name}"


def message_of(exc: BaseException) -> str:
    try:
        return str(exc)[:MESSAGE_MAX]
    except Exception as again:
        return f"<str() of the exception raised {type(again).__name__}>"


def frames_of(exc: BaseException) -> list[Frame]:
    found: list[Frame] = []
    here = exc.__traceback__
    while here is not None:
        code = here.tb_frame.f_code
        if not code.co_filename.startswith(_OURS):
            found.append(Frame(code.co_filename, here.tb_lineno, code.co_name))
        here = here.tb_next
    if len(found) > FRAMES_MAX:  # endless recursion: both ends tell the most
        found[FRAMES_MAX // 2 : -FRAMES_MAX // 2] = []
    return found


def snapshot(exc: BaseException) -> list[Link]:
    """The chain of `exc`, the root cause first."""
    chain: list[Link] = []
    seen: set[int] = set()
    here: BaseException | None = exc
    joint = ""
    while here is not None and id(here) not in seen and len(chain) < CHAIN_MAX:
        seen.add(id(here))
        chain.append(Link(type_name(type(here)), message_of(here), frames_of(here), joint))
        if here.__cause__ is not None:
            joint, here = "The above exception was the direct cause of the following exception:", here.__cause__
        elif here.__context__ is not None and not here.__suppress_context__:
            joint, here = "During handling of the above exception, another exception occurred:", here.__context__
        else:
            here = None
    chain.reverse()
    return chain


def render(chain: list[Link], lines: bool) -> str:
    """The chain as Python prints it, with source lines if `lines`."""
    parts: list[str] = []
    for link in chain:
        if link.frames:
            parts.append("Traceback (most recent call last):\n")
        for frame in link.frames:
            parts.append(f'  File "{frame.file}", line {frame.line}, in {frame.function}\n')
            text = linecache.getline(frame.file, frame.line).strip() if lines else ""
            if text:
                parts.append(f"    {text}\n")
        parts.append(f"{link.type}: {link.message}\n" if link.message else f"{link.type}\n")
        if link.joint:
            parts.append(f"\n{link.joint}\n\n")
    return "".join(parts)


def record(worker: Worker, span: _native.SpanBase, exc: BaseException | None) -> None:
    """Record `exc` as the error of `span`; its stack with source lines a little later."""
    if exc is None or not span.recording:
        return
    chain = snapshot(exc)
    kind, message = chain[-1].type, chain[-1].message

    def finish() -> None:
        try:
            span._error(kind, message, render(chain, lines=True))
        finally:
            span._release()

    span._hold()
    if not worker.submit(finish):
        span._error(kind, message, render(chain, lines=False))
        span._release()
