# SPDX-License-Identifier: Apache-2.0
"""What has to start anew in a child process: objects with `_after_fork()` register here.

Also how children end: multiprocessing's leave without running `atexit`, but run
their own finalizers, which are registered once their start has cleared the parent's.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import weakref
from typing import Callable, Protocol

from . import _native


class Forked(Protocol):
    def _after_fork(self) -> None: ...


_known: weakref.WeakSet[Forked] = weakref.WeakSet()


def watch(thing: Forked) -> None:
    """Call `thing._after_fork()` in every child, for as long as somebody else keeps it alive."""
    _known.add(thing)


class _AtExit:
    """What multiprocessing's children call at their end; they hold it weakly."""

    def __init__(self) -> None:
        self.functions: list[Callable[[], None]] = []

    def register(self) -> None:
        """Let multiprocessing, if it is loaded, know us when it starts this process."""
        util = sys.modules.get("multiprocessing.util")
        if util is not None:
            util.register_after_fork(self, _AtExit._started)

    def _started(self) -> None:
        for function in self.functions:
            self.finalize(function)

    def finalize(self, function: Callable[[], None]) -> None:
        util = importlib.import_module("multiprocessing.util")
        util.Finalize(None, function, exitpriority=-100)


_at_exit = _AtExit()
_at_exit.register()


def at_child_exit(function: Callable[[], None]) -> None:
    """Call `function` when a process of multiprocessing ends: a child of this one, and this one if it is one."""
    _at_exit.functions.append(function)
    process = sys.modules.get("multiprocessing.process")
    if process is not None and process.parent_process() is not None:
        _at_exit.finalize(function)


def _in_child() -> None:
    _native.forked()
    with contextlib.suppress(Exception):
        _at_exit.register()
    for thing in list(_known):
        with contextlib.suppress(Exception):
            thing._after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
