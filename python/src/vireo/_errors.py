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


class ConflictError(RefusedError):
    """It is there already, or was changed by somebody else meanwhile."""


class LoadError(VireoError):
    """A stored definition cannot be turned into a callable again."""


class UsageError(VireoError, ValueError):
    """Something is asked for that makes no sense."""


class FrozenObjectError(VireoError, AttributeError):
    """An object that stands for something on the server is not changed by setting an attribute."""


class WorkflowMismatchError(VireoError, TypeError):
    """Things of different workflows do not go together."""
