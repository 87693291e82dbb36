# SPDX-License-Identifier: Apache-2.0
"""Kolena's name for `vireo.workflow`.

Other than there, `test` and `TestRun.run` infer no sample twice to check that a
model is deterministic, and `test` returns nothing.
"""

from __future__ import annotations

from ....workflow import (
    Audio,
    AxisConfig,
    BarPlot,
    BaseVideo,
    BasicEvaluatorFunction,
    Composite,
    ConfusionMatrix,
    Curve,
    CurvePlot,
    DataObject,
    Document,
    EvaluationResults,
    Evaluator,
    EvaluatorConfiguration,
    GroundTruth,
    Histogram,
    Image,
    ImagePair,
    ImageText,
    Inference,
    Metadata,
    MetricsTestCase,
    MetricsTestSample,
    MetricsTestSuite,
    Model,
    Plot,
    PointCloud,
    TestCase,
    TestCases,
    TestSample,
    TestSuite,
    Text,
    Video,
    Workflow,
    define_workflow,
    no_op_evaluator,
)
from ....workflow import TestRun as _TestRun
from ....workflow._evaluator import AnyEvaluator
from ....workflow._workflow import log


class TestRun(_TestRun):
    """`vireo.workflow.TestRun` that infers each sample once."""

    def run(self, workers: int = 1, verify: float = 0, *, processes: bool = False) -> None:
        """Infer what is missing, and evaluate."""
        super().run(workers, verify, processes=processes)


def test(
    model: Model,
    test_suite: TestSuite,
    evaluator: AnyEvaluator | None = None,
    configurations: list[EvaluatorConfiguration] | None = None,
    reset: bool = False,
) -> None:
    """Test a model on a suite.  Without an evaluator only inferences are made: there are no remote evaluators here."""
    if evaluator is None:
        log.warning("no evaluator: only inferences are made; what a registered image computed is test()'s to be given")
    TestRun(model, test_suite, evaluator, configurations, reset).run()


test.__test__ = False  # type: ignore[attr-defined]

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
    "Video",
    "Workflow",
    "define_workflow",
    "no_op_evaluator",
    "test",
]
