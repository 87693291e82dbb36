#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What tracing adds to a call in Python, beside OpenTelemetry's SDK and MLflow.

Added time: the median over rounds of (a traced call - the plain call), in
rounds short enough that no client's queue fills; each client sends to a server
of its own, between the rounds.  All in one process, the rounds interleaved, so
that a busy moment of the machine meets all alike.

    small      def f(a, b): return a + b
    nested     the same inside of another traced function, counted per span
    coroutine  async def f(a, b): return a + b
    text       f(messages): 20 dicts of 200 characters, the output a text of 2 000

The event loop: how long it is held while coroutines with large inputs are
traced and pictures logged; the same program without tracing beside it.

OpenTelemetry's decorator records inputs and outputs as its instrumentations
do, as JSON attributes; MLflow's as it does by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import functools
import json
import os
import pathlib
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Any, Callable

from servers import started

Decorate = Callable[[Any], Any]


# ---------------------------------------------------------------- what is traced


def workload(decorate: Decorate) -> dict[str, Callable[[], Any]]:
    """Each case as a call without arguments."""

    @decorate
    def small(a: int, b: int) -> int:
        return a + b

    @decorate
    def outer(a: int, b: int) -> int:
        return small(a, b)

    @decorate
    async def coroutine(a: int, b: int) -> int:
        return a + b

    @decorate
    def text(messages: list[dict[str, str]]) -> str:
        return "y" * 2000

    messages = [{"role": "user", "content": "x" * 200} for _ in range(20)]

    def run_coroutine() -> Any:
        try:
            coroutine(1, 2).send(None)
        except StopIteration as stop:
            return stop.value

    return {
        "small": lambda: small(1, 2),
        "nested": lambda: outer(1, 2),
        "coroutine": run_coroutine,
        "text": lambda: text(messages),
    }


SPANS = {"small": 1, "nested": 2, "coroutine": 1, "text": 1}


def plain(function: Any) -> Any:
    return function


def opentelemetry_decorator(tracer: Any) -> Decorate:
    """A span with its call's input and output, as instrumentations write it."""

    def decorate(function: Any) -> Any:
        name = function.__name__

        if asyncio.iscoroutinefunction(function):

            @functools.wraps(function)
            async def async_wrapper(*args: Any, **kwargs: Any) -> Any:
                with tracer.start_as_current_span(name) as span:
                    span.set_attribute("input.value", json.dumps({"args": args, "kwargs": kwargs}))
                    result = await function(*args, **kwargs)
                    span.set_attribute("output.value", json.dumps(result))
                    return result

            return async_wrapper

        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with tracer.start_as_current_span(name) as span:
                span.set_attribute("input.value", json.dumps({"args": args, "kwargs": kwargs}))
                result = function(*args, **kwargs)
                span.set_attribute("output.value", json.dumps(result))
                return result

        return wrapper

    return decorate


# ---------------------------------------------------------------- clients


class Client:
    """A name, a decorator, and how to let it send what it has."""

    def __init__(self, name: str, decorate: Decorate, drain: Callable[[], Any]) -> None:
        self.name = name
        self.cases = workload(decorate)
        self.drain = drain


@contextlib.contextmanager
def clients(with_mlflow: bool) -> Iterator[list[Client]]:
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(started("vireo"))
        os.environ["VIREO_SPOOL"] = stack.enter_context(tempfile.TemporaryDirectory())
        found = [Client("plain", plain, lambda: None), vireo_client(server.url), opentelemetry_client(server.url)]
        if with_mlflow:
            found.append(mlflow_client(stack.enter_context(started("mlflow")).url))
        yield found


def vireo_client(url: str) -> Client:
    from vireo import Vireo

    vr = Vireo("bench", url=url)
    return Client("Vireo", vr.trace, lambda: vr.flush(30))


def opentelemetry_client(url: str) -> Client:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url + "/v1/traces")))
    return Client("OpenTelemetry", opentelemetry_decorator(provider.get_tracer("bench")), provider.force_flush)


def mlflow_client(url: str) -> Client:
    import mlflow

    mlflow.set_tracking_uri(url)
    mlflow.set_experiment("bench")
    return Client("MLflow", mlflow.trace, mlflow.flush_trace_async_logging)


# ---------------------------------------------------------------- time


def per_call(call: Callable[[], Any], calls: int) -> float:
    """Nanoseconds a call."""
    repeat = range(calls)
    before = time.perf_counter_ns()
    for _ in repeat:
        call()
    return (time.perf_counter_ns() - before) / calls


