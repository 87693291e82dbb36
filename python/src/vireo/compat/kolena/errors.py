# SPDX-License-Identifier: Apache-2.0
"""Kolena's names for what can go wrong: Vireo's own exceptions, so that `except` clauses keep their meaning."""

from __future__ import annotations

from ..._errors import ConflictError as NameConflictError
from ..._errors import FrozenObjectError, NotFoundError, WorkflowMismatchError
from ..._errors import RefusedError as RemoteError
from ..._errors import UsageError as IncorrectUsageError
from ..._errors import VireoError as KolenaError


class InputValidationError(KolenaError, ValueError):
    """Data that cannot be taken."""


class DuplicateDatapointIdError(InputValidationError):
    """Several rows have the same id."""


__all__ = [
    "DuplicateDatapointIdError",
    "FrozenObjectError",
    "IncorrectUsageError",
    "InputValidationError",
    "KolenaError",
    "NameConflictError",
    "NotFoundError",
    "RemoteError",
    "WorkflowMismatchError",
]
