# SPDX-License-Identifier: Apache-2.0
"""A server in memory: takes spans, blobs, versions, judges and scores, and can be told to be away."""

from __future__ import annotations

import gzip
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

import zstandard
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

VERSIONS = re.compile(r"/api/v1/projects/([^/]+)/models/([^/]+)/versions$")
JUDGES = re.compile(r"/api/v1/projects/([^/]+)/judges/([^/]+)/versions$")
SCORES = re.compile(r"/api/v1/projects/([^/]+)/scores$")
BLOB = re.compile(r"/api/v1/projects/([^/]+)/blobs/([0-9a-f]{64})$")


def plain(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [plain(v) for v in value.array_value.values]
    return getattr(value, kind) if kind else None


@dataclass
class Received:
    """One span, its attributes plain; `input` and `output` decoded."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    start: int
    end: int
    status: int
    message: str
    attributes: dict[str, Any]
    events: list[tuple[str, dict[str, Any]]]
    resource: dict[str, Any]

    @property
    def input(self) -> Any:
        return json.loads(self.attributes["vireo.input"])

    @property
    def output(self) -> Any:
        return json.loads(self.attributes["vireo.output"])

    @property
    def tags(self) -> dict[str, Any]:
        return {k[len("vireo.tag.") :]: v for k, v in self.attributes.items() if k.startswith("vireo.tag.")}

    def reference(self, name: str) -> dict[str, Any]:
        return json.loads(self.attributes["vireo.reference." + name])


@dataclass
class FakeServer:
    port: int = 0
    spans: list[Received] = field(default_factory=list)
    blobs: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    versions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    judges: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    scores: dict[str, dict[str, Any]] = field(default_factory=dict)  # by id
    refuse_scores: int = 0  # a status to answer instead
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                encoding = self.headers.get("Content-Encoding")
                if encoding == "zstd":
                    body = zstandard.ZstdDecompressor().decompressobj().decompress(body)
                elif encoding == "gzip":
                    body = gzip.decompress(body)
                with outer.lock:
                    outer.post(self, self.path, body)

            do_PUT = do_POST

            def do_GET(self) -> None:
                self.reply(404, {"title": "Not Found", "status": 404, "detail": "no such thing", "field": "name"})

            def reply(self, status: int, answer: Any) -> None:
                data = b"" if answer is None else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.http.daemon_threads = True
        self.http.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients may leave
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()

    def post(self, handler: Any, path: str, body: bytes) -> None:
        if path == "/v1/traces":
            self.take_spans(body)
            handler.reply(200, None)
        elif version := VERSIONS.search(path):
            handler.reply(201, self.register(self.versions, unquote(version.group(2)), json.loads(body)))
        elif judge := JUDGES.search(path):
            handler.reply(201, self.register(self.judges, unquote(judge.group(2)), json.loads(body)))
        elif SCORES.search(path):
            self.take_scores(handler, json.loads(body)["scores"])
        elif blob := BLOB.search(path):
            self.blobs[blob.group(2)] = (handler.headers["Content-Type"], body)
            handler.reply(201, None)
        else:
            handler.reply(404, {"title": "Not Found", "status": 404})

    def take_scores(self, handler: Any, rows: list[dict[str, Any]]) -> None:
        if self.refuse_scores:
            handler.reply(self.refuse_scores, {"title": "No", "status": self.refuse_scores})
            return
        self.scores.update({row.get("id") or f"{row['trace_id']} {row['name']}": row for row in rows})
        handler.reply(200, {"accepted": len(rows), "rejected": []})

    @staticmethod
    def register(into: dict[str, list[dict[str, Any]]], model: str, body: dict[str, Any]) -> dict[str, Any]:
        known = into.setdefault(model, [])
        for i, version in enumerate(known):
            if version["fingerprint"] == body["fingerprint"]:
                return {"tag": f"{model}:v{i + 1}", "version": i + 1, "created": False}
        known.append(body)
        return {"tag": f"{model}:v{len(known)}", "version": len(known), "created": True}

    def take_spans(self, body: bytes) -> None:
        request = ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            shared = {a.key: plain(a.value) for a in resource.resource.attributes}
            for scope in resource.scope_spans:
                self.spans.extend(self.received(s, shared) for s in scope.spans)

    @staticmethod
    def received(s: Any, resource: dict[str, Any]) -> Received:
        return Received(
            s.name,
            s.trace_id.hex(),
            s.span_id.hex(),
            s.parent_span_id.hex(),
            s.start_time_unix_nano,
            s.end_time_unix_nano,
            s.status.code,
            s.status.message,
            {a.key: plain(a.value) for a in s.attributes},
            [(e.name, {a.key: plain(a.value) for a in e.attributes}) for e in s.events],
            resource,
        )

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()
