# SPDX-License-Identifier: Apache-2.0
"""Kolena's name for the plots of `vireo.workflow`."""

from ....workflow._plot import (
    AxisConfig,
    BarPlot,
    ConfusionMatrix,
    Curve,
    CurvePlot,
    Histogram,
    NullableNumberSeries,
    NumberSeries,
    Plot,
)

__all__ = [
    "AxisConfig",
    "BarPlot",
    "ConfusionMatrix",
    "Curve",
    "CurvePlot",
    "Histogram",
    "NullableNumberSeries",
    "NumberSeries",
    "Plot",
]
