# SPDX-License-Identifier: Apache-2.0
"""Scores from the request to the answers: kept through restarts, found by queries, counted apart from spans."""

from __future__ import annotations

import itertools
import json
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest
from test_aggregate import attribute, send
from vireo_server import JSON, Server, all_traces, run

FIRST_NS = 1_790_000_000_000_000_000
SECOND_NS = 1_000_000_000
PROJECT = "/api/v1/projects/default"


def trace_of(number: int) -> list[dict[str, Any]]:
    """An agent of model version m<number % 2> with an LLM call below it."""
    start = FIRST_NS + number * SECOND_NS
    root = {
        "traceId": f"{number:032x}",
        "spanId": f"{number * 10:016x}",
        "name": "answer",
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + 1000),
        "attributes": [
            attribute("vireo.type", "agent"),
            attribute("vireo.model.name", f"m{number % 2}"),
            attribute("vireo.tag.country", ["DE", "FR", "IT"][number % 3]),
        ],
    }
    call = root | {"spanId": f"{number * 10 + 1:016x}", "parentSpanId": root["spanId"], "name": "call"}
    call["attributes"] = [attribute("vireo.type", "llm")]
    return [root, call]


def score(server: Server, *scores: dict[str, Any]) -> dict[str, Any]:
    answer = server.http.post(f"{PROJECT}/scores", content=json.dumps({"scores": scores}), headers=JSON)
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()
    return result


def of_trace(number: int, value: Any, name: str = "helpful", **more: Any) -> dict[str, Any]:
    return {"trace_id": f"{number:032x}", "name": name, "value": value} | more


def found(server: Server, query: str) -> set[int]:
    return {int(t["trace_id"], 16) for t in all_traces(server, query=query)}


@pytest.fixture
def filled(server: Server) -> Server:
    """Traces 1 to 12; of 1 to 8 the trace is scored helpful n/10, of 3, 6 and 9 the call is scored short."""
    send(server, [span for n in range(1, 13) for span in trace_of(n)])
    given = [of_trace(n, n / 10, judge="good:v1", passed=n > 4, reason=f"because {n}") for n in range(1, 9)]
    given += [of_trace(n, n == 6, name="short", span_id=f"{n * 10 + 1:016x}", by="ann") for n in (3, 6, 9)]
    assert score(server, *given) == {"accepted": 11, "rejected": []}
    return server


def test_what_is_sent_comes_back_with_its_trace(filled: Server) -> None:
    trace = filled.api(f"/traces/{3:032x}")
    assert [s["name"] for s in trace["spans"]] == ["answer", "call"]
    helpful, short = sorted(trace["scores"], key=lambda s: s["name"])
    assert helpful["value"] == 0.3
    assert (helpful["passed"], helpful["judge"], helpful["reason"]) == (False, "good:v1", "because 3")
    assert (helpful["span_id"], short["span_id"]) == (f"{30:016x}", f"{31:016x}")
    assert (short["value"], short["passed"], short["by"], short["judge"]) == (False, None, "ann", None)
    line = next(t for t in all_traces(filled) if t["trace_id"] == f"{3:032x}")
    assert line["span_count"] == 2
    assert line["duration_ns"] == 1000
    assert sorted((s["name"], s["value"]) for s in line["scores"]) == [("helpful", 0.3), ("short", False)]
    assert all("reason" not in s for s in line["scores"])


def test_sending_again_replaces_and_deleting_removes(filled: Server) -> None:
    before = filled.api(f"/traces/{2:032x}")["scores"]
    assert score(filled, of_trace(2, 0.95, judge="good:v1"))["accepted"] == 1
    (after,) = filled.api(f"/traces/{2:032x}")["scores"]
    assert (after["id"], after["value"]) == (before[0]["id"], 0.95)
    assert found(filled, "score.helpful>0.9") == {2}
    assert found(filled, "score.helpful<0.25") == {1}
    gone = filled.http.delete(f"{PROJECT}/scores/{2:032x}/{after['id']}")
    assert gone.status_code == 204
    assert filled.api(f"/traces/{2:032x}")["scores"] == []
    assert found(filled, "has:score.helpful") == {1, 3, 4, 5, 6, 7, 8}
    again = filled.http.delete(f"{PROJECT}/scores/{2:032x}/{after['id']}")
    assert (again.status_code, again.json()["field"]) == (404, "id")


