# SPDX-License-Identifier: Apache-2.0
"""Kolena's name for `vireo.workflow.detection`, and the same over datasets."""

from .....workflow.detection import *  # noqa: F403
from .dataset import compute_object_detection_results, upload_object_detection_results  # noqa: F401
