# SPDX-License-Identifier: Apache-2.0
"""Kolena's name for the evaluators, metrics types and plots of `vireo.workflow`."""

from . import Evaluator, EvaluatorConfiguration, MetricsTestCase, MetricsTestSample, MetricsTestSuite
from .plot import AxisConfig, BarPlot, ConfusionMatrix, Curve, CurvePlot, Histogram, Plot

__all__ = [
    "AxisConfig",
    "BarPlot",
    "ConfusionMatrix",
    "Curve",
    "CurvePlot",
    "Evaluator",
    "EvaluatorConfiguration",
    "Histogram",
    "MetricsTestCase",
    "MetricsTestSample",
    "MetricsTestSuite",
    "Plot",
]
