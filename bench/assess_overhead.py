#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `assess` adds to a call over `trace`, and how fast calls are judged.

Added time: the median over rounds of (an assessed call - the same call traced),
each call timed by itself, since judging happens on other threads of the same
process and their turns at the interpreter's lock are not the call's own work;
the rounds interleaved.  The mean, which has these turns in it, is told too.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from typing import Any, Callable

from servers import started


def rubric(outputs: Any) -> Any:
    return outputs


def workload(decorate: Callable[[Any], Any]) -> dict[str, Callable[[], Any]]:
    @decorate
    def small(a: int, b: int) -> int:
        return a + b

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

    return {"small": lambda: small(1, 2), "coroutine": run_coroutine, "text": lambda: text(messages)}


def times_of(call: Callable[[], Any], calls: int) -> list[int]:
    clock, times = time.perf_counter_ns, []
    for _ in range(calls):
        before = clock()
        call()
        times.append(clock() - before)
    return times


def measure(rounds: int, calls: int, gap: float) -> None:
    from vireo import Vireo
    from vireo.judge import Judge

    with started("vireo") as server, tempfile.TemporaryDirectory() as spool:
        os.environ["VIREO_SPOOL"] = spool
        with Vireo("bench", url=server.url) as vr:
            tag = vr.add_judge(Judge("same", "the output itself", rubric, lambda score: score > 2))
            cases = {"trace": workload(vr.trace), "assess": workload(vr.assess(tag, name=None))}
            print("| added by assess, microseconds | median | mean |\n| --- | ---: | ---: |")
            for case in cases["trace"]:
                taken: dict[str, list[int]] = {"trace": [], "assess": []}
                for number in range(rounds + 1):
                    for kind in ("trace", "assess"):
                        found = times_of(cases[kind][case], calls)
                        taken[kind] += found if number else []  # the first round warms up
                        time.sleep(gap)
                    vr.flush(60)
                median = statistics.median(taken["assess"]) - statistics.median(taken["trace"])
                mean = statistics.mean(taken["assess"]) - statistics.mean(taken["trace"])
                print(f"| {case} | {median / 1000:.2f} | {mean / 1000:.2f} |")
            throughput(vr, cases["assess"]["small"])


def throughput(vr: Any, call: Callable[[], Any], calls: int = 5000) -> None:
    vr.flush(60)
    before = time.perf_counter()
    for _ in range(calls):
        call()
    called = time.perf_counter() - before
    vr.flush(120)
    judged = time.perf_counter() - before
    print(
        f"\n{calls} calls in {called:.2f} s, all judged and their scores stored after {judged:.2f} s; {vr.counters()}"
    )


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--rounds", type=int, default=10)
    options.add_argument("--calls", type=int, default=400)
    options.add_argument("--gap", type=float, default=0.0)
    args = options.parse_args()
    measure(args.rounds, args.calls, args.gap)
    return 0


if __name__ == "__main__":
    sys.exit(main())
