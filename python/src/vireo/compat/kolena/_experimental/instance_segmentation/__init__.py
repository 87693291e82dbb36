# SPDX-License-Identifier: Apache-2.0
"""Instance segmentation: the workflow, and polygons over datasets, which are detected as boxes are."""

from typing import Any

from ..object_detection.dataset import Strategy, upload_object_detection_results
from .workflow import *  # noqa: F403


def upload_instance_segmentation_results(
    dataset_name: str,
    model_name: str,
    df: Any,
    *,
    ground_truths_field: str = "ground_truths",
    raw_inferences_field: str = "raw_inferences",
    iou_threshold: float = 0.5,
    threshold_strategy: Strategy = "F1-Optimal",
    min_confidence_score: float = 0.01,
    batch_size: int = 10_000,
) -> None:
    """`upload_object_detection_results`, with polygons."""
    upload_object_detection_results(
        dataset_name,
        model_name,
        df,
        ground_truths_field=ground_truths_field,
        raw_inferences_field=raw_inferences_field,
        iou_threshold=iou_threshold,
        threshold_strategy=threshold_strategy,
        min_confidence_score=min_confidence_score,
        batch_size=batch_size,
    )
