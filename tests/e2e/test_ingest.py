# SPDX-License-Identifier: Apache-2.0
"""The OpenTelemetry SDK's own exporters in both encodings, every compression:
what they send comes back attribute for attribute."""

from __future__ import annotations

import base64
import gzip
import json
import math
import zlib
from typing import Any

import pytest
import zstandard
from google.protobuf.json_format import MessageToDict
from opentelemetry import trace
from opentelemetry.exporter.otlp.json.http.trace_exporter import OTLPSpanExporter as JsonExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, Status, StatusCode
from vireo_server import JSON, PROTOBUF, Server, make_request, rejected

ATTRIBUTES: dict[str, Any] = {
    "text": 'héllo\n"quoted" \\ \u0001 \U0001f600',
    "empty": "",
    "int": 42,
    "negative": -(2**63),
    "large": 2**63 - 1,
    "whole double": 1.0,
    "double": 0.1,
    "tiny": 5e-324,
    "huge": 1.7976931348623157e308,
    "true": True,
    "false": False,
    "texts": ["a", "b", ""],
    "ints": [1, -2, 3],
    "doubles": [0.5, 1.0],
    "bools": [True, False],
    "no items": [],
    "dotted.key with space": "x",
}


def record(exporter: SpanExporter) -> list[ReadableSpan]:
    """A little of everything that a span can carry."""
    memory = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource.create({"service.name": "sdk", "service.instances": 3}))
    provider.add_span_processor(SimpleSpanProcessor(memory))
    tracer = provider.get_tracer("scope", "1.2.3", attributes={"scope key": "scope value"})
    with tracer.start_as_current_span("root", kind=SpanKind.SERVER, attributes=ATTRIBUTES) as root:
        root.add_event("happened", {"n": 1, "f": 2.0}, timestamp=root.start_time + 5)
        with tracer.start_as_current_span("child", links=[trace.Link(root.get_span_context(), {"why": "test"})]) as c:
            c.set_status(Status(StatusCode.ERROR, "it broke"))
            try:
                raise ValueError("bad value")
            except ValueError as error:
                c.record_exception(error)
        with tracer.start_as_current_span("fine", kind=SpanKind.CLIENT) as fine:
            fine.set_status(StatusCode.OK)
    spans = list(memory.get_finished_spans())
    assert exporter.export(spans).name == "SUCCESS"
    return spans


def same(have: Any, want: Any) -> bool:
    """Equal in value and in type: 1 is not 1.0 and not True."""
    if isinstance(want, list | tuple):
        return len(have) == len(want) and all(same(h, w) for h, w in zip(have, want, strict=True))
    if isinstance(want, float) and math.isnan(want):
        return bool(have == {"double": "NaN"})
    return type(have) is type(want) and have == want


def assert_attributes(have: dict[str, Any], want: Any) -> None:
    assert set(have) == set(want)
    for key, value in want.items():
        assert same(have[key], value), (key, have[key], value)


def nanoseconds(text: str) -> int:
    import datetime

    whole, _, fraction = text.rstrip("Z").partition(".")
    seconds = int(datetime.datetime.fromisoformat(whole + "+00:00").timestamp())
    return seconds * 10**9 + int(fraction.ljust(9, "0"))


def assert_stored(server: Server, spans: list[ReadableSpan]) -> None:
    context = spans[0].get_span_context()
    assert context is not None
    stored = server.api(f"/traces/{context.trace_id:032x}")["spans"]
    by_id = {s["span_id"]: s for s in stored}
    assert len(stored) == len(spans)
    for span in spans:
        have = by_id[f"{span.get_span_context().span_id:016x}"]
        assert have["name"] == span.name
        assert have["kind"] == f"SPAN_KIND_{span.kind.name}"
        assert have["parent_span_id"] == (f"{span.parent.span_id:016x}" if span.parent else None)
        assert nanoseconds(have["start_time"]) == span.start_time
        assert nanoseconds(have["end_time"]) == span.end_time
        assert have["duration_ns"] == span.end_time - span.start_time
        assert have["status"] == {
            "code": span.status.status_code.name.lower(),
            "message": span.status.description or "",
        }
        assert_attributes(have["attributes"], span.attributes)
        assert_attributes(have["resource"], span.resource.attributes)
        assert have["scope"]["name"] == "scope"
        assert have["scope"]["version"] == "1.2.3"
        assert_attributes(have["scope"]["attributes"], {"scope key": "scope value"})
        assert [e["name"] for e in have["events"]] == [e.name for e in span.events]
        for event, want in zip(have["events"], span.events, strict=True):
            assert nanoseconds(event["time"]) == want.timestamp
            assert_attributes(event["attributes"], want.attributes)
        for link, want in zip(have["links"], span.links, strict=True):
            assert link["span_id"] == f"{want.context.span_id:016x}"
            assert_attributes(link["attributes"], want.attributes)


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip, Compression.Deflate])
def test_the_sdks_protobuf_exporter(shared_server: Server, compression: Compression) -> None:
    exporter = OTLPSpanExporter(endpoint=shared_server.url + "/v1/traces", compression=compression)
    assert_stored(shared_server, record(exporter))