def check_language(server: Server) -> None:
    assert len(all_traces(server)) == 12
    assert found(server, "score.helpful>=0.7") == {7, 8}
    assert found(server, "score.helpful:0.3..0.5") == {3, 4, 5}
    assert found(server, "-has:score.helpful") == {9, 10, 11, 12}
    assert found(server, "passed.helpful:true") == {5, 6, 7, 8}
    assert found(server, "score.short:true") == {6}
    assert found(server, "score.short!=true") == set(range(1, 13)) - {6}
    assert found(server, "judge:good") == set(range(1, 9))
    assert found(server, "judge:go*:v1 score.short:*") == {3, 6}
    assert found(server, "judge:good:v2") == set()
    assert found(server, "-judge:good:v1 model:m1") == {9, 11}
    assert found(server, "span(type:llm has:score.short)") == {3, 6, 9}
    assert found(server, "span(type:agent has:score.short)") == set()
    assert found(server, "span(type:agent score.helpful<0.3)") == {1, 2}
    assert found(server, "span(type:llm score.helpful<0.3)") == set()
    assert found(server, "child(score.short:true)") == {6}
    assert found(server, "type:score") == set()


def check_counts(server: Server) -> None:
    assert server.api("/traces/histogram")["total"] == 12
    assert server.api("")["counters"] == {"received": 24, "stored": 24, "rejected": 0}
    spans = server.api("/spans", limit=100)["items"]
    assert len(spans) == 24
    assert {s["type"] for s in spans} == {"agent", "llm"}
    assert len(server.api("/spans", query="score.short:*", limit=100)["items"]) == 3
    assert len(server.api("/spans", query="-score.helpful:*", limit=100)["items"]) == 16
    total = server.api("/aggregate", of="spans", measure="count")
    assert total["total"]["values"] == [24]
    models = {m["name"]: m["runs"] for m in server.api("/models")["items"]}
    assert models == {"m0": 6, "m1": 6}
    assert server.api("/models/m0/stats")["total"]["runs"] == 6
    shape = server.api(f"/traces/{3:032x}/shape")
    assert (shape["total"], shape["roots"]) == (2, 1)


def check_aggregates(server: Server) -> None:
    one = server.api("/aggregate", measure="count,mean(score.helpful),max(score.helpful),rate(passed.helpful)")
    assert one["total"]["values"] == pytest.approx([8, 0.45, 0.8, 0.5])
    by_model = server.api("/aggregate", measure="mean(score.helpful)", by="model")
    means = {g["key"][0]: g["values"][0] for g in by_model["groups"]}
    assert means == pytest.approx({"m0:v1": 0.5, "m1:v1": 0.4})
    by_country = server.api("/aggregate", measure="count,mean(score.short)", by="tag.country")
    assert {g["key"][0]: g["values"] for g in by_country["groups"]} == {"DE": pytest.approx([3, 1 / 3])}
    judges = server.api("/aggregate", measure="count", by="judge")
    assert [(g["key"], g["values"]) for g in judges["groups"]] == [(["good:v1"], [8])]
    agents = server.api("/aggregate", measure="count", by="score.short", query="type:llm")
    assert {g["key"][0]: g["values"][0] for g in agents["groups"]} == {True: 1, False: 2}
    high = server.api("/aggregate", measure="mean(score.short)", query="judge:nobody")
    assert high["total"]["values"] == [None]
    of_traces = server.api("/aggregate", of="traces", measure="mean(score.helpful)", query="score.short:*")
    assert of_traces["total"]["values"] == pytest.approx([0.45])
    refused = server.http.get(f"{PROJECT}/aggregate", params={"measure": "mean(score.helpful),p95(latency)"})
    assert (refused.status_code, refused.json()["field"]) == (400, "measure")


