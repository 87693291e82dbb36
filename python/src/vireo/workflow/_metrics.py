# SPDX-License-Identifier: Apache-2.0
"""Metrics of samples, cases and suites, and the configurations that they are computed with."""

from __future__ import annotations

from typing import Any

from .._data_object import DataObject, data_object
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


def split_thresholded(values: dict[str, Any]) -> dict[str, Any]:
    """The metrics of a sample with each list of thresholded ones as rows without their `data_type`."""
    marked = ThresholdedMetrics.data_type
    for name, value in values.items():
        if isinstance(value, list) and any(isinstance(v, dict) and v.get("data_type") == marked for v in value):
            values[name] = [
                {k: v for k, v in row.items() if k != "data_type"} for row in value if isinstance(row, dict)
            ]
    return values
