# SPDX-License-Identifier: Apache-2.0
"""What has to start anew in a child process: objects with `_after_fork()` register here."""

from __future__ import annotations

import contextlib
import os
import weakref
from typing import Protocol

from . import _native


class Forked(Protocol):
    def _after_fork(self) -> None: ...


_known: weakref.WeakSet[Forked] = weakref.WeakSet()


def watch(thing: Forked) -> None:
    """Call `thing._after_fork()` in every child, for as long as somebody else keeps it alive."""
    _known.add(thing)


def _in_child() -> None:
    _native.forked()
    for thing in list(_known):
        with contextlib.suppress(Exception):
            thing._after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
