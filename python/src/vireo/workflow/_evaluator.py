# SPDX-License-Identifier: Apache-2.0
"""Evaluators: what turns ground truths and inferences into metrics.  A class with steps, or one function."""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import typing
from collections.abc import Iterable, Iterator
from typing import Any, Callable, Union

from .._data_object import canonical, plain
from .._definition import define, undefined
from .._errors import UsageError
from .._field_types import FieldError
from ._case import TestCase
from ._metrics import (
    EvaluatorConfiguration,
    MetricsTestCase,
    MetricsTestSample,
    MetricsTestSuite,
    configuration_name,
)
from ._plot import Plot
from ._sample import GroundTruth, Inference, TestSample
from ._suite import TestSuite

Triple = tuple[TestSample, GroundTruth, Inference]


def check_configurations(configurations: Iterable[EvaluatorConfiguration]) -> list[EvaluatorConfiguration]:
    """A list of configurations whose display names differ.

    Raises:
        TypeError: one is none.
        UsageError: two have the same display name.
    """
    found = list(configurations)
    for one in found:
        if not isinstance(one, EvaluatorConfiguration):
            raise TypeError(f"a configuration extends EvaluatorConfiguration, got {one!r:.80}")
    names = [configuration_name(c) for c in found]
    if len(set(names)) < len(names):
        raise UsageError(f"configurations must have different display names, got {names}")
    return found


class Evaluator:
    """Metrics in steps: to be extended.

    For each test case, and each configuration if there are any: metrics of its samples, then of the
    case, then plots; at the end metrics of the suite.  Ground truths may differ between cases.

    Args:
        configurations: to compute with; None: one that has none.

    Raises:
        UsageError: the list is empty, or two have the same display name.
    """

    configurations: list[EvaluatorConfiguration]

    def __init__(self, configurations: list[EvaluatorConfiguration] | None = None) -> None:
        if configurations is not None and not configurations:
            raise UsageError("give at least one configuration, or None")
        self.configurations = check_configurations(configurations or ())

    def display_name(self) -> str:
        """What it is called on the page; with model and suite it identifies an evaluation."""
        return type(self).__name__

    def begin(self) -> None:
        """Called before the first test case of a run: forget what was kept of another model.

        What is kept between steps belongs into attributes that begin with `_`: a change of any other one counts as a
        change of the evaluator.
        """

    def compute_test_sample_metrics(
        self,
        test_case: TestCase,
        inferences: list[Triple],
        configuration: EvaluatorConfiguration | None = None,
    ) -> list[tuple[TestSample, MetricsTestSample]]:
        """Metrics of each sample of a case.  Must be given."""
        raise NotImplementedError(f"{type(self).__name__} has no compute_test_sample_metrics()")

    def compute_test_case_metrics(
        self,
        test_case: TestCase,
        inferences: list[Triple],
        metrics: list[MetricsTestSample],
        configuration: EvaluatorConfiguration | None = None,
    ) -> MetricsTestCase:
        """Metrics of a case; `metrics` are those of its samples as they were returned.  Must be given."""
        raise NotImplementedError(f"{type(self).__name__} has no compute_test_case_metrics()")

    def compute_test_case_plots(
        self,
        test_case: TestCase,
        inferences: list[Triple],
        metrics: list[MetricsTestSample],
        configuration: EvaluatorConfiguration | None = None,
    ) -> list[Plot] | None:
        """Plots of a case, if any."""
        return None

    def compute_test_suite_metrics(
        self,
        test_suite: TestSuite,
        metrics: list[tuple[TestCase, MetricsTestCase]],
        configuration: EvaluatorConfiguration | None = None,
    ) -> MetricsTestSuite | None:
        """Metrics of the suite, if any, from those of its cases."""
        return None


@dataclasses.dataclass(frozen=True)
class EvaluationResults:
    """What an evaluator function returns.

    Attributes:
        metrics_test_sample: of each sample.
        metrics_test_case: of each case.
        plots_test_case: if any.
        metrics_test_suite: if any.
    """

    metrics_test_sample: list[tuple[TestSample, MetricsTestSample]]
    metrics_test_case: list[tuple[TestCase, MetricsTestCase]]
    plots_test_case: list[tuple[TestCase, list[Plot]]] = dataclasses.field(default_factory=list)
    metrics_test_suite: MetricsTestSuite | None = None


def sample_key(sample: TestSample) -> str:
    """What identifies a sample: its canonical text without metadata."""
    return canonical(sample.to_input())


