# SPDX-License-Identifier: Apache-2.0
"""Test runs: infer what is missing, check that it is the same twice, evaluate, keep the results.

    TestRun.run
      infer      samples without an inference -> model -> checkpoints on the server
      verify     a share of them once more; what differs is told
      evaluate   samples, ground truths and inferences -> evaluator -> metrics on the server

Everything is kept as soon as it is there: a run that is killed goes on where the
last checkpoint was.  Metrics are computed again only when the evaluator, its
configurations or an inference changed.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

from .._data_object import canonical
from .._errors import ConflictError, UsageError, VireoError
from .._progress import Progress
from ._case import TestCase
from ._evaluator import (
    AnyEvaluator,
    EvaluationResults,
    Evaluator,
    TestCases,
    Triple,
    check_configurations,
    evaluator_name,
    fingerprint,
    is_configured,
    sample_key,
)
from ._infer import infer_all
from ._metrics import (
    EvaluatorConfiguration,
    MetricsTestCase,
    MetricsTestSample,
    MetricsTestSuite,
    ThresholdSums,
    configuration_name,
    split_thresholded,
)
from ._model import Model
from ._plot import Plot
from ._remote import SAMPLES_PAGE
from ._sample import Inference, TestSample
from ._suite import TestSuite
from ._upload import Checkpoints, columns_of
from ._workflow import log

VERIFY_MAX = 1000  # samples that are run a second time, at most
MESSAGE_MAX = 2000
_FINGERPRINT, _DIGEST = "evaluator_fingerprint", "inferences_digest"


class _Found:
    """Metrics and plots of one configuration, until they are sent."""

    def __init__(self) -> None:
        self.cases: dict[str, Any] = {}
        self.plots: dict[str, Any] = {}
        self.sums: dict[str, ThresholdSums] = defaultdict(ThresholdSums)
        self.suite: dict[str, Any] | None = None

    def add_case(self, case: TestCase, metrics: Any) -> None:
        self.cases[case.name] = _must_be(metrics, MetricsTestCase, f"metrics of the test case {case.name!r}").to_dict()

    def add_plots(self, case: TestCase, plots: Iterable[Any]) -> None:
        what = f"plots of the test case {case.name!r}"
        self.plots[case.name] = [_must_be(p, Plot, what).to_dict() for p in plots]

    def add_suite(self, metrics: Any) -> None:
        if metrics is not None:
            self.suite = _must_be(metrics, MetricsTestSuite, "metrics of the test suite").to_dict()


def _must_be(value: Any, kind: type, what: str) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"{what}: expected {kind.__name__}, got {value!r:.80}")
    return value


class TestRun:
    """One model on one suite with one evaluator: found if it ran before, else made.

    Args:
        model, test_suite: of one workflow.
        evaluator: an Evaluator, or a function; None: inferences only.
        configurations: for a function that takes one.
        reset: infer and evaluate everything anew.

    Attributes:
        id: of the evaluation on the server.
        evaluation: what the server said of it last.
        differing: samples whose second inference was another one, after `run`.

    Raises:
        UsageError: the suite has no cases, configurations are missing or make no sense.
        WorkflowMismatchError: model and suite are of different workflows.
    """

    __test__ = False

    def __init__(
        self,
        model: Model,
        test_suite: TestSuite,
        evaluator: AnyEvaluator | None = None,
        configurations: list[EvaluatorConfiguration] | None = None,
        reset: bool = False,
    ) -> None:
        _must_be(model, Model, "model")
        _must_be(test_suite, TestSuite, "test_suite")
        model._must_match(test_suite)
        if not test_suite.test_cases:
            raise UsageError(f"test suite {test_suite.name!r} has no test cases")
        self.model = model
        self.test_suite = test_suite
        self.evaluator = evaluator
        self.configurations = _configurations(evaluator, configurations)
        self.reset = reset
        self.differing: list[TestSample] = []
        self._wf = model.workflow
        self._remote = self._wf.remote
        self.evaluation: dict[str, Any] = self._remote.call(
            "POST",
            "/evaluations",
            {
                "suite": {"workflow": self._wf.name, "name": test_suite.name, "version": test_suite.version},
                "model": model.tag,
                "evaluator": evaluator_name(evaluator),
                "configurations": [
                    {"display_name": configuration_name(c), "configuration": c.to_dict()} for c in self.configurations
                ],
            },
        )
        self.id = int(self.evaluation["id"])

    @property
    def url(self) -> str:
        """Where the page shows the results."""
        return self._remote.client.page("evaluations", str(self.id))

    # ------------------------------------------------------------ the whole

    def run(self, workers: int = 1, verify: float = 0.01, *, processes: bool = False) -> None:
        """Infer what is missing, check a share of it, evaluate.

        Args:
            workers: threads that infer; more than one only for a model that takes it.
            processes: whether the workers are processes: for a model that computes in Python itself.
            verify: share of the newly inferred samples to infer once more, at least one, at most 1000; 0: none.

        Raises:
            UsageError: samples lack inferences, and the model has no `infer`.
            Exception: what the model or the evaluator raised; the evaluation is then marked as failed.
        """
        if not 0 <= verify <= 1:
            raise UsageError(f"verify is a share between 0 and 1, got {verify!r}")
        if not isinstance(workers, int) or workers < 1:
            raise UsageError(f"workers is a number of threads, got {workers!r}")
        try:
            self._infer(workers, verify, processes)
            self.evaluate()
        except BaseException as exc:
            self._mark_failed(exc)
            raise

    def _mark_failed(self, exc: BaseException) -> None:
        text = f"{type(exc).__name__}: {exc}"[:MESSAGE_MAX]
        try:
            self._remote.call("PATCH", self._path(), {"status": "failed", "message": text}, again=False)
        except VireoError:
            log.warning("the evaluation %d could not be marked as failed", self.id)

    def _path(self, *parts: str) -> str:
        return "/".join([f"/evaluations/{self.id}", *parts])

    # ------------------------------------------------------------ inferences

    def iter_test_samples(self) -> Iterator[TestSample]:
        """The samples that lack an inference; with `reset` all."""
        for _, sample in self._remaining():
            yield sample

    def load_test_samples(self) -> list[TestSample]:
        """The samples that lack an inference; with `reset` all."""
        return list(self.iter_test_samples())

    def _remaining(self, everything: bool = False) -> Iterator[tuple[int, TestSample]]:
        path, all_of_them = self._path("remaining"), "true" if self.reset or everything else None
        for item in self._remote.items(path, page=SAMPLES_PAGE, all=all_of_them):
            yield item["number"], self._wf.read_sample(item)

    def upload_inferences(self, inferences: list[tuple[TestSample, Inference]]) -> None:
        """Keep inferences that were made elsewhere.

        Raises:
            UsageError: a sample is not in the suite.
            ConflictError: a sample has an inference already, and `reset` is not set.
            TypeError: an inference is of another type than the workflow's.
        """
        needed = {sample_key(sample): number for number, sample in self._remaining()}
        with self._checkpoints() as checkpoints:
            for sample, inference in inferences:
                number = needed.get(sample_key(sample))
                if number is None:
                    self._refuse(sample)
                checkpoints.add({"number": number, "inference": self._checked(sample, inference)})

    def _refuse(self, sample: TestSample) -> NoReturn:
        """Say why a sample is none of those that lack an inference."""
        if any(sample_key(one) == sample_key(sample) for _, one in self._remaining(True)):
            raise ConflictError(f"there is an inference already for {sample!s:.300}", 409, "inferences")
        raise UsageError(f"the suite has no sample {sample!s:.300}")

    def _checked(self, sample: TestSample, inference: Any) -> dict[str, Any]:
        kind = self._wf.inference_type
        if not isinstance(inference, kind):
            raise TypeError(f"infer returned {inference!r:.80} for {sample!s:.200}, expected {kind.__name__}")
        return inference.to_dict()

    def _checkpoints(self) -> Checkpoints:
        return Checkpoints(self._remote, self._path(), self.reset)

    def _infer(self, workers: int, verify: float, processes: bool) -> None:
        progress = self.evaluation
        total = int(progress["samples"] if self.reset else progress["remaining"])
        if not total:
            return
        infer = self.model.infer
        if infer is None:
            raise UsageError(f"model {self.model.name!r} has no `infer`, and {total} samples lack an inference")
        self._started(f"inferring {total} samples")
        chosen = self._chosen(total, verify)
        kept: list[tuple[int, TestSample, str]] = []
        with Progress("infer", total) as bar, self._checkpoints() as checkpoints:
            answers = infer_all(infer, self._remaining(), workers, self._wf.remote.client, processes)
            for i, answer in enumerate(answers):
                values = self._checked(answer.sample, answer.inference)
                checkpoints.add(answer.written(values))
                if i in chosen:
                    kept.append((answer.number, answer.sample, canonical(values)))
                bar.advance()
        self._verify(kept, workers, processes)
        self.evaluation = self._remote.get(self._path())

    def _chosen(self, total: int, verify: float) -> frozenset[int]:
        count = min(math.ceil(total * verify), VERIFY_MAX, total)
        return frozenset(random.Random(self.id).sample(range(total), count))

    def _verify(self, kept: list[tuple[int, TestSample, str]], workers: int, processes: bool) -> None:
        """Infer once more, and tell what differs."""
        if not kept or self.model.infer is None:
            return
        before = {number: text for number, _, text in kept}
        answers: list[dict[str, Any]] = []
        samples = ((number, sample) for number, sample, _ in kept)
        for answer in infer_all(self.model.infer, samples, workers, self._wf.remote.client, processes):
            values = self._checked(answer.sample, answer.inference)
            answers.append({"number": answer.number, "inference": values})
            if canonical(values) != before[answer.number]:
                self.differing.append(answer.sample)
        self._remote.call("POST", self._path("verify"), {"inferences": answers})
        if self.differing:
            log.warning(
                "model %r is not deterministic: of %d samples that were inferred twice, %d have another inference, "
                "for example %s",
                self.model.name,
                len(kept),
                len(self.differing),
                self.differing[0],
            )

    # ------------------------------------------------------------ evaluation

    def evaluate(self) -> None:
        """Compute the metrics, unless those that are there come from the same evaluator and inferences."""
        made_by = {
            _FINGERPRINT: fingerprint(self.evaluator, self.configurations),
            _DIGEST: self.evaluation.get("inferences_digest"),
        }
        metadata = dict(self.evaluation.get("metadata") or {})
        same = all(v is not None and metadata.get(k) == v for k, v in made_by.items())
        if same and self.evaluation["status"] == "complete" and not self.reset:
            log.info("nothing changed: the results of evaluation %d stay", self.id)
            return
        self._started("evaluating")
        if isinstance(self.evaluator, Evaluator):
            self._evaluate_in_steps(self.evaluator)
        elif self.evaluator is not None:
            self._evaluate_at_once(self.evaluator)
        metadata.update(made_by)
        body = {"status": "complete", "progress": 1, "message": "", "metadata": metadata}
        self.evaluation = self._remote.call("PATCH", self._path(), body)
        log.info("evaluation %d is complete: %s", self.id, self.url)

    def _started(self, message: str) -> None:
        self.evaluation = {
            **self.evaluation,
            **self._remote.call("PATCH", self._path(), {"status": "running", "progress": 0, "message": message}),
        }

    def _triples(self, case: str | None) -> tuple[list[dict[str, Any]], list[Triple]]:
        """Items and triples of one case, or of all."""
        wf = self._wf
        items: list[dict[str, Any]] = []
        triples: list[Triple] = []
        for item in self._remote.items(self._path("inferences"), page=SAMPLES_PAGE, case=case):
            if not item.get("inferred", True):
                raise UsageError(f"sample {item['id']} has no inference: run() makes them")
            triples.append((*wf.read_pair(item), wf.inference_type.from_dict(item["inference"])))
            items.append({"number": item["number"], "cases": item.get("cases")})
        return items, triples

    def _evaluate_in_steps(self, evaluator: Evaluator) -> None:
        configurations: list[EvaluatorConfiguration | None] = list(self.configurations) or [None]
        found: dict[str | None, _Found] = defaultdict(_Found)
        by_case: dict[str | None, list[tuple[TestCase, MetricsTestCase]]] = defaultdict(list)
        cases = self.test_suite.test_cases
        evaluator.begin()
        with Progress("evaluate", len(cases) * len(configurations)) as bar:
            for case in cases:
                items, triples = self._triples(case.name)
                for configuration in configurations:
                    name = configuration_name(configuration)
                    pairs = evaluator.compute_test_sample_metrics(case, list(triples), configuration)
                    for swept in self._send_samples(case.name, name, pairs, [t[0] for t in triples], items).values():
                        found[name].sums[case.name].add(swept)
                    rows = [metrics for _, metrics in pairs]
                    metrics = evaluator.compute_test_case_metrics(case, list(triples), rows, configuration)
                    plots = evaluator.compute_test_case_plots(case, list(triples), rows, configuration)
                    found[name].add_case(case, metrics)
                    found[name].add_plots(case, plots or ())
                    by_case[name].append((case, metrics))
                    bar.advance()
        for configuration in configurations:
            name = configuration_name(configuration)
            found[name].add_suite(evaluator.compute_test_suite_metrics(self.test_suite, by_case[name], configuration))
            self._send_found(name, found[name])

    def _evaluate_at_once(self, evaluator: Any) -> None:
        configured = is_configured(evaluator)
        items, triples = self._triples(None)
        samples = [t[0] for t in triples]
        places: dict[str, list[int]] = {case.name: [] for case in self.test_suite.test_cases}
        for i, item in enumerate(items):
            for name in item["cases"]:
                places[name].append(i)
        membership = [(case, places[case.name]) for case in self.test_suite.test_cases]
        configurations: list[EvaluatorConfiguration | None] = list(self.configurations) if configured else [None]
        with Progress("evaluate", len(membership) * len(configurations)) as bar:
            for configuration in configurations:
                cases = TestCases(membership, samples, lambda case: bar.advance())
                # An evaluator may sort its lists.
                columns = ([*samples], [t[1] for t in triples], [t[2] for t in triples])
                results = evaluator(*columns, cases, *([configuration] if configured else []))
                if results is not None:
                    self._keep(
                        _must_be(results, EvaluationResults, evaluator_name(evaluator)), configuration, samples, items
                    )

    def _keep(
        self,
        results: EvaluationResults,
        configuration: EvaluatorConfiguration | None,
        samples: list[TestSample],
        items: list[dict[str, Any]],
    ) -> None:
        name = configuration_name(configuration)
        swept = self._send_samples(None, name, results.metrics_test_sample, samples, items)
        found = _Found()
        for item in items if swept else ():
            for case_name in item["cases"]:
                found.sums[case_name].add(swept.get(item["number"], {}))
        for case, metrics in results.metrics_test_case:
            found.add_case(case, metrics)
        for case, plots in results.plots_test_case:
            found.add_plots(case, plots)
        found.add_suite(results.metrics_test_suite)
        self._send_found(name, found)

    def _send_samples(
        self,
        case: str | None,
        configuration: str | None,
        pairs: list[tuple[TestSample, MetricsTestSample]],
        samples: list[TestSample],
        items: list[dict[str, Any]],
    ) -> dict[int, dict[str, list[dict[str, Any]]]]:
        """Send metrics of samples, as columns; gives back thresholded ones by the sample's number."""
        numbers = _Numbers(samples, items)
        rows: dict[int, dict[str, Any]] = {}
        swept: dict[int, dict[str, list[dict[str, Any]]]] = {}
        for sample, metrics in pairs:
            what = f"metrics of {sample!s:.200}"
            number = numbers.of(sample)
            if number in rows:
                raise UsageError(f"{what} are there twice")
            rows[number] = _must_be(metrics, MetricsTestSample, what).to_dict()
            thresholded = split_thresholded(rows[number])
            if thresholded:
                swept[number] = thresholded
        for body in columns_of(list(rows), list(rows.values())):
            body.update(case=case, configuration=configuration)
            self._remote.call("POST", self._path("results"), body)
        return swept

    def _send_found(self, configuration: str | None, found: _Found) -> None:
        body = {"configuration": configuration, "cases": found.cases, "plots": found.plots}
        if found.suite is not None:
            body["suite"] = found.suite
        if found.sums:
            body["thresholded"] = {case: sums.rows() for case, sums in found.sums.items()}
        self._remote.call("PUT", self._path("metrics"), body)

    def __repr__(self) -> str:
        return (
            f"<TestRun {self.id}: {self.model.name!r} on {self.test_suite.name!r} by {evaluator_name(self.evaluator)}>"
        )


