# SPDX-License-Identifier: Apache-2.0
"""Kolena's names for what can go wrong: Vireo's own exceptions, so that `except` clauses keep their meaning."""

from __future__ import annotations

from typing import Any

from ..._errors import ConflictError as NameConflictError
from ..._errors import FrozenObjectError, NotFoundError, WorkflowMismatchError
from ..._errors import RefusedError as RemoteError
from ..._errors import UsageError as IncorrectUsageError
from ..._errors import VireoError as KolenaError


class InputValidationError(KolenaError, ValueError):
    """Data that cannot be taken."""


class DuplicateDatapointIdError(InputValidationError):
    """Several rows have the same id.

    Attributes:
        duplicate_ids: the first ten.
    """

    def __init__(self, *args: Any, duplicate_ids: list[dict[str, Any]]) -> None:
        super().__init__(*args)
        self.duplicate_ids = duplicate_ids


class UnauthenticatedError(KolenaError):
    """The server knows no such key; never raised here: what it refuses is a RemoteError with the status 401."""


class InvalidTokenError(KolenaError, ValueError):
    """Never raised here, as UnauthenticatedError."""


class MissingTokenError(KolenaError, KeyError):
    """Never raised here: a server without accounts needs no token."""


class HostedError(KolenaError, NotImplementedError):
    """A service that Kolena's hosts offer and that Vireo has not; the message says what to use instead."""


__all__ = [
    "DuplicateDatapointIdError",
    "FrozenObjectError",
    "HostedError",
    "IncorrectUsageError",
    "InputValidationError",
    "InvalidTokenError",
    "KolenaError",
    "MissingTokenError",
    "NameConflictError",
    "NotFoundError",
    "RemoteError",
    "UnauthenticatedError",
    "WorkflowMismatchError",
]