class TestCases:
    """The cases of a suite, for an evaluator function to go through.

    Args:
        membership: each case with the places of its samples.
        report: called with (cases done, case) after each.
    """

    __test__ = False

    def __init__(
        self,
        membership: list[tuple[TestCase, list[int]]],
        samples: list[TestSample],
        report: Callable[[TestCase], None] = lambda case: None,
    ) -> None:
        self._membership = membership
        self._samples = samples
        self._report = report

    def iter(
        self,
        test_samples: list[TestSample],
        ground_truths: list[GroundTruth],
        inferences: list[Inference],
        metrics_test_sample: list[MetricsTestSample],
    ) -> Iterator[tuple[TestCase, list[TestSample], list[GroundTruth], list[Inference], list[MetricsTestSample]]]:
        """Each case with what belongs to its samples.

        Args:
            test_samples, ground_truths, inferences, metrics_test_sample: one for each sample, all in the
                same order, which need not be the one in which the samples came.

        Raises:
            UsageError: they are not as many, or a sample is missing.
        """
        columns = (test_samples, ground_truths, inferences, metrics_test_sample)
        if len({len(c) for c in columns}) != 1:
            raise UsageError(f"test_cases.iter: lists of one length are needed, got {[len(c) for c in columns]}")
        places = self._places(test_samples)
        for case, members in self._membership:
            chosen = [places[m] for m in members]
            yield (case, *([column[i] for i in chosen] for column in columns))  # type: ignore[misc]
            self._report(case)

    def _places(self, given: list[TestSample]) -> list[int]:
        """Where each of our samples is in `given`."""
        if len(given) == len(self._samples) and all(map(_same, given, self._samples)):
            return list(range(len(given)))
        by_key = {sample_key(s): i for i, s in enumerate(given)}
        try:
            return [by_key[sample_key(s)] for s in self._samples]
        except KeyError as exc:
            raise UsageError(f"test_cases.iter: a sample is missing: {exc.args[0]:.200}") from None


def _same(a: object, b: object) -> bool:
    return a is b


BasicEvaluatorFunction = Callable[..., Union[EvaluationResults, None]]
AnyEvaluator = Union[Evaluator, BasicEvaluatorFunction]


def no_op_evaluator(
    test_samples: list[TestSample],
    ground_truths: list[GroundTruth],
    inferences: list[Inference],
    test_cases: TestCases,
) -> EvaluationResults:
    """No metrics at all: for inferences to be looked at."""
    return EvaluationResults(metrics_test_sample=[], metrics_test_case=[])


def is_configured(function: BasicEvaluatorFunction) -> bool:
    """Whether a function takes a configuration: a fifth parameter, declared as one.

    Raises:
        TypeError: it takes another number of arguments than four or five.
    """
    parameters = list(inspect.signature(function).parameters.values())
    needed = [p for p in parameters if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    open_ended = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    if not open_ended and not (len(needed) <= 5 and len(parameters) >= 4):
        raise TypeError(
            f"{evaluator_name(function)}: an evaluator takes test_samples, ground_truths, inferences, test_cases, "
            "and a configuration if it is configured"
        )
    return len(parameters) == 5 and _is_configuration(function, parameters[4])


def _is_configuration(function: BasicEvaluatorFunction, parameter: inspect.Parameter) -> bool:
    hint = parameter.annotation
    if isinstance(hint, str):
        try:
            hint = typing.get_type_hints(function).get(parameter.name)
        except NameError:
            hint = EvaluatorConfiguration  # declared as something that only a type checker sees
    if hint is inspect.Parameter.empty:
        return parameter.default is inspect.Parameter.empty
    kinds = [h for h in (hint, *typing.get_args(hint)) if isinstance(h, type)]
    return any(issubclass(k, EvaluatorConfiguration) for k in kinds)


def evaluator_name(evaluator: AnyEvaluator | None) -> str:
    """What an evaluator is called."""
    if evaluator is None:
        return "none"
    if isinstance(evaluator, Evaluator):
        return str(evaluator.display_name())
    return str(getattr(evaluator, "__name__", None) or type(evaluator).__name__)


def fingerprint(evaluator: AnyEvaluator | None, configurations: list[EvaluatorConfiguration]) -> str | None:
    """64 hex digits that change with the evaluator's code, state and configurations; None when that cannot be told.

    Attributes that begin with "_" are no state: an evaluator keeps there what it found out.
    """
    target: Any = type(evaluator) if isinstance(evaluator, Evaluator) else evaluator
    parts: list[Any] = [[type(c).__qualname__, c.to_dict()] for c in configurations]
    try:
        if isinstance(evaluator, Evaluator):
            state = {k: v for k, v in vars(evaluator).items() if k != "configurations" and not k.startswith("_")}
            parts.append(plain(state))
        if evaluator is not None:
            parts.append(_code(target))
    except FieldError:
        return None
    return hashlib.sha256(canonical(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _code(target: Any) -> str:
    try:
        return define(target).fingerprint
    except Exception:
        return undefined(target).fingerprint