def test_the_sdks_json_exporter(shared_server: Server) -> None:
    exporter = JsonExporter(endpoint=shared_server.url + "/v1/traces")
    assert_stored(shared_server, record(exporter))


def test_an_error_is_shown_with_its_stack(shared_server: Server) -> None:
    spans = record(OTLPSpanExporter(endpoint=shared_server.url + "/v1/traces"))
    stored = shared_server.api(f"/traces/{spans[0].get_span_context().trace_id:032x}")["spans"]
    error = next(s for s in stored if s["name"] == "child")["error"]
    assert error["type"] == "ValueError"
    assert error["message"] == "bad value"
    assert "Traceback" in error["stacktrace"]
    assert stored[0]["name"] == "root"


def as_otlp_json(request: ExportTraceServiceRequest) -> dict[str, Any]:
    """proto3 JSON as OTLP has it: ids in hex instead of base64."""
    message = MessageToDict(request)
    for resource_spans in message["resourceSpans"]:
        for scope_spans in resource_spans["scopeSpans"]:
            for span in scope_spans["spans"]:
                for key in ("traceId", "spanId", "parentSpanId"):
                    if key in span:
                        span[key] = base64.b64decode(span[key]).hex()
    return message


PACKERS = {
    "identity": lambda b: b,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": lambda b: zstandard.ZstdCompressor().compress(b),
}


@pytest.mark.parametrize("encoding", sorted(PACKERS))
@pytest.mark.parametrize("kind", ["protobuf", "json"])
def test_every_encoding_gives_the_same_spans(shared_server: Server, encoding: str, kind: str) -> None:
    trace_id = hash((encoding, kind)) % 2**60 + 1
    request = make_request([(trace_id, 7)], name=f"{encoding} {kind}")
    request.resource_spans[0].scope_spans[0].spans[0].attributes.add(key="raw").value.bytes_value = b"\x00\xff"
    request.resource_spans[0].scope_spans[0].spans[0].attributes.add(key="nan").value.double_value = math.nan
    body = request.SerializeToString() if kind == "protobuf" else json.dumps(as_otlp_json(request)).encode()
    headers = (PROTOBUF if kind == "protobuf" else JSON) | {"content-encoding": encoding}
    answer = shared_server.http.post("/v1/traces", content=PACKERS[encoding](body), headers=headers)
    assert answer.status_code == 200, answer.content
    assert answer.headers["content-type"] == headers["content-type"]
    [span] = shared_server.api(f"/traces/{trace_id:032x}")["spans"]
    assert span["name"] == f"{encoding} {kind}"
    assert span["attributes"] == {"number": 7, "raw": {"bytes": "AP8="}, "nan": {"double": "NaN"}}


def test_projects_come_from_header_resource_or_default(server: Server) -> None:
    assert rejected(server.send(make_request([(1, 1)]))) == 0
    assert rejected(server.send(make_request([(2, 1)], resource={"vireo.project": "Concept Project"}))) == 0
    header = {"x-vireo-project": "caf%C3%A9 %26 more"}
    assert rejected(server.send(make_request([(3, 1)], resource={"vireo.project": "other"}), **header)) == 0
    names = [p["name"] for p in server.http.get("/api/v1/projects").json()["items"]]
    assert names == sorted(["default", "Concept Project", "café & more"])
    for project, number in [("default", 1), ("Concept%20Project", 2), ("caf%C3%A9%20%26%20more", 3)]:
        [item] = server.api("/traces", project)["items"]
        assert item["trace_id"] == f"{number:032x}"


def test_sent_twice_is_stored_once(server: Server) -> None:
    for _ in range(3):
        assert rejected(server.send(make_request([(5, 1), (5, 2)]))) == 0
    assert len(server.api(f"/traces/{5:032x}")["spans"]) == 2
    assert server.api("/traces")["items"][0]["span_count"] == 2
    assert server.api("/traces/histogram")["total"] == 1


def test_one_bad_span_does_not_reject_its_batch(server: Server) -> None:
    request = make_request([(6, 1), (6, 2), (6, 3)])
    request.resource_spans[0].scope_spans[0].spans[1].span_id = b"short"
    answer = server.send(request)
    assert rejected(answer) == 1
    assert b"spans[1].spanId" in answer.content
    assert len(server.api(f"/traces/{6:032x}")["spans"]) == 2
    assert server.api("")["counters"] == {"received": 3, "stored": 2, "rejected": 1}
