# SPDX-License-Identifier: Apache-2.0
"""Metrics of samples, cases and suites, and the configurations that they are computed with."""

from __future__ import annotations

from typing import Any

from .._data_object import DATA_TYPE, DataObject, data_object
from .._field_types import FieldError
from . import _grammar


@data_object
class ThresholdedMetrics(DataObject, _grammar.ThresholdedMarker):
    """Metrics at one threshold: a list of them, in the metrics of a sample, makes a curve.

    To be extended with scalars.

    Attributes:
        threshold: of the score.
    """

    data_type = "METRICS/THRESHOLDED"

    threshold: float

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "threshold" in vars(cls).get("__annotations__", {}):
            raise TypeError(f"{cls.__name__}: `threshold` is declared already")

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, value in vars(self).items():
            if isinstance(value, dict):
                raise TypeError(f"{type(self).__name__}.{name}: a dict cannot be drawn over thresholds")


@data_object
class MetricsTestSample(DataObject):
    """Metrics of one sample: to be extended with scalars, annotations, assets, and lists of them."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _grammar.check_fields(cls, _grammar.VALUES)


@data_object
class MetricsTestCase(DataObject):
    """Metrics of a test case: to be extended with scalars.

    A field may be a list of other such metrics, for example one for each class; these then have no lists.
    In them, texts name the row, and a whole number called `N`, `n`, `n_test_samples` or `sample_size` is
    the number of samples behind it.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _grammar.check_fields(cls, _grammar.Grammar(_grammar.SCALARS, (MetricsTestCase,)))
        for name, hint in _grammar.declared(cls).items():
            for inner in _listed(hint):
                try:
                    _grammar.check_fields(inner, _SCALARS_ONLY)
                except FieldError as exc:
                    raise FieldError(f"{cls.__name__}.{name}: metrics nest one level deep only: {exc}") from None


@data_object
class MetricsTestSuite(DataObject):
    """Metrics of a test suite: to be extended with scalars."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _grammar.check_fields(cls, _SCALARS_ONLY)


_SCALARS_ONLY = _grammar.Grammar(_grammar.SCALARS, ())


def _listed(hint: Any) -> list[type]:
    """The classes in the lists of a declared type."""
    if isinstance(hint, type):
        return [hint] if issubclass(hint, MetricsTestCase) else []
    return [kind for part in getattr(hint, "__args__", ()) for kind in _listed(part)]


@data_object
class EvaluatorConfiguration(DataObject):
    """How an evaluator is to compute, for example with which threshold: to be extended.

    Its display name is what identifies it.
    """

    def display_name(self) -> str:
        """What it is called on the page.  Must be given."""
        raise NotImplementedError(f"{type(self).__name__} has no display_name()")


def configuration_name(configuration: EvaluatorConfiguration | None) -> str | None:
    """The display name; None for none."""
    return None if configuration is None else str(configuration.display_name())


def split_thresholded(values: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The lists of thresholded metrics among the metrics of a sample, as rows without their `data_type`; in
    `values` they are replaced by these rows."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name, value in values.items():
        if isinstance(value, list) and value and all(_is_thresholded(row) for row in value):
            found[name] = [{k: v for k, v in row.items() if k != DATA_TYPE} for row in value]
    values.update(found)
    return found


def _is_thresholded(row: Any) -> bool:
    return isinstance(row, dict) and row.get(DATA_TYPE) == ThresholdedMetrics.data_type


class ThresholdSums:
    """Thresholded metrics of samples, summed at each threshold."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, float], dict[str, Any]] = {}

    def add(self, found: dict[str, list[dict[str, Any]]]) -> None:
        """Add those of one sample."""
        for name, rows in found.items():
            for row in rows:
                threshold = row["threshold"]
                total = self._rows.setdefault((name, threshold), {"name": name, "threshold": threshold})
                for metric, value in row.items():
                    if metric != "threshold" and isinstance(value, (int, float)):
                        total[metric] = total.get(metric, 0) + value

    def rows(self) -> list[dict[str, Any]]:
        """By name and threshold."""
        return [self._rows[key] for key in sorted(self._rows)]
