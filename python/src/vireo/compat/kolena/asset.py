# SPDX-License-Identifier: Apache-2.0
"""Kolena's name for `vireo.asset`."""

from ...asset import *  # noqa: F403
