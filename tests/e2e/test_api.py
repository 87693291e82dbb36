# SPDX-License-Identifier: Apache-2.0
"""The REST API: shapes of docs/api.md, pages, errors, live views, metrics."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from typing import Any

import httpx
import openapi
import pytest
import yaml
from vireo_server import ROOT, Server, all_traces, make_request, rejected

DIGEST = "ab" * 32
SUMMARY = {
    "trace_id", "root_span_id", "name", "type", "model", "status", "error", "start_time", "duration_ns", "span_count",
    "input_preview", "output_preview", "tags", "references", "service", "session", "user", "input_tokens",
    "output_tokens",
    "scores",
}  # fmt: skip
SPAN = {
    "span_id", "parent_span_id", "name", "kind", "type", "start_time", "end_time", "duration_ns", "status", "model",
    "service", "session", "user", "input", "output", "tags", "references", "error", "llm", "attributes", "resource",
    "scope", "events", "links", "trace_state", "flags", "received_time", "dropped",
}  # fmt: skip


def attribute(span: Any, key: str, value: Any) -> None:
    target = span.attributes.add(key=key).value
    if isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int):
        target.int_value = value
    elif isinstance(value, float):
        target.double_value = value
    else:
        target.string_value = value


def send_span(server: Server, trace: int, **attributes: Any) -> None:
    request = make_request([(trace, 1)])
    for key, value in attributes.items():
        attribute(request.resource_spans[0].scope_spans[0].spans[0], key, value)
    assert rejected(server.send(request)) == 0


def test_shapes_of_traces(shared_server: Server) -> None:
    reference = {"media_type": "image/png", "size": 3, "sha256": DIGEST, "meta": {"width": 8}, "extra": 1}
    send_span(
        shared_server,
        1,
        **{
            "vireo.model.name": "digits",
            "vireo.model.fingerprint": DIGEST,
            "vireo.input": '{"a": 1}',
            "vireo.output": "7",
            "vireo.tag.tier": "free",
            "vireo.tag.age": 3,
            "vireo.tag.score": 1.0,
            "vireo.reference.image": json.dumps(reference),
            "vireo.reference.broken": "{",
            "session.id": "s1",
            "user.id": "u1",
        },
    )
    [summary] = shared_server.api("/traces", query="session:s1")["items"]
    assert set(summary) == SUMMARY
    assert summary["model"] == "digits:v1"
    assert summary["tags"] == {"tier": "free", "age": 3, "score": 1.0}
    assert isinstance(summary["tags"]["score"], float)
    assert summary["input_preview"] == '{"a": 1}'
    [shown] = summary["references"]
    expected = {"name": "image", "thumb": None, "thumb_type": None} | reference
    del expected["extra"]
    assert shown == expected
    trace = shared_server.api(f"/traces/{1:032x}")
    assert set(trace) == {"trace_id", "spans", "scores"}
    [span] = trace["spans"]
    assert set(span) == SPAN
    assert span["references"] == [expected]
    assert (span["input"], span["output"], span["session"], span["user"]) == ('{"a": 1}', "7", "s1", "u1")
    assert span["tags"] == summary["tags"]


def test_pages_hold_every_trace_once(server: Server) -> None:
    for i in range(25):
        send_span(server, i + 1)
    seen: list[str] = []
    cursor = None
    while True:
        page = server.api("/traces", limit=4, **({"cursor": cursor} if cursor else {}))
        seen += [t["trace_id"] for t in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        assert len(page["items"]) == 4
    assert seen == [f"{i:032x}" for i in range(25, 0, -1)]


@pytest.mark.parametrize(
    ("path", "params", "field"),
    [
        ("/traces", {"limit": "0"}, "limit"),
        ("/traces", {"limit": "1001"}, "limit"),
        ("/traces", {"limit": "x"}, "limit"),
        ("/traces", {"cursor": "nonsense"}, "cursor"),
        ("/traces", {"from": "yesterday"}, "from"),
        ("/traces", {"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "from"),
        ("/traces", {"query": "status:"}, "query"),
        ("/traces", {"query": '"open'}, "query"),
        ("/traces", {"query": "(" * 500}, "query"),
        ("/traces/histogram", {"buckets": "100000"}, "buckets"),
        ("/traces/xyz", {}, "trace_id"),
        ("/traces/export", {"format": "xml"}, "format"),
        ("/models/m/versions/zero", {}, "version"),
        ("/blobs/xyz", {}, "sha256"),
    ],
)
def test_wrong_parameters_name_the_field(shared_server: Server, path: str, params: dict, field: str) -> None:
    answer = shared_server.http.get("/api/v1/projects/default" + path, params=params)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["field"] == field
    assert problem["status"] == 400
    assert problem["detail"]
    if field == "query":
        assert isinstance(problem["position"], int)


def test_what_does_not_exist(shared_server: Server) -> None:
    get = shared_server.http.get
    for path in (
        "/api/v1/nothing",
        "/api/v1/projects/none",
        "/api/v1/projects/none/traces",
        f"/api/v1/projects/default/traces/{'f' * 32}",
        "/api/v1/projects/default/models/none",
        "/api/v1/projects/default/models/none/versions/1",
        f"/api/v1/projects/default/blobs/{'0' * 64}",
        "/v1/logs",
    ):
        answer = get(path)
        assert answer.status_code == 404, path
        assert answer.json()["status"] == 404
    answer = shared_server.http.put("/api/v1/projects")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, POST"


def test_models_and_versions(server: Server) -> None:
    path = "/api/v1/projects/default/models/a%2Fb%3Ac/versions"
    body = {
        "fingerprint": DIGEST,
        "source": "def f(x):\n    return x",
        "signature": "(x)",
        "output_type": "int",
        "dependencies": [{"name": "g", "kind": "function", "source": "def g(): ..."}],
        "packages": {"numpy": "2.1"},
        "language": "python",
        "language_version": "3.11.7",
        "git": {"commit": "abc", "dirty": False, "branch": "main"},
        "metadata": {"note": "first"},
    }
    first = server.http.post(path, json=body)
    assert first.status_code == 201
    assert first.json() == {"tag": "a/b:c:v1", "version": 1, "created": True}
    again = server.http.post(path, json=body)
    assert again.status_code == 200
    assert again.json() == {"tag": "a/b:c:v1", "version": 1, "created": False}
    second = server.http.post(path, json=body | {"fingerprint": "cd" * 32})
    assert second.json()["tag"] == "a/b:c:v2"

    detail = server.http.get(path + "/v1").json()
    assert detail["source"] == body["source"]
    assert detail["dependencies"] == body["dependencies"]
    assert detail["packages"] == body["packages"]
    assert detail["git"] == body["git"]
    assert detail["metadata"] == body["metadata"]
    assert [v["version"] for v in server.http.get(path).json()["items"]] == [2, 1]
    page = server.http.get(path, params={"limit": 1}).json()
    assert page["items"][0]["version"] == 2
    assert server.http.get(path, params={"cursor": page["next_cursor"]}).json()["items"][0]["version"] == 1

    patched = server.http.patch(path + "/2", json={"metadata": {"stage": "production"}})
    assert patched.json()["metadata"] == {"stage": "production"}
    model = "/api/v1/projects/default/models/"
    renamed = server.http.patch(model + "a%2Fb%3Ac", json={"name": "new", "metadata": {"owner": "me"}})
    assert renamed.status_code == 200
    assert renamed.json()["name"] == "new"
    assert renamed.json()["former_names"] == ["a/b:c"]
    assert server.http.get(path + "/1").json()["tag"] == "new:v1"
    assert server.http.get(model + "new").json()["latest"] == "new:v2"
    [listed] = server.http.get(model.rstrip("/")).json()["items"]
    assert listed["version_count"] == 2
    server.http.post(model + "other/versions", json=body)
    assert server.http.patch(model + "other", json={"name": "new"}).status_code == 409


def test_runs_are_counted_per_version(server: Server) -> None:
    for i in range(6):
        request = make_request([(i + 1, 1)])
        span = request.resource_spans[0].scope_spans[0].spans[0]
        attribute(span, "vireo.model.name", "m")
        attribute(span, "vireo.model.fingerprint", ("ab" if i < 4 else "cd") * 32)
        span.end_time_unix_nano = span.start_time_unix_nano + 1_000_000
        if i == 0:
            span.status.code = 2
        server.send(request)
    [model] = server.api("/models")["items"]
    assert (model["runs"], model["errors"], model["version_count"]) == (6, 1, 2)
    assert abs(model["latency_p50_ns"] - 1_000_000) < 20_000
    assert sum(model["sparkline"]) == 6
    stats = server.api("/models/m/stats", buckets=10)
    assert stats["total"]["runs"] == 6
    assert [(s["tag"], s["runs"], s["errors"]) for s in stats["items"]] == [("m:v1", 4, 1), ("m:v2", 2, 0)]
    for item in [stats["total"], *stats["items"]]:
        assert sum(b["runs"] for b in item["buckets"]) == item["runs"]
    assert [v["runs"] for v in server.api("/models/m/versions")["items"]] == [2, 4]


def test_a_renamed_model_keeps_its_history(server: Server) -> None:
    def send(number: int, name: str) -> None:
        send_span(server, number, **{"vireo.model.name": name, "vireo.model.fingerprint": DIGEST})

    send(1, "old")
    send(2, "old")
    for name in ("middle", "new"):
        path = "/api/v1/projects/default/models/" + ("old" if name == "middle" else "middle")
        assert server.http.patch(path, json={"name": name}).status_code == 200
    send(3, "old")  # code that still says so
    send(4, "new")
    for query in ("model:new", "model:new:v1", "model:(other,new)", "model:new:v*"):
        assert server.api("/traces/histogram", query=query)["total"] == 4, query
    assert server.api("/traces/histogram", query="-model:new")["total"] == 0
    assert server.api("/traces/histogram", query="model:new:v2")["total"] == 0
    [model] = server.api("/models")["items"]
    assert (model["name"], model["runs"], sum(model["sparkline"])) == ("new", 4, 4)
    for name in ("new", "old"):
        stats = server.api(f"/models/{name}/stats")
        assert stats["total"]["runs"] == 4
        assert [s["runs"] for s in stats["items"]] == [4]


def test_histogram_and_facets(server: Server) -> None:
    for i in range(10):
        send_span(server, i + 1, **{"vireo.tag.tier": "free" if i < 7 else "pro"})
    histogram = server.api("/traces/histogram", buckets=5)
    assert histogram["total"] == 10
    assert sum(b["count"] for b in histogram["items"]) == 10
    facets = {f["field"]: {v["value"]: v["count"] for v in f["values"]} for f in server.api("/traces/facets")["items"]}
    assert facets["tag.tier"] == {"free": 7, "pro": 3}
    assert server.api("/traces/histogram", query="tag.tier:pro")["total"] == 3


def test_blobs(shared_server: Server) -> None:
    content = b"\x89PNG fake"
    digest = hashlib.sha256(content).hexdigest()
    path = f"/api/v1/projects/default/blobs/{digest}"
    put = shared_server.http.put
    assert put(path, content=b"other", headers={"content-type": "image/png"}).status_code == 400
    assert put(path, content=content, headers={"content-type": "image/png"}).status_code == 201
    assert put(path, content=content, headers={"content-type": "image/png"}).status_code == 200
    answer = shared_server.http.get(path)
    assert answer.content == content
    assert answer.headers["content-type"] == "image/png"
    assert "content-disposition" not in answer.headers
    assert "immutable" in answer.headers["cache-control"]
    assert "sandbox" in answer.headers["content-security-policy"]
    again = shared_server.http.get(path, headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    html = b"<script>alert(1)</script>"
    path = f"/api/v1/projects/default/blobs/{hashlib.sha256(html).hexdigest()}"
    assert put(path, content=html, headers={"content-type": "text/html"}).status_code == 201
    answer = shared_server.http.get(path)
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]


def events(server: Server, query: str, count: int, got: list[tuple[str, dict]], opened: threading.Event) -> None:
    with (
        httpx.Client(base_url=server.url, timeout=30, trust_env=False) as client,
        client.stream("GET", "/api/v1/projects/default/traces/live", params={"query": query}) as stream,
    ):
        assert stream.headers["content-type"] == "text/event-stream"
        name = ""
        for line in stream.iter_lines():
            if line.startswith("event: "):
                name = line[7:]
            if line.startswith("data: "):
                got.append((name, json.loads(line[6:])))
                opened.set()
            if len(got) == count:
                return


def test_live_views_hear_of_new_traces(server: Server) -> None:
    all_news: list[tuple[str, dict]] = []
    some_news: list[tuple[str, dict]] = []
    ready = [threading.Event(), threading.Event()]
    threads = [
        threading.Thread(target=events, args=(server, "", 2, all_news, ready[0])),
        threading.Thread(target=events, args=(server, "tag.tier:pro", 2, some_news, ready[1])),
    ]
    for thread in threads:
        thread.start()
    for event in ready:
        assert event.wait(20)
    now = time.time_ns()
    for i in range(4):
        request = make_request([(i + 1, 1)], start_ns=now)
        attribute(request.resource_spans[0].scope_spans[0].spans[0], "vireo.tag.tier", "pro" if i == 3 else "free")
        assert rejected(server.send(request)) == 0
        if i == 2:
            time.sleep(1.5)
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    assert all_news[0] == ("ready", {"count": 0})
    assert all_news[1][0] == "traces"
    assert 1 <= all_news[1][1]["count"] <= 4
    assert some_news == [("ready", {"count": 0}), ("traces", {"count": 1})]


def test_live_views_hear_of_what_came_before_their_first_event(server: Server) -> None:
    """The first event comes with a tick of the server: what arrives before it is news too."""
    for query in ("", "tag.tier:pro"):
        for attempt in range(4):
            news: list[tuple[str, dict]] = []
            client = httpx.Client(base_url=server.url, timeout=30, trust_env=False)
            with (
                client,
                client.stream("GET", "/api/v1/projects/default/traces/live", params={"query": query}) as stream,
            ):
                # The answer's head is here: the view is open, its first event may not be.
                trace = 1000 + 10 * attempt + bool(query)
                request = make_request([(trace, 1)], start_ns=time.time_ns())
                attribute(request.resource_spans[0].scope_spans[0].spans[0], "vireo.tag.tier", "pro")
                assert rejected(server.send(request)) == 0
                name = ""
                for line in stream.iter_lines():
                    name = line[7:] if line.startswith("event: ") else name
                    if line.startswith("data: "):
                        news.append((name, json.loads(line[6:])))
                    if len(news) == 2:
                        break
            assert [name for name, _ in news] == ["ready", "traces"]
            assert news[1][1]["count"] == 1


def test_views_are_kept_for_everybody(server: Server) -> None:
    path = "/api/v1/projects/default/views"
    state = {"q": "latency>1s", "columns": ["time", "tag.tier"], "n": 1.0}
    made = server.http.post(path, json={"name": "slow", "page": "traces", "state": state})
    assert made.status_code == 201
    view = made.json()
    assert set(view) == {"id", "name", "page", "state", "created_at"}
    assert view["state"] == state
    again = server.http.post(path, json={"name": "slow", "page": "traces", "state": {}})
    assert (again.status_code, again.json()["field"]) == (409, "name")
    assert server.http.post(path, json={"name": "slow", "page": "explore", "state": {}}).status_code == 201
    put = server.http.put(f"{path}/{view['id']}", json={"name": "slower", "page": "traces", "state": {"q": ""}})
    assert put.status_code == 200
    assert [(v["page"], v["name"]) for v in server.api("/views")["items"]] == [
        ("explore", "slow"),
        ("traces", "slower"),
    ]
    assert server.http.put(f"{path}/99", json={"name": "x"}).status_code == 404
    assert server.http.delete(f"{path}/{view['id']}").status_code == 204
    assert server.http.delete(f"{path}/{view['id']}").status_code == 404
    wrong = server.http.post(path, json={"name": "x", "page": "models", "state": {}})
    assert (wrong.status_code, wrong.json()["field"]) == (400, "page")
    assert len(server.api("/views")["items"]) == 1


def test_exports_hold_everything(server: Server) -> None:
    for i in range(12):
        send_span(server, i + 1, **{"vireo.input": f"input {i}"})
    got: list[dict] = []
    cursor = None
    while True:
        params = {"format": "jsonl", "limit": 5} | ({"cursor": cursor} if cursor else {})
        answer = server.http.get("/api/v1/projects/default/traces/export", params=params)
        got += [json.loads(line) for line in answer.text.splitlines()]
        cursor = answer.headers.get("x-vireo-next-cursor")
        if cursor is None:
            break
    assert len(got) == 12
    assert {t["trace_id"] for t in got} == {t["trace_id"] for t in all_traces(server)}
    for trace in got:
        assert trace == server.api(f"/traces/{trace['trace_id']}")


def test_metrics_are_prometheus_text(server: Server) -> None:
    server.http.post("/api/v1/projects", json={"name": 'we"ird\\ name'})
    send_span(server, 1)
    server.http.get("/api/v1/nothing")
    answer = server.http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    sample = re.compile(r'^[a-z_]+(\{([a-z_]+="(\\.|[^"\\])*",?)*\})? [-+0-9.eE]+(Inf)?$')
    described: set[str] = set()
    names: set[str] = set()
    for line in answer.text.splitlines():
        if line.startswith("# TYPE "):
            described.add(line.split()[2])
        elif not line.startswith("#"):
            assert sample.match(line), line
            names.add(re.sub(r"_(bucket|sum|count)$", "", re.split(r"[{ ]", line)[0]))
    assert names <= described
    text = answer.text
    assert 'vireo_spans_stored_total{project="default"} 1' in text
    assert 'project="we\\"ird\\\\ name"' in text
    assert 'vireo_http_requests_total{method="POST",route="/v1/traces",status="200"} 1' in text
    assert 'route="page",status="404"' in text
    for name in ("vireo_fsyncs_total", "vireo_wal_bytes", "vireo_memtable_spans", "process_resident_memory_bytes"):
        assert name in names


def test_the_api_description_has_every_route_and_no_other() -> None:
    description = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text())
    assert description["openapi"].startswith("3.1")
    described = {
        (method.upper(), path)
        for path, operations in description["paths"].items()
        for method in operations
        if method in ("get", "put", "post", "patch", "delete")
    }
    assert described == openapi.routes().keys()
    text = (ROOT / "docs" / "openapi.yaml").read_text()
    for reference in set(re.findall(r'\$ref: "?#/([^"\s]+)', text)):
        node = description
        for step in reference.split("/"):
            node = node[step]
    for path, operations in description["paths"].items():
        declared = {p["name"] for p in resolve(description, operations.get("parameters", [])) if p["in"] == "path"}
        assert declared == set(re.findall(r"\{(\w+)\}", path)), path
        for method, operation in operations.items():
            if method != "parameters":
                assert operation["responses"], (method, path)
                assert operation["operationId"]


def resolve(description: dict, parameters: list) -> list:
    found = []
    for parameter in parameters:
        node = parameter
        if "$ref" in parameter:
            node = description
            for step in parameter["$ref"].removeprefix("#/").split("/"):
                node = node[step]
        found.append(node)
    return found
