# SPDX-License-Identifier: Apache-2.0
"""Running a model over samples, on one thread or several, or in processes.

Processes come from a fork server (else are spawned), not from this program, whose threads and libraries may not
survive a fork.  They get the model's function by name once, and samples one at a time; a traced one is traced by the
connection that its module opens there.
"""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import pickle
import time
from collections.abc import Iterable, Iterator
from typing import Any, Callable, NamedTuple

from .. import _trace
from .._client import Vireo, opened
from .._errors import UsageError
from .._side_by_side import side_by_side
from ._sample import TestSample


class Answer(NamedTuple):
    """One inference: what came back, how long it took, the trace that it left."""

    number: int
    sample: TestSample
    inference: Any
    seconds: float
    trace_id: str | None

    def written(self, values: dict[str, Any]) -> dict[str, Any]:
        """As the server takes it."""
        body = {"number": self.number, "inference": values, "latency_ms": self.seconds * 1000}
        return body if self.trace_id is None else {**body, "trace_id": self.trace_id}


Home = tuple[str, str]  # the server and the project that traces must go to


def _home(client: Vireo) -> Home:
    return client.url, client.project


def _caller(infer: Callable[[Any], Any], home: Home) -> Callable[[tuple[int, TestSample]], Answer]:
    """A traced model leaves a trace for each sample, which the inference then names."""
    preparation = _trace.preparation_of(infer)
    client = opened(preparation.client) if preparation is not None else None
    if client is not None and _home(client) != home:
        client = None

    def call(numbered: tuple[int, TestSample]) -> Answer:
        number, sample = numbered
        start = time.perf_counter()
        if client is None:
            inference = infer(sample)
            return Answer(number, sample, inference, time.perf_counter() - start, None)
        with client.start_trace("test", kind="evaluation") as span:
            inference = infer(sample)
        return Answer(number, sample, inference, time.perf_counter() - start, span.trace_id if span.sampled else None)

    return call


# ---------------------------------------------------------------- processes

_call_here: Callable[[tuple[int, TestSample]], Answer] | None = None  # in a process that infers


def _begin(infer: Callable[[Any], Any], home: Home) -> None:
    global _call_here
    _call_here = _caller(infer, home)


def _call(numbered: tuple[int, TestSample]) -> Answer:
    assert _call_here is not None
    return _call_here(numbered)


def _processes(infer: Callable[[Any], Any], count: int, home: Home) -> concurrent.futures.Executor:
    try:
        pickle.dumps(infer)
    except Exception as exc:
        raise UsageError(f"processes need an `infer` that a module has by its name, not {infer!r:.80}: {exc}") from None
    how = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(how)
    return concurrent.futures.ProcessPoolExecutor(count, context, _begin, (infer, home))


# ---------------------------------------------------------------- all


def infer_all(
    infer: Callable[[Any], Any],
    samples: Iterable[tuple[int, TestSample]],
    workers: int,
    client: Vireo,
    processes: bool = False,
) -> Iterator[Answer]:
    """The inferences of `samples`, in their order with one worker, else as they come.

    What was begun when one raises is still returned before that is raised.

    Raises:
        UsageError: `infer` cannot be handed to processes.
    """
    home = _home(client)
    if processes:
        yield from side_by_side(_processes(infer, workers, home), _call, samples, workers)
    elif workers == 1:
        yield from map(_caller(infer, home), samples)
    else:
        pool = concurrent.futures.ThreadPoolExecutor(workers, thread_name_prefix="vireo-infer")
        yield from side_by_side(pool, _caller(infer, home), samples, workers)
