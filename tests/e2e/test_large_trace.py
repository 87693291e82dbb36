# SPDX-License-Identifier: Apache-2.0
"""Windows, shape and single spans of large and of odd traces, from the real binary."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from vireo_server import Server

BASE_NS = 1_790_000_000_000_000_000
LARGE = 100_000
BATCH = 10_000

# number, parent's number (0: none), start and end since BASE_NS
Given = tuple[int, int, int, int]


def send(server: Server, trace: int, spans: Iterable[Given], payload: str = "") -> None:
    spans = list(spans)
    for at in range(0, len(spans), BATCH):
        request = ExportTraceServiceRequest()
        scope = request.resource_spans.add().scope_spans.add()
        for number, parent, start, end in spans[at : at + BATCH]:
            span = scope.spans.add()
            span.trace_id = trace.to_bytes(16, "big")
            span.span_id = number.to_bytes(8, "big")
            span.parent_span_id = parent.to_bytes(8, "big") if parent else b""
            span.name = f"step {number % 7}"
            span.start_time_unix_nano = BASE_NS + start
            span.end_time_unix_nano = BASE_NS + end
            span.attributes.add(key="vireo.type").value.string_value = "tool" if number % 2 else "llm"
            if payload:
                span.attributes.add(key="vireo.input").value.string_value = f"{payload} {number}"
            span.status.code = 2 if number % 1000 == 999 else 1  # type: ignore[assignment]
        assert server.send(request).status_code == 200


def path(trace: int, rest: str = "/spans") -> str:
    return f"/traces/{trace:032x}{rest}"


def tree(server: Server, trace: int) -> list[tuple[int, int]]:
    """(number, depth) of every row, through all windows."""
    rows: list[tuple[int, int]] = []
    while True:
        window = server.api(path(trace), limit=1000, offset=len(rows))
        rows += [(int(r["span_id"], 16), r["depth"]) for r in window["items"]]
        if len(rows) >= window["rows"]:
            return rows


def wide() -> list[Given]:
    """A root, 100 steps below it, and the other spans evenly below those."""
    spans: list[Given] = [(1, 0, 0, LARGE * 1000)]
    for step in range(100):
        start = step * 1_000_000
        spans.append((2 + step, 1, start, start + 1_000_000))
    for number in range(102, LARGE + 1):
        step, place = divmod(number - 102, 999)
        start = step * 1_000_000 + place * 1000
        spans.append((number, 2 + step, start, start + 900))
    return spans


@pytest.fixture(scope="module")
def large(shared_server: Server) -> Server:
    send(shared_server, 1, wide(), payload="Where is my parcel")
    return shared_server


def test_windows_hold_every_span_once_in_order(large: Server) -> None:
    rows = tree(large, 1)
    assert len(rows) == LARGE
    assert len({number for number, _ in rows}) == LARGE
    assert rows[:4] == [(1, 0), (2, 1), (102, 2), (103, 2)]
    shape = large.api(path(1, "/shape"))
    assert shape["depths"] == [depth for _, depth in rows]
    assert shape["total"] == LARGE and shape["errors"] == LARGE // 1000


def test_the_first_window_is_quick_and_light(large: Server) -> None:
    took = []
    for _ in range(5):
        begin = time.perf_counter()
        window = large.api(path(1))
        took.append(time.perf_counter() - begin)
    assert min(took) < 0.05, took  # read once, kept since
    assert len(window["items"]) == 200
    row = window["items"][1]
    assert row["child_count"] == 999 and row["descendant_count"] == 999
    assert row["position"] == 1 and row["start_offset_ns"] == 0 and row["duration_ns"] == 1_000_000
    assert not {"input", "output", "attributes"} & row.keys()


def test_collapsing_by_depth_leaves_out_what_is_deeper(large: Server) -> None:
    window = large.api(path(1), collapsed=1, limit=1000)
    assert window["total"] == LARGE and window["rows"] == 101 == len(window["items"])
    assert [r["position"] for r in window["items"]][:3] == [0, 1, 1001]
    assert large.api(path(1), collapsed=0)["rows"] == 1


def test_searching_gives_rows_with_their_positions(large: Server) -> None:
    found = large.api(path(1), q="PARCEL 777", limit=10)
    numbers = [777, *range(7770, 7780), *range(77700, 77800)]
    assert found["rows"] == len(numbers)
    assert len(found["positions"]) == len(numbers) and len(found["items"]) == 10
    first = found["items"][0]
    assert int(first["span_id"], 16) == 777
    assert large.api(path(1), offset=first["position"], limit=1)["items"] == [first]
    assert large.api(path(1), q="error")["rows"] == LARGE // 1000
    assert large.api(path(1), q="no such text")["items"] == []


def test_a_window_is_found_by_a_span(large: Server) -> None:
    window = large.api(path(1), span=f"{77_777:016x}", limit=50)
    assert f"{77_777:016x}" in [r["span_id"] for r in window["items"]]
    assert window["items"][0]["position"] == window["offset"] > 0


def test_rows_are_given_by_their_positions(large: Server) -> None:
    rows = large.api(path(1), at="1001,1,99999,100000", limit=10)["items"]
    assert [r["position"] for r in rows] == [1001, 1, 99_999]


def test_one_span_comes_whole(large: Server) -> None:
    span = large.api(path(1, f"/spans/{4711:016x}"))
    assert span["input"] == "Where is my parcel 4711"
    assert span["parent_span_id"] == f"{2 + (4711 - 102) // 999:016x}"
    assert span["attributes"]["vireo.input"] == span["input"]


def test_where_the_time_went_adds_up(large: Server) -> None:
    shape = large.api(path(1, "/shape"))
    assert shape["critical_ns"] == shape["duration_ns"]
    assert sum(s["spans"] for s in shape["shares"]) == LARGE
    assert sum(s["critical_ns"] for s in shape["shares"]) == shape["critical_ns"]
    assert sum(s["self_ns"] for s in shape["shares"]) == shape["self_ns"]
    assert shape["share_count"] == len(shape["shares"]) == 14


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"offset": "-1"}, "offset"),
        ({"limit": "5001"}, "limit"),
        ({"collapsed": "x"}, "collapsed"),
        ({"collapsed": 1, "q": "x"}, "collapsed"),
        ({"q": "x" * 1001}, "q"),
        ({"span": "xyz"}, "span"),
        ({"at": "1,x"}, "at"),
        ({"at": ",".join(["1"] * 501)}, "at"),
    ],
)
def test_wrong_parameters_are_named(large: Server, parameters: dict[str, Any], field: str) -> None:
    answer = large.http.get(f"/api/v1/projects/default{path(1)}", params=parameters)
    assert answer.status_code == 400 and answer.json()["field"] == field


def test_what_is_not_there_is_not_found(large: Server) -> None:
    for rest in (path(999), path(999, "/shape"), path(1, f"/spans/{10**9:016x}"), path(999, f"/spans/{1:016x}")):
        assert large.http.get(f"/api/v1/projects/default{rest}").status_code == 404, rest
    assert large.http.get(f"/api/v1/projects/default{path(1)}?span={10**9:016x}").status_code == 404
    assert large.http.get("/api/v1/projects/default/traces/xyz/spans").status_code == 400


def test_a_line_of_a_hundred_thousand_spans(shared_server: Server) -> None:
    send(shared_server, 2, ((i, i - 1, i, 2 * LARGE - i) for i in range(1, LARGE + 1)))
    assert tree(shared_server, 2) == [(i, i - 1) for i in range(1, LARGE + 1)]
    assert shared_server.api(path(2), collapsed=10)["rows"] == 11


def test_a_hundred_thousand_roots(shared_server: Server) -> None:
    send(shared_server, 3, ((i, 0, i * 10, i * 10 + 10) for i in range(1, LARGE + 1)))
    window = shared_server.api(path(3))
    assert window["roots"] == window["total"] == LARGE
    assert all(r["critical"] and r["depth"] == 0 for r in window["items"])


def test_odd_traces_are_shown_sensibly(shared_server: Server) -> None:
    orphan = [(1, 0, 0, 100), (2, 77, 10, 20), (3, 2, 11, 12)]
    send(shared_server, 4, orphan)
    assert tree(shared_server, 4) == [(1, 0), (2, 0), (3, 1)]
    assert [r["orphan"] for r in shared_server.api(path(4))["items"]] == [False, True, False]

    cycle = [(1, 3, 0, 100), (2, 1, 10, 90), (3, 2, 20, 80), (9, 9, 50, 60)]
    send(shared_server, 5, cycle)
    assert tree(shared_server, 5) == [(1, 0), (2, 1), (3, 2), (9, 0)]

    send(shared_server, 6, [(1, 0, 0, 100), (2, 1, 10, 90)])
    send(shared_server, 6, [(1, 0, 0, 100), (2, 1, 10, 50)])  # sent again, changed
    rows = shared_server.api(path(6))["items"]
    assert [r["duration_ns"] for r in rows] == [100, 40]
    assert shared_server.api(path(6, f"/spans/{2:016x}"))["duration_ns"] == 40

    outside = [(1, 0, 1000, 2000), (2, 1, 10**9, 2 * 10**9), (3, 1, 0, 10)]
    send(shared_server, 7, outside)
    window = shared_server.api(path(7))
    assert [(r["start_offset_ns"], r["critical"]) for r in window["items"]] == [
        (1000, True),
        (0, False),
        (10**9, False),
    ]
    assert window["duration_ns"] == 2 * 10**9
    assert window["items"][0]["self_ns"] == 1000


def test_a_trace_that_grows_is_read_again(shared_server: Server) -> None:
    send(shared_server, 8, [(1, 0, 0, 100)])
    assert shared_server.api(path(8))["total"] == 1
    send(shared_server, 8, [(2, 1, 10, 20)])
    assert tree(shared_server, 8) == [(1, 0), (2, 1)]


def test_a_deleted_trace_is_gone_although_it_was_looked_at(shared_server: Server) -> None:
    send(shared_server, 10, [(1, 0, 0, 100)])
    assert shared_server.api(path(10))["total"] == 1
    url = f"/api/v1/projects/default{path(10, '')}"
    assert shared_server.http.delete(url).status_code == 202
    for rest in ("/spans", "/shape", f"/spans/{1:016x}"):
        assert shared_server.http.get(url + rest).status_code == 404
    send(shared_server, 10, [(2, 0, 0, 100), (3, 2, 1, 2)])
    assert tree(shared_server, 10) == [(2, 0), (3, 1)]


def test_a_restart_changes_nothing(start_server: Any, tmp_path: Any) -> None:
    server = start_server(data=tmp_path / "data")
    send(server, 1, wide()[:5000], payload="kept")
    before = server.api(path(1), limit=5000), server.api(path(1, "/shape"))
    assert server.stop() == 0
    server.start()
    assert (server.api(path(1), limit=5000), server.api(path(1, "/shape"))) == before
    assert server.api(path(1), q="kept 4999")["rows"] == 1
