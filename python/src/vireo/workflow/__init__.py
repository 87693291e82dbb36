# SPDX-License-Identifier: Apache-2.0
"""Test models on suites of samples."""

from .._data_object import DataObject
from .._field_types import FieldError
from ._metrics import EvaluatorConfiguration, MetricsTestCase, MetricsTestSample, MetricsTestSuite, ThresholdedMetrics
from ._plot import AxisConfig, BarPlot, ConfusionMatrix, Curve, CurvePlot, Histogram, Plot
from ._sample import (
    Audio,
    BaseVideo,
    Composite,
    Document,
    GroundTruth,
    Image,
    ImagePair,
    ImageText,
    Inference,
    Metadata,
    PointCloud,
    TestSample,
    Text,
    Video,
)

__all__ = [
    "Audio",
    "AxisConfig",
    "BarPlot",
    "BaseVideo",
    "Composite",
    "ConfusionMatrix",
    "Curve",
    "CurvePlot",
    "DataObject",
    "Document",
    "EvaluatorConfiguration",
    "FieldError",
    "GroundTruth",
    "Histogram",
    "Image",
    "ImagePair",
    "ImageText",
    "Inference",
    "Metadata",
    "MetricsTestCase",
    "MetricsTestSample",
    "MetricsTestSuite",
    "Plot",
    "PointCloud",
    "TestSample",
    "Text",
    "ThresholdedMetrics",
    "Video",
]