def measure(found: list[Client], rounds: int) -> dict[str, dict[str, float]]:
    """Added nanoseconds a span, by case and client."""
    table: dict[str, dict[str, float]] = {}
    for case in SPANS:
        times: dict[str, list[float]] = {c.name: [] for c in found}
        for _ in range(rounds + 1):
            for client in found:
                calls = 20 if client.name == "MLflow" else 400
                times[client.name].append(per_call(client.cases[case], calls))
                client.drain()
        medians = {name: statistics.median(values[1:]) for name, values in times.items()}  # the first warms up
        table[case] = {name: (t - medians["plain"]) / SPANS[case] for name, t in medians.items() if name != "plain"}
    return table


# ---------------------------------------------------------------- event loop


async def stalls(decorate: Decorate, log: Callable[[Any], None], seconds: float) -> tuple[list[float], list[float]]:
    """Milliseconds between two turns of the loop while a service works: by the clock, and of the loop's own work.

    The clock also counts what other programs take from the processor; the loop's own work does not
    count waiting for the interpreter's lock.
    """
    import numpy as np

    documents = [{"id": i, "text": "word " * 100, "vector": list(range(64))} for i in range(2000)]
    picture = np.random.default_rng(0).integers(0, 255, (512, 512, 3), dtype="uint8")

    @decorate
    async def handle(documents: list[dict[str, Any]]) -> str:
        log(picture)
        await asyncio.sleep(0.05)
        return "z" * 100_000

    await handle(documents)
    gaps: list[float] = []
    work: list[float] = []
    end = time.perf_counter() + seconds

    async def serve() -> None:
        while time.perf_counter() < end:
            await handle(documents)

    worker = asyncio.create_task(serve())
    while not worker.done():
        before, used = time.perf_counter(), time.thread_time()
        await asyncio.sleep(0)
        gaps.append((time.perf_counter() - before) * 1000)
        work.append((time.thread_time() - used) * 1000)
    return sorted(gaps), sorted(work)


def shown_stalls(name: str, measured: tuple[list[float], list[float]]) -> str:
    gaps, work = measured

    def at(share: float) -> float:
        return gaps[min(len(gaps) - 1, int(len(gaps) * share))]

    return f"| {name} | {at(0.99):.3f} | {at(0.999):.3f} | {gaps[-1]:.3f} | {work[-1]:.3f} |"


def event_loop(seconds: float) -> None:
    from vireo import Vireo

    print("\n| event loop held, ms | 99 % | 99.9 % | longest | longest work |\n| --- | ---: | ---: | ---: | ---: |")
    print(shown_stalls("not traced", asyncio.run(stalls(plain, lambda _: None, seconds))))
    with started("vireo") as server, Vireo("bench", url=server.url) as vr:
        print(shown_stalls("calls traced", asyncio.run(stalls(vr.trace, lambda _: None, seconds))))
        log = lambda p: vr.current_span().log("page", p)  # noqa: E731
        print(shown_stalls("and a picture of 768 kB logged by each", asyncio.run(stalls(vr.trace, log, seconds))))


# ---------------------------------------------------------------- memory


def memory(calls: int) -> None:
    """Resident memory before and after many calls."""
    from vireo import Vireo

    def resident_kb() -> int:
        pages = pathlib.Path("/proc/self/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE") // 1024

    with started("vireo") as server, Vireo("bench", url=server.url) as vr:

        @vr.trace
        def small(a: int, b: int) -> int:
            return a + b

        def run(n: int) -> None:
            for i in range(n // 10_000):
                for _ in range(10_000):
                    small(1, 2)
                if i % 4 == 0:
                    vr.flush(60)

        run(200_000)
        before = resident_kb()
        run(calls)
        print(f"\nResident memory over {calls:,} calls: {before} kB -> {resident_kb()} kB; {vr.counters()}")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--rounds", type=int, default=6)
    options.add_argument("--seconds", type=float, default=5, help="of each event loop run")
    options.add_argument("--calls", type=int, default=0, help="of the memory run; 10 000 000 for the record")
    args = options.parse_args()
    try:
        import mlflow  # noqa: F401

        with_mlflow = True
    except ImportError:
        with_mlflow = False
        print("MLflow is not installed here: left out", file=sys.stderr)
    with clients(with_mlflow) as found:
        table = measure(found, args.rounds)
    names = [c.name for c in found if c.name != "plain"]
    print(f"| added a span, microseconds | {' | '.join(names)} |\n| --- |{' ---: |' * len(names)}")
    for case, row in table.items():
        factors = (
            f"{row[n] / 1000:.2f}" + (f" ({row[n] / row['Vireo']:.0f} x)" if n != "Vireo" else "") for n in names
        )
        print(f"| {case} | {' | '.join(factors)} |")
    event_loop(args.seconds)
    if args.calls:
        memory(args.calls)
    return 0


if __name__ == "__main__":
    sys.exit(main())
