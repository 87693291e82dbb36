# SPDX-License-Identifier: Apache-2.0
"""Hostile and broken input: a clear error, no crash, bounded memory."""

from __future__ import annotations

import gzip
import json
import random
import socket
import zlib

import pytest
import zstandard
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from vireo_server import JSON, PROTOBUF, Server, make_request, rejected

MEBI = 1024 * 1024


def resident(server: Server) -> int:
    for line in server.http.get("/metrics").text.splitlines():
        if line.startswith("process_resident_memory_bytes "):
            return int(line.split()[1])
    raise AssertionError("no memory in the metrics")


def assert_alive(server: Server) -> None:
    assert server.http.get("/readyz").status_code == 200
    assert rejected(server.send(make_request([(random.randrange(1, 2**64), 1)]))) == 0


def post_json(server: Server, body: object, **headers: str):
    return server.http.post("/v1/traces", content=json.dumps(body), headers=JSON | headers)


def span_json(**fields: object) -> dict:
    span = {"traceId": "01" * 16, "spanId": "02" * 8, "name": "n", "startTimeUnixNano": "1", "endTimeUnixNano": "2"}
    return {"resourceSpans": [{"scopeSpans": [{"spans": [span | fields]}]}]}


def test_truncated_protobuf_at_every_byte(shared_server: Server) -> None:
    whole = make_request([(1, 1), (1, 2)], payload="x" * 50).SerializeToString()
    for cut in range(1, len(whole)):
        answer = shared_server.http.post("/v1/traces", content=whole[:cut], headers=PROTOBUF)
        assert answer.status_code in (200, 400), (cut, answer.status_code)
        if answer.status_code == 400:
            assert answer.headers["content-type"] == "application/x-protobuf"
            status = Status.FromString(answer.content)
            assert status.code == 3
            assert status.message
    assert_alive(shared_server)


def test_flipped_bytes(shared_server: Server) -> None:
    generator = random.Random(1)
    whole = make_request([(2, n) for n in range(1, 6)], payload="text").SerializeToString()
    for _ in range(300):
        body = bytearray(whole)
        for _ in range(generator.randrange(1, 5)):
            body[generator.randrange(len(body))] = generator.randrange(256)
        assert shared_server.http.post("/v1/traces", content=bytes(body), headers=PROTOBUF).status_code in (
            200,
            400,
            413,
        )
    assert_alive(shared_server)


@pytest.mark.parametrize(
    "text",
    ["", "{", "nul", "[]", '"x"', "{} {}", '{"resourceSpans": 5}', '{"resourceSpans": [1]}', "\ufeff{}", '{"a": 1,}'],
)
def test_broken_json_is_told_in_json(shared_server: Server, text: str) -> None:
    answer = shared_server.http.post("/v1/traces", content=text.encode(), headers=JSON)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert body["code"] == 3
    assert body["message"]


@pytest.mark.parametrize(
    "fields",
    [
        {"traceId": "zz" * 16},
        {"traceId": "00" * 16},
        {"traceId": 5},
        {"spanId": "02"},
        {"startTimeUnixNano": "-5"},
        {"startTimeUnixNano": "99999999999999999999"},
        {"startTimeUnixNano": {"a": 1}},
        {"attributes": {"a": 1}},
        {"attributes": [{"key": "k", "value": {"intValue": "x"}}]},
        {"events": "none"},
    ],
)
def test_wrong_types_name_the_field(shared_server: Server, fields: dict) -> None:
    answer = post_json(shared_server, span_json(**fields))
    field = next(iter(fields))
    if answer.status_code == 200:
        partial = answer.json()["partialSuccess"]
        assert int(partial["rejectedSpans"]) == 1
        assert field in partial["errorMessage"]
    else:
        assert answer.status_code == 400
        assert field in answer.json()["message"]


@pytest.mark.parametrize(
    ("start", "fine"), [(0, True), (1, True), (2**63 - 1, True), (2**63, False), (2**64 - 1, False)]
)
def test_times_at_the_edges(shared_server: Server, start: int, fine: bool) -> None:
    request = make_request([(start % 2**50 + 1000, 1)])
    span = request.resource_spans[0].scope_spans[0].spans[0]
    span.start_time_unix_nano = span.end_time_unix_nano = start
    assert rejected(shared_server.send(request)) == (0 if fine else 1)
    assert_alive(shared_server)


def test_content_types_and_encodings_that_are_not_known(shared_server: Server) -> None:
    post = shared_server.http.post
    for kind in ("text/plain", "application/xml", "", "application/x-protobuf2"):
        answer = post("/v1/traces", content=b"x", headers={"content-type": kind})
        assert answer.status_code == 415, kind
        assert "Content-Type" in answer.json()["message"]
    for encoding in ("br", "compress", "gzip, gzip"):
        answer = post("/v1/traces", content=b"x", headers=PROTOBUF | {"content-encoding": encoding})
        assert answer.status_code == 415, encoding
        assert "Content-Encoding" in Status.FromString(answer.content).message
    for encoding in ("gzip", "zstd"):
        answer = post("/v1/traces", content=b"not packed", headers=PROTOBUF | {"content-encoding": encoding})
        assert answer.status_code == 400, encoding


