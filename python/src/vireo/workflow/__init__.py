# SPDX-License-Identifier: Apache-2.0
"""Test models on suites of samples.

from vireo.workflow import define_workflow, test

_, TestCase, TestSuite, Model = define_workflow("Digits", Digit, Truth, Answer)
model = Model("forest", infer=infer, metadata={"trees": 100})
suite = TestSuite("all", test_cases=[TestCase("rotated", test_samples=pairs), ...])
test(model, suite, evaluator)

The connection is that of `connect(vr)`, else of the environment: VIREO_URL, VIREO_PROJECT, VIREO_API_KEY.
"""

from .._data_object import DataObject
from .._field_types import FieldError
from ._case import TestCase
from ._define import define_workflow
from ._evaluator import BasicEvaluatorFunction, EvaluationResults, Evaluator, TestCases, no_op_evaluator
from ._metrics import EvaluatorConfiguration, MetricsTestCase, MetricsTestSample, MetricsTestSuite, ThresholdedMetrics
from ._model import Model
from ._plot import AxisConfig, BarPlot, ConfusionMatrix, Curve, CurvePlot, Histogram, Plot
from ._remote import connect
from ._run import TestRun, test
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
from ._suite import TestSuite
from ._workflow import Workflow

__all__ = [
    "Audio",
    "AxisConfig",
    "BarPlot",
    "BaseVideo",
    "BasicEvaluatorFunction",
    "Composite",
    "ConfusionMatrix",
    "Curve",
    "CurvePlot",
    "DataObject",
    "Document",
    "EvaluationResults",
    "Evaluator",
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
    "Model",
    "Plot",
    "PointCloud",
    "TestCase",
    "TestCases",
    "TestRun",
    "TestSample",
    "TestSuite",
    "Text",
    "ThresholdedMetrics",
    "Video",
    "Workflow",
    "connect",
    "define_workflow",
    "no_op_evaluator",
    "test",
]