class _Numbers:
    """The server's numbers of samples: by the very object, else by what it says."""

    def __init__(self, samples: list[TestSample], items: list[dict[str, Any]]) -> None:
        self._samples = samples
        self._numbers: list[int] = [item["number"] for item in items]
        self._by_object = {id(s): n for s, n in zip(samples, self._numbers)}
        self._by_key: dict[str, int] | None = None

    def of(self, sample: TestSample) -> int:
        """Raises UsageError when it is not one of them."""
        number = self._by_object.get(id(sample))
        if number is not None:
            return number
        if self._by_key is None:
            self._by_key = {sample_key(s): n for s, n in zip(self._samples, self._numbers)}
        number = self._by_key.get(sample_key(_must_be(sample, TestSample, "a sample with metrics")))
        if number is None:
            raise UsageError(f"the evaluator returned metrics of a sample that it was not given: {sample!s:.200}")
        return number


def _configurations(
    evaluator: AnyEvaluator | None, given: list[EvaluatorConfiguration] | None
) -> list[EvaluatorConfiguration]:
    if isinstance(evaluator, Evaluator):
        if given and given != evaluator.configurations:
            raise UsageError(f"{evaluator_name(evaluator)} has configurations of its own; give them where it is made")
        return evaluator.configurations
    if evaluator is not None and not callable(evaluator):
        raise TypeError(f"an evaluator is an Evaluator or a function, got {evaluator!r:.80}")
    found = check_configurations(given or ())
    if evaluator is not None and is_configured(evaluator) and not found:
        raise UsageError(f"{evaluator_name(evaluator)} needs a configuration; give `configurations`")
    return found