def check_the_rest(server: Server) -> None:
    ordered = [int(t["trace_id"], 16) for t in all_traces(server, sort="-score.helpful")]
    assert ordered[:8] == [8, 7, 6, 5, 4, 3, 2, 1]
    first = server.api("/spans", sort="score.helpful", limit=5)
    rest = server.api("/spans", sort="score.helpful", limit=100, cursor=first["next_cursor"])
    spans = [int(s["span_id"], 16) for s in first["items"] + rest["items"]]
    assert (spans[:8], len(spans)) == ([10, 20, 30, 40, 50, 60, 70, 80], 24)
    calls = server.api("/spans", sort="-score.short", query="type:llm", limit=3)["items"]
    assert [int(s["span_id"], 16) for s in calls] == [61, 91, 31]
    assert found(server, "span(score.helpful>0.4 passed.helpful:false)") == set()
    assert found(server, "span(score.helpful>0.4 passed.helpful:true judge:good)") == {5, 6, 7, 8}
    facets = {f["field"]: f["values"] for f in server.api("/traces/facets")["items"]}
    assert {v["value"] for v in facets["type"]} == {"agent", "llm"}
    assert facets["passed.helpful"] == [{"value": "false", "count": 4}, {"value": "true", "count": 4}]
    assert facets["judge"] == [{"value": "good:v1", "count": 8}]
    names = [i["label"] for i in server.api("/complete", query="scor", at=4)["items"]]
    assert names[:2] == ["score.helpful", "score.short"]
    values = [i["label"] for i in server.api("/complete", query="judge:", at=6)["items"]]
    assert values == ["good:v1"]
    types = [i["label"] for i in server.api("/complete", query="type:", at=5)["items"]]
    assert sorted(types) == ["agent", "llm"]


def test_questions_find_scores_and_count_only_spans(filled: Server) -> None:
    check_language(filled)
    check_counts(filled)
    check_aggregates(filled)
    check_the_rest(filled)


def read(server: Server, spans: list[dict[str, Any]], code: int = 200) -> Any:
    answer = server.http.post(f"{PROJECT}/spans/read", content=json.dumps({"spans": spans}), headers=JSON)
    assert answer.status_code == code, answer.text
    return answer.json()


def test_many_spans_are_read_whole_at_once(filled: Server) -> None:
    call = {"trace_id": f"{3:032x}", "span_id": f"{31:016x}"}
    root = {"trace_id": f"{5:032x}"}
    gone = {"trace_id": f"{99:032x}", "span_id": f"{1:016x}"}
    [given] = filled.api(f"/traces/{3:032x}/scores", query="")["items"][:1]
    no_span = {"trace_id": f"{3:032x}", "span_id": given["id"]}
    for _ in range(2):
        found = read(filled, [call, gone, root, no_span, call])["items"]
        whole = [filled.api(f"/traces/{3:032x}/spans/{31:016x}"), filled.api(f"/traces/{5:032x}/spans/{50:016x}")]
        for span in whole:
            del span["scores"]
        assert [i["trace_id"][-1] for i in found] == ["3", "5", "3"]
        assert [i["span"] for i in found] == [whole[0], whole[1], whole[0]]
        send(filled, trace_of(3))  # once more: the newer row counts
    assert read(filled, [])["items"] == []
    assert read(filled, [{"trace_id": "xyz"}], 400)["field"] == "spans"
    assert read(filled, [{"span_id": f"{1:016x}"}], 400)["field"] == "spans"
    assert read(filled, [root] * 1001, 400)["detail"] == "spans: at most 1000 at once"


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_scores_survive_a_restart(filled: Server, how: signal.Signals) -> None:
    filled.stop(how)
    filled.start()
    check_language(filled)
    check_counts(filled)
    check_aggregates(filled)
    check_the_rest(filled)


