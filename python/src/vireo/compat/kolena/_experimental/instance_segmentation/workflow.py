# SPDX-License-Identifier: Apache-2.0
"""The ready-made workflow of instance segmentation: object detection, with polygons."""

import dataclasses
from typing import Any, Optional, Union

from ....._data_object import data_object
from .....annotation import LabeledBoundingBox, LabeledPolygon, ScoredLabeledPolygon
from .....workflow import EvaluatorConfiguration as _Configuration
from .....workflow import GroundTruth as _GroundTruth
from .....workflow import Inference as _Inference
from .....workflow import define_workflow, detection


@data_object
class TestSample(detection.TestSample):
    """An image with metadata."""


@data_object
class GroundTruth(_GroundTruth):
    """What is on an image.

    Attributes:
        polygons: to be found.
        ignored_polygons: neither right nor wrong to find.
        n_polygons: derived.
    """

    polygons: list[LabeledPolygon]
    ignored_polygons: list[Union[LabeledBoundingBox, LabeledPolygon]] = dataclasses.field(default_factory=list)
    n_polygons: int = dataclasses.field(init=False, default=0)

    def _settle(self) -> None:
        object.__setattr__(self, "n_polygons", len(self.polygons))


@data_object
class Inference(_Inference):
    """What a model finds on an image.

    Attributes:
        polygons: with label and score.
        ignored: leave the image out.
    """

    polygons: list[ScoredLabeledPolygon]
    ignored: bool = False


_, TestCase, TestSuite, Model = define_workflow("Instance Segmentation", TestSample, GroundTruth, Inference)


@data_object
class EvaluatorConfiguration(detection.ThresholdConfiguration):
    """Which detections count."""


def _as_detections(inferences: list[Any]) -> list[Any]:
    return [
        (
            sample,
            detection.GroundTruth(list(truth.polygons), list(truth.ignored_polygons)),
            detection.Inference(list(inference.polygons), inference.ignored),
        )
        for sample, truth, inference in inferences
    ]


class InstanceSegmentationEvaluator(detection.ObjectDetectionEvaluator):
    """`ObjectDetectionEvaluator`, for polygons."""

    def compute_test_sample_metrics(
        self, test_case: Any, inferences: list[Any], configuration: Optional[_Configuration] = None
    ) -> list[Any]:
        """Match the polygons of every image, and count."""
        return super().compute_test_sample_metrics(test_case, _as_detections(inferences), configuration)

    def compute_test_case_metrics(
        self, test_case: Any, inferences: list[Any], metrics: list[Any], configuration: Optional[_Configuration] = None
    ) -> Any:
        """Sums and rates over the images of a case, for each class where there are several."""
        return super().compute_test_case_metrics(test_case, _as_detections(inferences), metrics, configuration)


__all__ = [
    "EvaluatorConfiguration",
    "GroundTruth",
    "Inference",
    "InstanceSegmentationEvaluator",
    "Model",
    "TestCase",
    "TestSample",
    "TestSuite",
]
