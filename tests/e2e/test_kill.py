# SPDX-License-Identifier: Apache-2.0
"""kill -9 at any moment under load: no acknowledged span is missing or doubled.

KILL_ROUNDS says how often; `make check` does it a hundred times."""

from __future__ import annotations

import http.client
import os
import pathlib
import random
import signal
import threading
import time

from vireo_server import PROTOBUF, Server, make_request, run

ROUNDS = int(os.environ.get("KILL_ROUNDS", "12"))
CLIENTS = 6
SPANS = 3
# Small limits, so that kills meet flushes, compactions and new log files.
OPTIONS = ("--memtable-bytes", "64KiB", "--flush-after", "1s")


class Load:
    """Clients that send until the server is gone, and remember what it acknowledged."""

    def __init__(self, url: str, first: int) -> None:
        self.acknowledged: list[int] = []
        self.sent = 0
        self._url = url
        self._next = first
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run) for _ in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def _take(self) -> int:
        with self._lock:
            self._next += 1
            self.sent += 1
            return self._next

    def _run(self) -> None:
        client = http.client.HTTPConnection(self._url.removeprefix("http://"), timeout=30)
        try:
            while True:
                trace = self._take()
                body = make_request([(trace, n) for n in range(1, SPANS + 1)], payload="x" * 500).SerializeToString()
                client.request("POST", "/v1/traces", body, PROTOBUF)
                answer = client.getresponse()
                answer.read()
                if answer.status == 200:
                    with self._lock:
                        self.acknowledged.append(trace)
        except (OSError, http.client.HTTPException):
            return  # killed
        finally:
            client.close()

    def join(self) -> int:
        for thread in self._threads:
            thread.join()
        return self._next


def count_spans(server: Server) -> dict[int, int]:
    """Spans of each stored trace."""
    counts: dict[int, int] = {}
    cursor = None
    while True:
        page = server.api("/traces", limit=1000, **({"cursor": cursor} if cursor else {}))
        for item in page["items"]:
            trace = int(item["trace_id"], 16)
            assert trace not in counts
            counts[trace] = item["span_count"]
        cursor = page["next_cursor"]
        if cursor is None:
            return counts


def test_kill_at_any_moment(tmp_path: pathlib.Path) -> None:
    server = Server(tmp_path / "data", *OPTIONS)
    try:
        kill_and_count(server, random.Random(os.environ.get("KILL_SEED", "1")))
    finally:
        server.stop()
    assert "all is well" in run("doctor", "--data", server.data)


def kill_and_count(server: Server, generator: random.Random) -> None:
    acknowledged: set[int] = set()
    last = 0
    for _ in range(ROUNDS):
        server.start()
        load = Load(server.url, last)
        time.sleep(generator.uniform(0.02, 0.4))
        server.stop(signal.SIGKILL)
        last = load.join()
        acknowledged.update(load.acknowledged)
    server.start()
    counts = count_spans(server)
    assert len(acknowledged) > ROUNDS, "hardly anything was sent: raise the time of a round"
    missing = acknowledged - counts.keys()
    assert not missing, f"{len(missing)} of {len(acknowledged)} acknowledged traces are missing"
    # A request is atomic: all its spans or none, each once.
    assert set(counts.values()) == {SPANS}
    counters = server.api("")["counters"]
    assert counters["stored"] == SPANS * len(counts)
    assert server.stop() == 0
