# SPDX-License-Identifier: Apache-2.0
"""The real binary as a child process, and small helpers to talk OTLP to it."""

from __future__ import annotations

import os
import pathlib
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterable
from typing import Any

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("VIREO_BUILD", ROOT / "build"))
SANITIZED = "san" in BUILD.name  # of the presets asan, ubsan, tsan: slower and larger
BINARY = BUILD / "vireo"
READY = re.compile(r'msg="ready" url=(\S+)')
PROTOBUF = {"content-type": "application/x-protobuf"}
JSON = {"content-type": "application/json"}


def clean_environment() -> dict[str, str]:
    """The environment without options of a server that may run beside the tests."""
    return {k: v for k, v in os.environ.items() if not k.startswith("VIREO_") and "proxy" not in k.lower()}


class Server:
    """`vireo serve` on a free port; its log is kept for messages."""

    def __init__(self, data: pathlib.Path, *options: str, env: dict[str, str] | None = None) -> None:
        self.data = data
        self.options = options
        self.env = clean_environment() | (env or {})
        self.log: list[str] = []
        self.url = ""
        self.process: subprocess.Popen[str] | None = None
        self._http: httpx.Client | None = None

    def start(self) -> Server:
        """Start and wait until it is ready."""
        self.spawn()
        assert self.process is not None
        deadline = time.monotonic() + 60
        while not self.url and self.process.poll() is None and time.monotonic() < deadline:
            self._news.wait(0.05)
            self._news.clear()
        if not self.url:
            raise AssertionError(f"the server did not start: {self.log}")
        return self

    def spawn(self) -> None:
        self.url = ""
        self._news = threading.Event()
        self.process = subprocess.Popen(
            [BINARY, "serve", "--data", self.data, "--listen", "127.0.0.1:0", *self.options],
            stderr=subprocess.PIPE,
            text=True,
            env=self.env,
        )
        self._reader = threading.Thread(target=self._read_log, args=(self.process,), daemon=True)
        self._reader.start()

    def _read_log(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        for line in process.stderr:
            self.log.append(line.rstrip("\n"))
            found = READY.search(line)
            if found:
                self.url = found.group(1)
            self._news.set()
        self._news.set()

    @property
    def http(self) -> httpx.Client:
        if self._http is None or str(self._http.base_url).rstrip("/") != self.url:
            self._http = httpx.Client(base_url=self.url, timeout=60, trust_env=False)
        return self._http

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    def api(self, path: str, project: str = "default", **params: Any) -> Any:
        """GET below the project; the JSON of a 200."""
        answer = self.http.get(f"/api/v1/projects/{project}{path}", params=params)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.json()

    def send(self, request: ExportTraceServiceRequest, **headers: str) -> httpx.Response:
        return self.http.post("/v1/traces", content=request.SerializeToString(), headers=PROTOBUF | headers)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal and wait; the exit code."""
        if self._http is not None:
            self._http.close()
            self._http = None
        if self.process is None:
            return 0
        self.process.send_signal(how)
        code = self.process.wait(60)
        self._reader.join(10)
        assert self.process.stderr is not None
        self.process.stderr.close()
        self.process = None
        return code


def run(*arguments: str | pathlib.Path, code: int | None = 0, env: dict[str, str] | None = None) -> str:
    """Run a verb; its standard output.  The exit code must be `code` (None: any)."""
    done = subprocess.run(
        [BINARY, *arguments], capture_output=True, text=True, timeout=120, env=clean_environment() | (env or {})
    )
    if code is not None:
        assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
    return done.stdout + (done.stderr if code else "")


def make_request(
    spans: Iterable[tuple[int, int]],
    *,
    name: str = "span",
    start_ns: int = 1_790_000_000_000_000_000,
    resource: dict[str, str] | None = None,
    payload: str = "",
) -> ExportTraceServiceRequest:
    """A request with one span for each (trace number, span number)."""
    request = ExportTraceServiceRequest()
    resource_spans = request.resource_spans.add()
    for key, value in (resource or {"service.name": "tests"}).items():
        attribute = resource_spans.resource.attributes.add(key=key)
        attribute.value.string_value = value
    scope_spans = resource_spans.scope_spans.add()
    scope_spans.scope.name = "tests"
    for trace, number in spans:
        span = scope_spans.spans.add()
        span.trace_id = trace.to_bytes(16, "big")
        span.span_id = number.to_bytes(8, "big")
        span.name = name
        span.start_time_unix_nano = start_ns + trace % 10**9 * 1000
        span.end_time_unix_nano = start_ns + trace % 10**9 * 1000 + 500
        span.attributes.add(key="number").value.int_value = number
        if payload:
            span.attributes.add(key="vireo.input").value.string_value = payload
    return request


def rejected(answer: httpx.Response) -> int:
    """Spans that an accepted protobuf request lost."""
    assert answer.status_code == 200, (answer.status_code, answer.content)
    return ExportTraceServiceResponse.FromString(answer.content).partial_success.rejected_spans


def all_traces(server: Server, project: str = "default", **params: Any) -> list[dict[str, Any]]:
    """Every summary, through all pages."""
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = server.api("/traces", project, limit=1000, **params, **more)
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return items