def test_scores_that_come_before_their_trace_work_too(server: Server) -> None:
    send(server, trace_of(2))
    first = of_trace(1, 0.5, trace_start=FIRST_NS + SECOND_NS, model="m1:v1", judge="good:v1")
    assert score(server, first)["accepted"] == 1
    assert all_traces(server, query="-type:nothing") == all_traces(server)
    assert found(server, "score.helpful:*") == set()
    assert server.http.get(f"{PROJECT}/traces/{1:032x}").status_code == 404
    send(server, trace_of(1))
    assert found(server, "score.helpful:*") == {1}
    assert found(server, "span(root:true score.helpful:0.5)") == {1}
    (given,) = server.api(f"/traces/{1:032x}")["scores"]
    assert given["span_id"] is None
    by_model = server.api("/aggregate", measure="mean(score.helpful)", by="model")
    assert [(g["key"], g["values"]) for g in by_model["groups"]] == [(["m1:v1"], [0.5])]


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"trace_id": "abc"}, "trace_id", "32 hex digits"),
        ({"trace_id": None}, "trace_id", "is required"),
        ({"span_id": "0" * 16}, "span_id", "not all zero"),
        ({"value": [1]}, "value", "a number, a boolean"),
        ({"value": ""}, "value", "1 to 1000 bytes"),
        ({"value": None}, "value", "says something"),
        ({"passed": "yes"}, "passed", "true, false or null"),
        ({"name": None}, "name", "no judge"),
        ({"name": "a\nb"}, "name", "control characters"),
        ({"judge": "good"}, "judge", "such as helpful:v2"),
        ({"source": "cat"}, "source", "code, llm or person"),
        ({"kind": "x"}, "kind", "feedback or expectation"),
        ({"cost": -1}, "cost", "not negative"),
        ({"reason": "x" * 70_000}, "reason", "at most 65536 bytes"),
        ({"trace_start": "soon"}, "trace_start", "RFC 3339"),
        ({"metadata": 3}, "metadata", "an object"),
    ],
)
def test_a_wrong_score_is_refused_by_itself(server: Server, change: dict[str, Any], field: str, words: str) -> None:
    result = score(server, of_trace(1, 0.5), of_trace(2, 0.5) | change, of_trace(3, 0.5))
    assert result["accepted"] == 2
    (refused,) = result["rejected"]
    assert (refused["index"], refused["field"]) == (1, field)
    assert words in refused["detail"]


def test_one_thing_is_not_scored_twice_in_a_request(server: Server) -> None:
    result = score(server, of_trace(1, 0.5), of_trace(1, 0.6), of_trace(1, 0.7, by="ann"))
    assert result["accepted"] == 2
    assert "scores[0] has the same" in result["rejected"][0]["detail"]


def test_not_a_number_is_kept_and_in_no_mean(server: Server) -> None:
    send(server, trace_of(1) + trace_of(2))
    assert score(server, of_trace(1, {"double": "NaN"}), of_trace(2, 0.5))["accepted"] == 2
    assert server.api(f"/traces/{1:032x}")["scores"][0]["value"] == {"double": "NaN"}
    assert found(server, "has:score.helpful") == {1, 2}
    assert found(server, "score.helpful<1 or score.helpful>=1") == {2}
    assert server.api("/aggregate", measure="mean(score.helpful)")["total"]["values"] == [0.5]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ("[", 400, None),
        ("{}", 400, "scores"),
        ('{"scores": 3}', 400, "scores"),
        (json.dumps({"scores": [{}] * 10_001}), 413, "scores"),
    ],
)
def test_a_body_that_is_none_is_refused(server: Server, body: str, status: int, field: str | None) -> None:
    answer = server.http.post(f"{PROJECT}/scores", content=body, headers=JSON)
    assert (answer.status_code, answer.json().get("field")) == (status, field)