def test_bombs_stay_small(server: Server) -> None:
    before = resident(server)
    zeros = bytes(64 * MEBI)
    packed = {"gzip": gzip.compress(zeros * 16), "zstd": zstandard.ZstdCompressor().compress(zeros * 32)}
    packed["deflate"] = zlib.compress(zeros * 8)
    for encoding, body in packed.items():
        assert len(body) < 2 * MEBI
        answer = server.http.post("/v1/traces", content=body, headers=PROTOBUF | {"content-encoding": encoding})
        assert answer.status_code in (400, 413), (encoding, answer.content)
    assert_alive(server)
    assert resident(server) - before < 400 * MEBI


@pytest.mark.parametrize("kind", ["arrayValue", "kvlistValue"])
def test_deep_nesting_is_refused(shared_server: Server, kind: str) -> None:
    value = '{"stringValue": "deep"}'
    for _ in range(5000):
        inner = f'[{{"key": "k", "value": {value}}}]' if kind == "kvlistValue" else f"[{value}]"
        value = f'{{"{kind}": {{"values": {inner}}}}}'
    body = json.dumps(span_json(attributes=["HERE"])).replace('"HERE"', f'{{"key": "d", "value": {value}}}')
    answer = shared_server.http.post("/v1/traces", content=body, headers=JSON)
    assert answer.status_code in (200, 400, 413)
    if answer.status_code == 200:
        assert int(answer.json()["partialSuccess"]["rejectedSpans"]) == 1
    deep = "[" * 100_000
    assert shared_server.http.post("/v1/traces", content=deep, headers=JSON).status_code in (400, 413)
    assert_alive(shared_server)


def test_a_hundred_thousand_attributes(server: Server) -> None:
    request = make_request([(77, 1)])
    span = request.resource_spans[0].scope_spans[0].spans[0]
    for i in range(100_000):
        span.attributes.add(key=f"key.{i}").value.int_value = i
    assert rejected(server.send(request)) == 0
    [stored] = server.api(f"/traces/{77:032x}")["spans"]
    kept = len(stored["attributes"])
    assert kept + stored["dropped"]["attributes"] == 100_001
    assert kept >= 1000
    assert stored["attributes"]["key.5"] == 5
    server.stop()
    server.start()
    [again] = server.api(f"/traces/{77:032x}")["spans"]
    assert again["attributes"] == stored["attributes"]


def test_outputs_of_many_megabytes(server: Server) -> None:
    text = "0123456789abcdef" * (60 * MEBI // 16)
    request = make_request([(78, 1)])
    request.resource_spans[0].scope_spans[0].spans[0].attributes.add(key="vireo.output").value.string_value = text
    assert rejected(server.send(request)) == 0
    [span] = server.api(f"/traces/{78:032x}")["spans"]
    assert span["output"] == text
    [summary] = server.api("/traces")["items"]
    assert 0 < len(summary["output_preview"]) <= 256
    request.resource_spans[0].scope_spans[0].spans[0].attributes.add(key="more").value.string_value = text
    answer = server.send(request)
    assert answer.status_code == 413
    assert Status.FromString(answer.content).message
    assert_alive(server)


def test_text_that_is_not_utf8_is_mended(shared_server: Server) -> None:
    request = make_request([(79, 1)], name="PLACEHOLDER")
    body = request.SerializeToString().replace(b"PLACEHOLDER", b"PLAC\xff\xfeOLDER")
    answer = shared_server.http.post("/v1/traces", content=body, headers=PROTOBUF)
    assert rejected(answer) == 0
    [span] = shared_server.api(f"/traces/{79:032x}")["spans"]
    assert span["name"] == "PLAC\ufffd\ufffdOLDER"


def test_names_of_projects_that_cannot_be(shared_server: Server) -> None:
    for name in ("x" * 5000, "%00", "%20", "a%0Ab"):
        answer = shared_server.send(make_request([(80, 1)]), **{"x-vireo-project": name})
        assert answer.status_code in (200, 400), name
    answer = shared_server.send(make_request([(80, 1)], resource={"vireo.project": "a\x00b"}))
    assert answer.status_code in (200, 400)
    assert_alive(shared_server)


def test_an_empty_request_is_fine(shared_server: Server) -> None:
    answer = shared_server.http.post("/v1/traces", content=b"", headers=PROTOBUF)
    assert answer.status_code == 200
    assert ExportTraceServiceResponse.FromString(answer.content) == ExportTraceServiceResponse()
    assert post_json(shared_server, {}).json() == {}


def test_rest_bodies_that_are_wrong(shared_server: Server) -> None:
    path = "/api/v1/projects/default/models/m/versions"
    for body in ("", "{", "[]", "null", '{"fingerprint": 5}', '{"fingerprint": "short"}', '{"source": "x"}', "{}"):
        answer = shared_server.http.post(path, content=body, headers=JSON)
        assert answer.status_code == 400, body
        problem = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert problem["status"] == 400
        assert problem["detail"]
    answer = shared_server.http.post("/api/v1/projects", content='{"name": ""}', headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["field"] == "name"


def raw(server: Server, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), 30) as s:
        s.sendall(data)
        s.shutdown(socket.SHUT_WR)
        parts = []
        try:
            while part := s.recv(65536):
                parts.append(part)
        except ConnectionResetError:
            pass
        return b"".join(parts)


def test_requests_that_are_no_http(shared_server: Server) -> None:
    generator = random.Random(2)
    for _ in range(200):
        raw(shared_server, generator.randbytes(generator.randrange(1, 300)) + b"\r\n\r\n")
    raw(shared_server, b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n")
    raw(shared_server, b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 5000 + b"\r\n")
    assert_alive(shared_server)
