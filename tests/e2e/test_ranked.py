# SPDX-License-Identifier: Apache-2.0
"""The list of traces by rank: any stretch of it at once, the same list while more comes in."""

from __future__ import annotations

import random
from typing import Any

import pytest
from vireo_server import Server, all_traces, make_request, rejected

COUNT = 3000
STATEMENTS: list[dict[str, str]] = [
    {},
    {"query": "name:odd"},
    {"sort": "start"},
    {"sort": "-latency"},
    {"sort": "latency", "query": "name:even"},
    {"from": "1790000000000500000", "to": "1790000000002000000"},
]


def ids(page: dict[str, Any]) -> list[str]:
    return [t["trace_id"] for t in page["items"]]


def send(server: Server, traces: range, name: str, **options: Any) -> None:
    assert rejected(server.send(make_request([(t, 1) for t in traces], name=name, **options))) == 0


@pytest.fixture(scope="module")
def ranked(shared_server: Server) -> Server:
    send(shared_server, range(1, COUNT, 2), "odd")
    send(shared_server, range(2, COUNT + 1, 2), "even")
    return shared_server


@pytest.mark.parametrize("asked", STATEMENTS, ids=str)
def test_every_stretch_is_that_of_the_pages(ranked: Server, asked: dict[str, str]) -> None:
    whole = [t["trace_id"] for t in all_traces(ranked, **asked)]
    assert len(whole) > 1000
    first = ranked.api("/traces", offset=0, limit=7, **asked)
    assert ids(first) == whole[:7] and first["total"] == len(whole)
    assert first["gone"] == [] and first["next_cursor"] is None
    rng = random.Random(7)
    for offset in [len(whole) - 1, len(whole) - 5, len(whole), len(whole) + 9, *rng.choices(range(len(whole)), k=20)]:
        limit = rng.randint(1, 300)
        page = ranked.api("/traces", offset=offset, limit=limit, list=first["list"], **asked)
        assert ids(page) == whole[offset : offset + limit], offset
        assert (page["offset"], page["total"], page["list"]) == (offset, len(whole), first["list"])
    head = ranked.api("/traces", limit=100, **asked)
    behind = ranked.api("/traces", limit=50, offset=250, cursor=head["next_cursor"], **asked)
    assert ids(behind) == whole[350:400] and behind["total"] == len(whole) - 100


def test_what_comes_or_goes_meanwhile_does_not_move_a_list(server: Server) -> None:
    send(server, range(1, 1001), "first")
    whole = [t["trace_id"] for t in all_traces(server)]
    held = server.api("/traces", offset=0, limit=10)
    send(server, range(5001, 5101), "newer")
    send(server, range(301, 401), "late", start_ns=1_790_000_000_000_000_500)
    request = make_request([(500, 2)], name="another span", start_ns=1_790_000_000_000_000_001)
    assert rejected(server.send(request)) == 0
    for trace in (whole[700], whole[705]):
        assert server.http.delete(f"/api/v1/projects/default/traces/{trace}").status_code == 202
    page = server.api("/traces", offset=690, limit=20, list=held["list"])
    assert page["total"] == 1000 and page["gone"] == [700, 705]
    assert ids(page) == [t for t in whole[690:710] if t not in (whole[700], whole[705])]
    page = server.api("/traces", offset=500, limit=1, list=held["list"])
    assert ids(page) == [whole[500]] and page["items"][0]["span_count"] == 2
    now = server.api("/traces", offset=0, limit=1)
    assert now["total"] == 1098 and now["list"] != held["list"]


def test_a_list_that_is_not_kept_is_made_anew(ranked: Server) -> None:
    page = ranked.api("/traces", offset=10, limit=1, list="ab" * 24)
    assert page["list"] != "ab" * 24 and page["total"] == COUNT


def test_a_list_is_its_project_s(ranked: Server) -> None:
    held = ranked.api("/traces", offset=0)
    assert ranked.http.post("/api/v1/projects", json={"name": "other"}).status_code == 201
    page = ranked.api("/traces", project="other", offset=0, list=held["list"])
    assert page["items"] == [] and page["total"] == 0


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"offset": "-1"}, "offset"),
        ({"offset": "x"}, "offset"),
        ({"offset": "16777217"}, "offset"),
        ({"offset": "99999999999999999999999"}, "offset"),
        ({"offset": "0", "list": "ab"}, "list"),
        ({"list": "zz" * 24}, "list"),
        ({"offset": "0", "cursor": "1.2"}, "cursor"),
        ({"offset": "0", "limit": "1001"}, "limit"),
    ],
)
def test_wrong_ranks_are_told(ranked: Server, asked: dict[str, str], field: str) -> None:
    answer = ranked.http.get("/api/v1/projects/default/traces", params=asked)
    assert answer.status_code == 400 and answer.json()["field"] == field, answer.text