def test_any_sdk_may_send_scores_as_spans(server: Server) -> None:
    send(server, trace_of(1))
    row = {
        "traceId": f"{1:032x}",
        "spanId": "00000000000000aa",
        "parentSpanId": f"{10:016x}",
        "name": "tone",
        "startTimeUnixNano": str(FIRST_NS + SECOND_NS),
        "endTimeUnixNano": str(FIRST_NS + SECOND_NS),
        "attributes": [attribute("vireo.type", "score"), attribute("vireo.score.tone", "rude")],
    }
    send(server, [row])
    assert found(server, "score.tone:rude") == {1}
    (given,) = server.api(f"/traces/{1:032x}")["scores"]
    assert (given["id"], given["name"], given["value"]) == ("00000000000000aa", "tone", "rude")


def test_an_export_can_be_imported(filled: Server, start_server: Callable[..., Server], tmp_path: Any) -> None:
    other = start_server(data=tmp_path / "other")
    for line in filled.http.get(f"{PROJECT}/traces/export", params={"format": "otlp"}).text.splitlines():
        assert other.http.post("/v1/traces", content=line, headers=JSON).status_code == 200
    check_language(other)
    check_aggregates(other)


def test_evaluation_results_of_opentelemetry_are_scores(server: Server) -> None:
    spans = trace_of(1)
    results = [
        {"gen_ai.evaluation.name": "relevance", "gen_ai.evaluation.score.value": 0.8},
        {
            "gen_ai.evaluation.name": "tone",
            "gen_ai.evaluation.score.label": "kind",
            "gen_ai.evaluation.explanation": "why",
        },
        {"gen_ai.evaluation.name": "broken", "error.type": "timeout"},
        {"gen_ai.evaluation.score.value": 0.1},
    ]
    at = str(FIRST_NS + SECOND_NS + 500)
    spans[1]["events"] = [
        {
            "name": "gen_ai.evaluation.result",
            "timeUnixNano": at,
            "attributes": [attribute(key, value) for key, value in result.items()],
        }
        for result in results
    ]
    for _ in range(2):  # sent again, they are the same scores
        send(server, spans)
    trace = server.api(f"/traces/{1:032x}")
    scores = {s["name"]: s for s in trace["scores"]}
    assert (len(trace["spans"]), len(trace["scores"])) == (2, 3)
    assert (scores["relevance"]["value"], scores["relevance"]["span_id"]) == (0.8, f"{11:016x}")
    assert (scores["tone"]["value"], scores["tone"]["reason"]) == ("kind", "why")
    assert scores["tone"]["time"] == "2026-09-21T14:13:21.000000500Z"
    assert (scores["broken"]["value"], scores["broken"]["error"]) == (None, "timeout")
    assert found(server, "span(type:llm score.relevance>0.5)") == {1}
    assert len(trace["spans"][1]["events"]) == 4


def test_a_live_view_hears_of_scores(filled: Server) -> None:
    with filled.http.stream("GET", f"{PROJECT}/traces/live", params={"query": "score.late:*"}) as live:
        lines = live.iter_lines()
        assert "event: ready" in itertools.islice(lines, 5)
        # Traces of the last hour are watched, so one that starts now.
        now = trace_of(50)
        for span in now:
            span["startTimeUnixNano"] = span["endTimeUnixNano"] = str(time.time_ns())
        send(filled, now)
        assert score(filled, of_trace(50, 1, name="late"))["accepted"] == 1
        seen = [line for line in itertools.islice(lines, 5) if line.startswith("event: traces")]
        assert seen == ["event: traces"]


def test_a_score_that_is_refused_fails_on_the_command_line(server: Server) -> None:
    for more in ((), ("--json",)):
        text = run("score", "no-trace", "quality", "0.5", "--url", server.url, *more, code=1)
        assert "trace_id" in text
    answer = json.loads(run("score", "a" * 32, "quality", "0.5", "--url", server.url, "--json"))
    assert answer["accepted"] == 1
