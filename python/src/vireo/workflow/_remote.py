# SPDX-License-Identifier: Apache-2.0
"""The connection that workflows use."""

from __future__ import annotations

import threading
import urllib.parse

from .._client import Vireo
from .._remote import Remote

SAMPLES_PAGE = 5000

_lock = threading.Lock()
_connected: Vireo | None = None


def connect(client: Vireo | None = None) -> Vireo:
    """Choose the project that workflows live in, for the whole program.

    Without a call, the environment chooses: VIREO_URL, VIREO_PROJECT, VIREO_API_KEY.

    Args:
        client: the connection; None: a new one, of the environment.

    Returns:
        The connection.
    """
    global _connected
    with _lock:
        _connected = client if client is not None else Vireo()
        return _connected


def connected() -> Vireo:
    """The chosen connection; one of the environment when none was chosen."""
    return _connected or connect()


def quoted(name: str) -> str:
    """A name as a part of a path."""
    return urllib.parse.quote(name, safe="")


__all__ = ["SAMPLES_PAGE", "Remote", "connect", "connected", "quoted"]
