# SPDX-License-Identifier: Apache-2.0
"""One trace of 100 thousand spans: how long its first window takes from the API.

python bench/large_trace.py [--spans 100000]
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import time

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from servers import Server, started

TRACE = bytes.fromhex("00000000000000000000000000abcdef")
START = 1_790_000_000_000_000_000
WINDOW = 200


def request_of(first: int, count: int) -> bytes:
    """Spans `first`..: each the child of the one with a seventh of its number, as in an agent's tree."""
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    for number in range(first, first + count):
        span = scope.spans.add(trace_id=TRACE, span_id=(number + 1).to_bytes(8, "big"), name=f"step {number % 50}")
        if number:
            span.parent_span_id = (number // 7 + 1).to_bytes(8, "big")
        span.start_time_unix_nano = START + number * 10_000
        span.end_time_unix_nano = START + number * 10_000 + 10**9 // (number + 1)
        span.attributes.add(key="vireo.input").value.string_value = f"the input of step {number}, " * 8
    return request.SerializeToString()


def fill(server: Server, spans: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    for first in range(0, spans, 2000):
        body = request_of(first, min(2000, spans - first))
        while True:
            connection.request("POST", "/v1/traces", body, {"content-type": "application/x-protobuf"})
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                break
            time.sleep(0.1)


def ask(server: Server, rounds: int, spans: int) -> tuple[list[float], list[float]]:
    """Milliseconds of the first window and of one in the middle."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for at, taken in zip((0, spans // 2), times, strict=True):
            begin = time.perf_counter()
            connection.request("GET", f"/api/v1/projects/default/traces/{TRACE.hex()}/spans?offset={at}&limit={WINDOW}")
            answer = connection.getresponse()
            body = answer.read()
            taken.append((time.perf_counter() - begin) * 1000)
            if answer.status != 200:
                raise RuntimeError(f"{answer.status} {body[:200]!r}")
            window = json.loads(body)
            if window["total"] != spans or len(window["items"]) != WINDOW:
                raise RuntimeError(f"{len(window['items'])} of {window['total']} spans came")
    return times


def measure_large_trace(spans: int = 100_000, rounds: int = 9) -> str:
    """One sentence with the figures."""
    with started("vireo") as server:
        fill(server, spans)
        time.sleep(2)
        try:
            first, middle = ask(server, rounds, spans)
        except (RuntimeError, KeyError) as problem:
            return f"A trace of {spans} spans: {problem}"
    return (
        f"A trace of {spans} spans, windows of {WINDOW}: the first {first[0]:.1f} ms the first time, "
        f"{statistics.median(first[1:]):.1f} ms later; one in the middle {statistics.median(middle):.1f} ms (target 50)"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spans", type=int, default=100_000)
    print(measure_large_trace(parser.parse_args().spans))
