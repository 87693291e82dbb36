# SPDX-License-Identifier: Apache-2.0
"""The error tree.  Tracing itself raises nothing; these come from calls that ask the server or misuse the API."""

from __future__ import annotations


class VireoError(Exception):
    """The base of everything that this package raises."""


class UnreachableError(VireoError):
    """The server did not answer in time."""


class RefusedError(VireoError):
    """The server said no.

    Attributes:
        status: the HTTP status.
        field: the name of the field that is wrong, where the server tells.
    """

    def __init__(self, message: str, status: int, field: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.field = field


class NotFoundError(RefusedError):
    """There is no such model, version, trace or project."""


class LoadError(VireoError):
    """A stored definition cannot be turned into a callable again."""
