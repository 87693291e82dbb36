# SPDX-License-Identifier: Apache-2.0
"""Instance segmentation: the workflow, and polygons over datasets, which are detected as boxes are."""

from ..object_detection.dataset import upload_object_detection_results as upload_instance_segmentation_results  # noqa: F401
from .workflow import *  # noqa: F403
