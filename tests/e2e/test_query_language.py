# SPDX-License-Identifier: Apache-2.0
"""The filter language over HTTP: what the real store answers, and what is refused."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest
from test_api import attribute
from vireo_server import Server, make_request, rejected

BURNING = "a" * 40 + "!"


@pytest.fixture(scope="module")
def filled(shared_server: Server) -> Server:
    """Traces 1 and 2: an agent above two tools; only the first trace's second tool failed."""
    for trace in (1, 2):
        request = make_request([(trace, span) for span in (1, 2, 3)])
        spans = request.resource_spans[0].scope_spans[0].spans
        now = time.time_ns() - trace * 7_200_000_000_000
        for span, name in zip(spans, ("agent", "tool", "tool"), strict=True):
            span.name = name
            span.start_time_unix_nano, span.end_time_unix_nano = now, now + 1_000_000_000
        spans[1].parent_span_id = spans[2].parent_span_id = spans[0].span_id
        spans[0].parent_span_id = b""
        if trace == 1:
            spans[2].status.code = 2
            event = spans[2].events.add(name="gave up", time_unix_nano=now)
            event.attributes.add(key="why").value.string_value = 'the "Upstream" was away'
        attribute(spans[1], "vireo.tag.note", "Handled by Ada")
        attribute(spans[1], "http.route", "/api/v1")
        attribute(spans[1], "vireo.input", BURNING)
        attribute(spans[2], "gen_ai.usage.cost", 0.25 * trace)
        assert rejected(shared_server.send(request)) == 0
    return shared_server


def traces(server: Server, query: str) -> list[int]:
    return sorted(int(t["trace_id"], 16) for t in server.api("/traces", query=query)["items"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("child(status:error)", [1]),
        ("span(name:agent child(status:error))", [1]),
        ("span(name:tool child(status:error))", []),
        ("span(status:error parent(name:agent))", [1]),
        ("span(name:agent -child(status:error))", [2]),
        ("parent(parent(name:agent))", []),
        ('"upstream\\" was"', [1]),
        ("why", []),
        ('"by ada"', [1, 2]),
        ("http.route:/api/v1", [1, 2]),
        ("http.route:/^.api.v[0-9]$/", [1, 2]),
        ("/GAVE u?p/i", [1]),
        ("tag.note:/ada$/", []),
        ("tag.note:/ada$/i", [1, 2]),
        ("time>-3h", [1]),
        ("cost>$0.3", [2]),
        ("cost:$0.25..1", [1, 2]),
        ("cost<0.25", []),
        ("time:-1d..-3h", [2]),
    ],
)
def test_what_is_found(filled: Server, query: str, expected: list[int]) -> None:
    assert traces(filled, query) == expected


def test_cost_is_told_and_summed(filled: Server) -> None:
    spans = filled.api(f"/traces/{1:032x}")["spans"]
    assert [span["llm"]["cost"] for span in spans if span["llm"]] == [0.25]
    assert filled.api("/aggregate", measure="sum(cost)")["total"]["values"] == [0.75]


def problem(server: Server, path: str, **params: Any) -> dict[str, Any]:
    answer = httpx.get(f"{server.url}/api/v1/projects/default{path}", params=params)
    assert answer.status_code == 400, answer.text
    return dict(answer.json())


@pytest.mark.parametrize("path", ["/traces", "/traces/histogram", "/traces/facets", "/traces/export"])
def test_a_pattern_that_would_burn_is_named(filled: Server, path: str) -> None:
    begin = time.monotonic()
    told = problem(filled, path, query="name:tool input:/^(a+)+$/")
    assert time.monotonic() - begin < 5
    assert (told["field"], told["position"]) == ("query", 10)
    assert "/^(a+)+$/ takes too many steps" in told["detail"]


@pytest.mark.parametrize(
    ("query", "position", "words"),
    [
        ("staus:ok", 0, "did you mean 'status'?"),
        ("a latency>2sec", 10, "ns, us, ms, s, m, h, d or w"),
        ("status:(ok,eror)", 11, "did you mean 'error'?"),
        ("name:/(/", 7, "missing closing parenthesis"),
        ("(a or child(b)", 0, "a ) is missing"),
        ('a "b', 2, "no closing quote"),
        ("(" * 200, 151, "nested deeper"),
        ("tag.x:(" + "1," * 100 + "1)", 208, "at most 100 values"),
        ("span(" + "a " * 201 + ")", 405, "at most 200 terms"),
        ("a " * 65, 129, "at most 64 conditions"),
        ("x" * 8_200, 8192, "at most 8192 bytes"),
    ],
)
def test_what_is_refused(filled: Server, query: str, position: int, words: str) -> None:
    told = problem(filled, "/traces", query=query)
    assert told["field"] == "query"
    assert words in told["detail"]
    assert told["position"] == position
