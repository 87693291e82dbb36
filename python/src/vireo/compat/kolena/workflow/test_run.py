# SPDX-License-Identifier: Apache-2.0
"""Kolena's other name for `test` and `TestRun`."""

from . import TestRun, test

__all__ = ["TestRun", "test"]
