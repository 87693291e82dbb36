# SPDX-License-Identifier: Apache-2.0
"""Kolena's name for `vireo.workflow.detection`."""

from .....workflow.detection import *  # noqa: F403
