# SPDX-License-Identifier: Apache-2.0
"""Kolena's names of `vireo.metrics`."""

from ..metrics import *  # noqa: F403