def test(
    model: Model,
    test_suite: TestSuite,
    evaluator: AnyEvaluator | None = None,
    configurations: list[EvaluatorConfiguration] | None = None,
    reset: bool = False,
    *,
    workers: int = 1,
    processes: bool = False,
    verify: float = 0.01,
) -> TestRun:
    """Test a model on a suite.

    Only samples without an inference of this model are inferred, and metrics are computed only when the
    evaluator or an inference changed.  What is inferred is kept every two seconds: a test that was
    interrupted goes on from there.

    Args:
        model, test_suite: of one workflow.
        evaluator: an Evaluator, or a function; None: inferences only.
        configurations: for a function that takes one.
        reset: infer and evaluate everything anew.
        workers: threads that infer; more than one only for a model that takes it.
        processes: whether the workers are processes: for a model that computes in Python itself.  `infer` is then
            a function (or a picklable object) of a module; a script guards itself by `if __name__ == "__main__":`.
        verify: share of the newly inferred samples to infer once more, at least one, at most 1000; 0: none.

    Returns:
        The run that is complete.

    Raises:
        UsageError: the suite has no cases, configurations or `infer` are missing.
        WorkflowMismatchError: model and suite are of different workflows.
        Exception: what the model or the evaluator raised; the evaluation is then marked as failed.
    """
    run = TestRun(model, test_suite, evaluator, configurations, reset)
    run.run(workers, verify, processes=processes)
    return run


test.__test__ = False  # type: ignore[attr-defined]
