#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a test of a model costs: 100 thousand samples in five cases, the first time and again.

The model answers at once, so that everything measured is Vireo's own work.  The
second test has nothing to infer and nothing that changed; `fresh` is the same from
new objects, as another process would find them.  Told is the shortest of three.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from typing import Any, Callable

from servers import started
from vireo import Vireo
from vireo.annotation import ScoredLabel
from vireo.workflow import (
    EvaluationResults,
    GroundTruth,
    Image,
    Inference,
    MetricsTestCase,
    MetricsTestSample,
    define_workflow,
    test,
)


@dataclass(frozen=True)
class Truth(GroundTruth):
    label: str


@dataclass(frozen=True)
class Answer(Inference):
    prediction: ScoredLabel | None = None


@dataclass(frozen=True)
class Correct(MetricsTestSample):
    correct: bool


@dataclass(frozen=True)
class Accuracy(MetricsTestCase):
    n: int
    accuracy: float


def evaluate(samples: Any, truths: Any, inferences: Any, test_cases: Any) -> EvaluationResults:
    rows = [Correct(t.label == i.prediction.label) for t, i in zip(truths, inferences)]
    found = [
        (case, Accuracy(len(r), sum(m.correct for m in r) / len(r)))
        for case, _, _, _, r in test_cases.iter(samples, truths, inferences, rows)
    ]
    return EvaluationResults(list(zip(samples, rows)), found)


def infer(sample: Image) -> Answer:
    return Answer(ScoredLabel("a", 0.5))


def timed(what: str, work: Callable[[], Any], times: int = 1) -> Any:
    took = []
    for _ in range(times):
        before = time.perf_counter()
        result = work()
        took.append(time.perf_counter() - before)
    print(f"| {what} | {min(took):.2f} s |", flush=True)
    return result


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--samples", type=int, default=100_000)
    args = options.parse_args()
    with started("vireo") as server:
        vr = Vireo("bench", url=server.url)
        _, case, suite, model = define_workflow("bench", Image, Truth, Answer, client=vr)
        pairs = [(Image(f"s3://bucket/{i}.png"), Truth("ab"[i % 2])) for i in range(args.samples)]
        print(f"| {args.samples:,} samples | |\n| --- | ---: |")
        slices = [pairs, *(pairs[k::4] for k in range(4))]
        cases = timed("five cases made", lambda: [case(str(k), test_samples=s) for k, s in enumerate(slices)])
        suite("all", test_cases=cases)
        tested = lambda: test(model("m", infer), suite("all"), evaluate)  # noqa: E731
        timed("first test", tested)
        timed("second test, nothing missing", tested, 3)
        _, _, fresh_suite, fresh_model = define_workflow("bench", Image, Truth, Answer, client=vr)
        timed("fresh", lambda: test(fresh_model("m"), fresh_suite("all"), evaluate), 3)
        vr.close()


if __name__ == "__main__":
    main()
