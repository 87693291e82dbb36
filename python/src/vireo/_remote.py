# SPDX-License-Identifier: Apache-2.0
"""Calls of the REST API that survive a server which is away for a moment."""

from __future__ import annotations

import time
import urllib.parse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ._data_object import to_json
from ._errors import RefusedError, UnreachableError, VireoError

if TYPE_CHECKING:
    from ._client import Vireo

PAGE = 1000
TIMEOUT_SECONDS = 120.0
PATIENCE_SECONDS = 60.0  # how long a server may be away
_BUSY = frozenset({429, 502, 503, 504})


def is_away(exc: Exception) -> bool:
    """Whether the server did not answer, or is too busy: it may take the same a little later."""
    return isinstance(exc, UnreachableError) or (isinstance(exc, RefusedError) and exc.status in _BUSY)


class Remote:
    """The REST API of one connection.

    What may be sent twice without harm is sent again while the server does not answer or is busy.
    """

    def __init__(self, client: Vireo) -> None:
        self.client = client

    def call(self, method: str, path: str, body: Any = None, *, again: bool = True) -> Any:
        """One call.

        Args:
            method, path: as for `Vireo.request`.
            body: plain values, JSON that is written already, or None.
            again: it may be repeated.

        Raises:
            UnreachableError, NotFoundError, ConflictError, RefusedError.
        """
        data = body if body is None or isinstance(body, bytes) else to_json(body)
        end, pause = time.monotonic() + PATIENCE_SECONDS, 0.1
        while True:
            try:
                return self.client.request(method, path, data, TIMEOUT_SECONDS)
            except VireoError as exc:
                if not (again and is_away(exc)) or time.monotonic() > end:
                    raise
            time.sleep(pause)
            pause = min(2 * pause, 5.0)

    def get(self, path: str, **query: Any) -> Any:
        """One GET; what is None is left out of the query."""
        text = urllib.parse.urlencode({k: v for k, v in query.items() if v is not None})
        return self.call("GET", f"{path}?{text}" if text else path)

    def items(self, path: str, *, page: int = PAGE, **query: Any) -> Iterator[dict[str, Any]]:
        """The items of a list, fetched `page` at a time."""
        cursor = None
        while True:
            answer = self.get(path, **query, limit=page, cursor=cursor)
            yield from answer["items"]
            cursor = answer.get("next_cursor")
            if not cursor:
                return
