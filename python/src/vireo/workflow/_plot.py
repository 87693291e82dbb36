# SPDX-License-Identifier: Apache-2.0
"""Plots of a test case, which an evaluator may compute and the page draws."""

from collections.abc import Sequence
from typing import Literal, Optional, Union

from .._data_object import DataObject, data_object
from .._field_types import FieldError

NumberSeries = Sequence[Union[float, int]]
NullableNumberSeries = Sequence[Union[float, int, None]]


@data_object
class AxisConfig(DataObject):
    """How an axis is drawn."""

    type: Literal["linear", "log"]


@data_object
class Plot(DataObject):
    """The base of all plots."""


@data_object
class Curve(DataObject):
    """One line of a curve plot.

    Attributes:
        x, y: as many of one as of the other.
        label: which line it is, where there are several.
        extra: more series of the same length by name, told at the pointer.
    """

    x: NumberSeries
    y: NumberSeries
    label: Optional[str] = None
    extra: Optional[dict[str, NumberSeries]] = None

    def _settle(self) -> None:
        for name, series in {"y": self.y, **(self.extra or {})}.items():
            if len(series) != len(self.x):
                raise FieldError(f"Curve.{name}: {len(series)} values, but x has {len(self.x)}")


@data_object
class CurvePlot(Plot):
    """Lines, such as a ROC or a precision-recall curve."""

    data_type = "PLOT/CURVE"

    title: str
    x_label: str
    y_label: str
    curves: list[Curve]
    x_config: Optional[AxisConfig] = None
    y_config: Optional[AxisConfig] = None


@data_object
class Histogram(Plot):
    """The distribution of one or several values.

    Attributes:
        buckets: n + 1 bounds, each larger than the one before.
        frequency: n heights; or for each of the `labels` n heights.
    """

    data_type = "PLOT/HISTOGRAM"

    title: str
    x_label: str
    y_label: str
    buckets: NumberSeries
    frequency: Union[NumberSeries, Sequence[NumberSeries]]
    labels: Optional[list[str]] = None
    x_config: Optional[AxisConfig] = None
    y_config: Optional[AxisConfig] = None

    def _settle(self) -> None:
        count = len(self.buckets) - 1
        if count < 1:
            raise FieldError(f"Histogram.buckets: at least 2 bounds are needed, got {count + 1}")
        if not all(a < b for a, b in zip(self.buckets, self.buckets[1:])):
            raise FieldError("Histogram.buckets: each bound must be larger than the one before")
        several = any(isinstance(f, (list, tuple)) for f in self.frequency)
        if several and not self.labels:
            raise FieldError("Histogram.labels: several series need labels")
        rows: Sequence[object] = self.frequency if several or self.labels else [self.frequency]
        if len(rows) != len(self.labels or [""]):
            raise FieldError(f"Histogram.frequency: {len(rows)} series for {len(self.labels or [])} labels")
        for row in rows:
            if not isinstance(row, (list, tuple)) or len(row) != count:
                raise FieldError(f"Histogram.frequency: each series must have {count} values, one for each bucket")


@data_object
class BarPlot(Plot):
    """Bars, each with its label."""

    data_type = "PLOT/BAR"

    title: str
    x_label: str
    y_label: str
    labels: Sequence[Union[str, int, float]]
    values: NullableNumberSeries
    config: Optional[AxisConfig] = None

    def _settle(self) -> None:
        if not self.labels or len(self.labels) != len(self.values):
            raise FieldError(
                f"BarPlot: as many values as labels, and some, got {len(self.values)} and {len(self.labels)}"
            )


@data_object
class ConfusionMatrix(Plot):
    """How often each class was taken for each: rows are what is right, columns what was predicted."""

    data_type = "PLOT/CONFUSION_MATRIX"

    title: str
    labels: list[str]
    matrix: Sequence[NullableNumberSeries]
    x_label: str = "Predicted"
    y_label: str = "Actual"

    def _settle(self) -> None:
        count = len(self.labels)
        if count < 2:
            raise FieldError(f"ConfusionMatrix.labels: at least two labels are needed, got {count}")
        if len(self.matrix) != count or any(len(row) != count for row in self.matrix):
            raise FieldError(f"ConfusionMatrix.matrix: {count} rows of {count} values are needed")
