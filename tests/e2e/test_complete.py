# SPDX-License-Identifier: Apache-2.0
"""GET /complete: fields, operators and values where the caret stands."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest
from test_api import send_span
from vireo_server import Server


@pytest.fixture(scope="module")
def filled(shared_server: Server) -> Server:
    for i in range(12):
        send_span(
            shared_server,
            100 + i,
            **{
                "vireo.model.name": "digits" if i % 3 else "fraud",
                "vireo.model.fingerprint": "ab" * 32,
                "vireo.tag.country": "DE" if i < 7 else "New Zealand",
                "vireo.tag.age": i,
                "http.route": f"/api/v{i % 2}",
                "odd key": True,
            },
        )
    return shared_server


def complete(server: Server, text: str, at: int | None = None, **params: Any) -> dict[str, Any]:
    answer = server.api("/complete", query=text, at=len(text.encode()) if at is None else at, **params)
    assert set(answer) == {"from", "to", "kind", "items"}
    for item in answer["items"]:
        assert set(item) == {"text", "label", "detail", "count"}
    return answer


def texts(answer: dict[str, Any]) -> list[str]:
    return [item["text"] for item in answer["items"]]


def test_fields_of_the_language_and_of_the_data(filled: Server) -> None:
    answer = complete(filled, "", limit=100)
    assert (answer["kind"], answer["from"], answer["to"]) == ("field", 0, 0)
    assert texts(answer)[:4] == ["model:", "status:", "latency>", "name:"]
    assert texts(answer).index("trace:") > texts(answer).index("cost>")
    assert {"latency>", "tag.country:", "tag.age>", "attr.http.route:", 'attr."odd key":'} <= set(texts(answer))
    assert not [text for text in texts(answer) if "vireo" in text]
    details = {item["label"]: item["detail"] for item in answer["items"]}
    assert details["tag.age"] == "whole number"
    assert details['attr."odd key"'] == "true or false"
    answer = complete(filled, "status:ok -(stat")
    assert (answer["from"], answer["to"], texts(answer)) == (12, 16, ["status:"])
    assert texts(complete(filled, "COUNTRY")) == ["tag.country:"]
    assert texts(complete(filled, "has:tag.")) == ["tag.age", "tag.country"]


def test_a_field_in_the_middle_keeps_its_operator(filled: Server) -> None:
    answer = complete(filled, "tag.country:DE", at=5)
    assert (answer["from"], answer["to"], texts(answer)) == (0, 11, ["tag.country"])


def test_operators_behind_a_whole_name(filled: Server) -> None:
    answer = complete(filled, "latency")
    assert (answer["kind"], answer["from"], answer["to"]) == ("operator", 7, 7)
    assert texts(answer) == [":", "!=", ">", ">=", "<", "<=", ":*"]
    assert texts(complete(filled, "status")) == [":", "!=", ":*"]


def test_values_with_counts(filled: Server) -> None:
    answer = complete(filled, "tag.country:")
    assert (answer["kind"], answer["from"], answer["to"]) == ("value", 12, 12)
    assert [(i["text"], i["label"], i["count"]) for i in answer["items"]] == [
        ("DE", "DE", 7),
        ('"New Zealand"', "New Zealand", 5),
    ]
    answer = complete(filled, 'tag.country:"new')
    assert (answer["from"], answer["to"], texts(answer)) == (12, 16, ['"New Zealand"'])
    assert texts(complete(filled, "model:dig")) == ["digits", "digits:v1"]
    assert texts(complete(filled, "attr.http.route:")) == ['"/api/v0"', '"/api/v1"']
    assert texts(complete(filled, 'attr."odd key":')) == ["true"]
    assert texts(complete(filled, "tag.country:(DE, N")) == ['"New Zealand"']
    assert texts(complete(filled, "time>-1")) == ["-15m", "-1h"]
    assert len(complete(filled, "tag.age:", limit=3)["items"]) == 3


def test_what_is_put_in_is_a_query(filled: Server) -> None:
    for text in ("tag.country:", "model:", "attr.http.route:", 'attr."odd key":', "status:", "time>"):
        for value in texts(complete(filled, text)):
            filled.api("/traces", query=text + value)
    for field in texts(complete(filled, "", limit=100)):
        if field[-1] == ":" and field not in ("has:", "root:", "trace:", "span:", "parent:", "status:"):
            filled.api("/traces", query=field + "*")


@pytest.mark.parametrize("text", ['"free te', "/patt", "unknown:x", "input:x", "(((", "a:(", 'x."', "!!", ":", "a:((b"])
def test_nothing_to_say(filled: Server, text: str) -> None:
    complete(filled, text)


def test_every_caret_of_a_long_query_has_an_answer(filled: Server) -> None:
    text = 'status:(ok, error) -tag.country:"New \\" Z" span(name:/a b/i latency>=2s) has:model or "x" é:ü http.x<3'
    for at in range(len(text.encode()) + 1):
        answer = complete(filled, text, at=at)
        assert answer["from"] <= at <= answer["to"] or not answer["items"]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"query": "a", "at": "2"}, "at"),
        ({"at": "-1"}, "at"),
        ({"limit": "0"}, "limit"),
        ({"query": "a" * 9000}, "query"),
    ],
)
def test_bad_parameters_are_named(filled: Server, params: dict[str, str], field: str) -> None:
    r = httpx.get(f"{filled.url}/api/v1/projects/default/complete", params=params)
    assert r.status_code == 400
    assert r.json()["field"] == field


def test_it_answers_at_once(filled: Server) -> None:
    times = []
    for text in ["", "tag.", "model:", "tag.country:"] * 3:
        begin = time.monotonic()
        complete(filled, text)
        times.append(time.monotonic() - begin)
    assert sorted(times)[len(times) // 2] < 0.1
