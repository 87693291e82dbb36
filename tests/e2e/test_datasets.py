# SPDX-License-Identifier: Apache-2.0
"""Datasets, workflows, test cases and suites over the REST API of the real server."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from vireo_server import Server, make_request, rejected

Json = dict[str, Any]


class Project:
    """Calls below /api/v1/projects/{project}."""

    def __init__(self, server: Server, name: str = "default") -> None:
        self.server = server
        self.base = f"/api/v1/projects/{name}"

    def call(self, method: str, path: str, body: Any = None, status: int = 200, **params: Any) -> Any:
        text = None if body is None else json.dumps(body)
        answer = self.server.http.request(method, self.base + path, content=text, params=params)
        assert answer.status_code == status, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def get(self, path: str, **params: Any) -> Any:
        return self.call("GET", path, **params)

    def post(self, path: str, body: Any, status: int = 201) -> Any:
        return self.call("POST", path, body, status)

    def pages(self, path: str, **params: Any) -> Iterator[Json]:
        """Every item, over all pages."""
        cursor = ""
        while cursor is not None:
            page = self.get(path, **params, cursor=cursor)
            yield from page["items"]
            cursor = page["next_cursor"]

    def ids(self, path: str, **params: Any) -> list[str]:
        return [item["id"] for item in self.pages(path, **params)]


@pytest.fixture
def project(shared_server: Server, request: pytest.FixtureRequest) -> Project:
    """A project of the test's own."""
    name = request.node.name
    shared_server.http.post("/api/v1/projects", json={"name": name})
    return Project(shared_server, name)


def content_id(value: Any) -> str:
    """The id by content, as docs/api.md defines it, for values whose JSON has one spelling in Python too."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def test_a_dataset_keeps_every_version(project: Project) -> None:
    made = project.post(
        "/datasets", {"name": "questions", "description": "d", "tags": ["b", "a"], "metadata": {"x": 1}}
    )
    assert made["version"] == 0 and made["tag"] is None and made["tags"] == ["a", "b"]
    assert project.post("/datasets", {"name": "questions"}, 200)["description"] == "d"

    first = [{"input": {"q": n, "b": None}, "expected": n * n, "split": "train" if n else "test"} for n in range(5)]
    answer = project.post("/datasets/questions/commits", {"samples": first, "message": "hello", "by": "me"})
    assert answer == {
        "tag": "questions:v1",
        "version": 1, "created": True, "added": 5, "changed": 0, "removed": 0, "unchanged": 0, "samples": 5,
    }  # fmt: skip
    again = project.post("/datasets/questions/commits", {"samples": first, "mode": "replace"}, 200)
    assert again["version"] == 1 and not again["created"] and again["unchanged"] == 5

    second = [{"input": {"b": None, "q": 2}, "expected": "four"}, {"input": "new", "metadata": {"city": "Bonn"}}]
    answer = project.post(
        "/datasets/questions/commits",
        {"samples": second, "remove": [content_id({"q": 0, "b": None}), "unknown"], "base_version": 1},
    )
    assert (answer["added"], answer["changed"], answer["removed"]) == (1, 1, 1)
    old = list(project.pages("/datasets/questions/samples", version="v1", limit=2))
    assert [s["input"]["q"] for s in old] == [0, 1, 2, 3, 4] and [s["expected"] for s in old] == [0, 1, 4, 9, 16]
    assert [s["id"] for s in old] == [content_id(s["input"]) for s in old]
    new = list(project.pages("/datasets/questions/samples"))
    assert [s["expected"] for s in new] == [1, "four", 9, 16, None] and new[4]["metadata"] == {"city": "Bonn"}
    assert new[1]["number"] == old[2]["number"]
    got = project.get("/datasets/questions")
    assert got["tag"] == "questions:v2" and got["samples"] == 5
    assert got["splits"] == [{"split": None, "count": 2}, {"split": "train", "count": 3}]
    assert project.ids("/datasets/questions/samples", split="train") == [old[1]["id"], old[3]["id"], old[4]["id"]]
    assert got["updated_at"] > got["created_at"]
    assert project.ids("/datasets/questions/samples", q="bONN") == [content_id("new")]

    commits = project.get("/datasets/questions/commits")["items"]
    assert [c["version"] for c in commits] == [2, 1]
    assert commits[1]["message"] == "hello" and commits[1]["by"] == "me" and commits[1]["samples"] == 5


def test_differences_of_two_versions(project: Project) -> None:
    project.post("/datasets", {"name": "d"})
    put = lambda samples, **more: project.call("POST", "/datasets/d/commits", {"samples": samples, **more}, 201)  # noqa: E731
    put([{"id": "a", "input": 1}, {"id": "b", "input": 2}, {"id": "c", "input": 3}])
    put([{"id": "a", "input": 10}, {"id": "b", "input": 2, "expected": True}, {"id": "d", "input": 4}], remove=["c"])
    diff = project.get("/datasets/d/diff", **{"from": 1, "to": "v2"})
    assert (diff["added"], diff["changed"], diff["removed"]) == (1, 2, 1)
    assert [(i["id"], i["change"]) for i in diff["items"]] == [
        ("a", "changed"), ("b", "changed"), ("c", "removed"), ("d", "added"),
    ]  # fmt: skip
    assert diff["items"][0]["from"]["input"] == 1 and diff["items"][0]["to"]["input"] == 10
    assert diff["items"][0]["from"]["number"] != diff["items"][0]["to"]["number"]
    assert diff["items"][1]["from"]["number"] == diff["items"][1]["to"]["number"]
    assert diff["items"][3]["from"] is None
    assert [i["id"] for i in project.pages("/datasets/d/diff", **{"from": 1, "limit": 1})] == ["a", "b", "c", "d"]
    back = project.get("/datasets/d/diff", **{"from": 2, "to": 1})
    assert (back["added"], back["removed"]) == (1, 1)
    assert project.get("/datasets/d/diff")["from"] == 1
    sample = project.get("/datasets/d/samples/a", version=1)
    assert sample["input"] == 1
    project.call("GET", "/datasets/d/samples/c", status=404)


@pytest.mark.parametrize(
    ("body", "field", "status"),
    [
        ({"samples": [{"input": 1}, {"expected": 2}]}, "samples[1].input", 400),
        ({"samples": [{"input": 1, "metadata": []}]}, "samples[0].metadata", 400),
        ({"samples": [{"input": 1, "id": 7}]}, "samples[0].id", 400),
        ({"samples": [{"input": 1, "id": ""}]}, "samples[0].id", 400),
        ({"samples": [{"input": 1, "id": "a\nb"}]}, "samples[0].id", 400),
        ({"samples": [{"input": 1, "split": "x" * 101}]}, "samples[0].split", 400),
        ({"samples": [{"input": 1}, 2]}, "samples[1]", 400),
        ({"samples": [{"input": 1}, {"input": 2}, {"input": 1.0}, {"input": 1}]}, "samples[3].id", 400),
        ({"samples": [{"input": "x" * (1 << 20)}]}, "samples[0]", 400),
        ({"samples": {"input": 1}}, "samples", 400),
        ({"samples": [{"input": 5, "id": "z"}], "remove": ["y", "z"]}, "remove", 400),
        ({"samples": [], "mode": "upset"}, "mode", 400),
        ({"samples": [], "base_version": -1}, "base_version", 400),
        ({"samples": [], "base_version": 7}, "base_version", 409),
        ({"stage": 12345}, "stage", 400),
        ({"remove": [1]}, "remove", 400),
        ({}, "samples", 400),
    ],
)
def test_a_bad_commit_names_index_and_field(shared_server: Server, body: Json, field: str, status: int) -> None:
    project = Project(shared_server)
    project.server.http.post(f"{project.base}/datasets", json={"name": "bad"})
    before = project.get("/datasets/bad")
    problem = project.call("POST", "/datasets/bad/commits", body, status)
    assert problem["field"] == field and problem["detail"].startswith(field.split("[")[0])
    assert project.get("/datasets/bad") == before


def test_bodies_that_are_no_json_are_told_where(project: Project) -> None:
    project.post("/datasets", {"name": "d"})
    for text in ('{"samples": [{"input": NaN}]}', '{"samples": [', '{"samples": []} x', "[]", "", '{"samples": [{]}'):
        answer = project.server.http.post(f"{project.base}/datasets/d/commits", content=text)
        assert answer.status_code == 400, (text, answer.text)
    deep = '{"samples": [{"input": ' + "[" * 100 + "]" * 100 + "}]}"
    answer = project.server.http.post(f"{project.base}/datasets/d/commits", content=deep)
    assert answer.status_code == 400 and "deep" in answer.json()["detail"]


def test_ids_from_named_fields(project: Project) -> None:
    project.post("/datasets", {"name": "orders", "id_fields": ["country", "order"]})
    rows = [{"input": {"country": "DE", "order": n, "text": "x"}} for n in (1, 2)]
    project.post("/datasets/orders/commits", {"samples": rows})
    assert project.ids("/datasets/orders/samples") == ['["DE",1]', '["DE",2]']
    rows[0]["input"]["text"] = "changed"
    answer = project.post("/datasets/orders/commits", {"samples": rows})
    assert answer["changed"] == 1 and answer["unchanged"] == 1
    problem = project.post("/datasets/orders/commits", {"samples": [{"input": {"country": "DE"}}]}, 400)
    assert problem["field"] == "samples[0].input" and "order" in problem["detail"]
    problem = project.post("/datasets", {"name": "orders", "id_fields": ["order"]}, 409)
    assert problem["field"] == "id_fields"
    project.post("/datasets", {"name": "one", "id_fields": ["order"]})
    project.post("/datasets/one/commits", {"samples": [{"input": {"order": "A/7 ü"}}]})
    assert project.get("/datasets/one/samples/A%2F7%20%C3%BC")["input"] == {"order": "A/7 ü"}


def test_renaming_and_deleting_a_dataset(project: Project) -> None:
    project.post("/datasets", {"name": "a"})
    project.post("/datasets", {"name": "b"})
    project.post("/datasets/a/commits", {"samples": [{"input": 1}]})
    problem = project.call("PATCH", "/datasets/a", {"name": "b"}, 409)
    assert problem["field"] == "name"
    renamed = project.call("PATCH", "/datasets/a", {"name": "c", "metadata": {"k": [1]}, "tags": []})
    assert renamed["tag"] == "c:v1" and renamed["metadata"] == {"k": [1]}
    project.call("GET", "/datasets/a", status=404)
    project.call("DELETE", "/datasets/c", status=204)
    project.call("DELETE", "/datasets/c", status=404)
    assert [d["name"] for d in project.get("/datasets")["items"]] == ["b"]


def test_large_answers_are_compressed_for_who_takes_it(project: Project) -> None:
    project.post("/datasets", {"name": "wide"})
    project.post("/datasets/wide/commits", {"samples": [{"input": f"what is {i} times two?"} for i in range(2000)]})
    sizes = {}
    texts = set()
    for accept in ("identity", "gzip"):
        with project.server.http.stream(
            "GET", f"{project.base}/datasets/wide/samples?limit=5000", headers={"Accept-Encoding": accept}
        ) as answer:
            raw = b"".join(answer.iter_raw())
        assert answer.headers.get("content-encoding", "identity") == accept
        assert answer.headers["vary"] == "Accept-Encoding"
        sizes[accept] = len(raw)
        texts.add(gzip.decompress(raw) if accept == "gzip" else raw)
    assert len(texts) == 1
    assert sizes["gzip"] < sizes["identity"] / 3, sizes


def test_large_commits_are_staged(project: Project) -> None:
    project.post("/datasets", {"name": "big"})
    stage = project.post("/datasets/big/stages", {})["stage"]
    for part in range(4):
        samples = [{"input": {"n": part * 1000 + i}, "expected": i} for i in range(1000)]
        answer = project.post(f"/datasets/big/stages/{stage}", {"samples": samples}, 200)
        assert answer["samples"] == (part + 1) * 1000
    assert project.get("/datasets/big")["samples"] == 0
    project.post(f"/datasets/big/stages/{stage + 1}", {"samples": []}, 404)
    answer = project.post("/datasets/big/commits", {"stage": stage, "mode": "replace"})
    assert answer["added"] == 4000
    project.post("/datasets/big/commits", {"stage": stage}, 400)
    assert [s["input"]["n"] for s in project.pages("/datasets/big/samples", limit=1000)] == list(range(4000))
    gone = project.post("/datasets/big/stages", {})["stage"]
    project.call("DELETE", f"/datasets/big/stages/{gone}", status=204)


def send_trace(project: Project, number: int, **attributes: Any) -> str:
    request = make_request([(number, 1)])
    span = request.resource_spans[0].scope_spans[0].spans[0]
    for key, value in attributes.items():
        span.attributes.add(key=key).value.string_value = value
    name = project.base.rsplit("/", 1)[1]
    assert rejected(project.server.send(request, **{"x-vireo-project": name})) == 0
    return span.trace_id.hex()


def test_traces_become_samples(project: Project) -> None:
    good = {"vireo.output": '{"answer": 7}', "vireo.tag.tier": "free", "vireo.type": "llm"}
    ids = [send_trace(project, n, **{"vireo.input": json.dumps({"q": n // 2}), **good}) for n in range(1, 5)]
    plain = send_trace(project, 9, **{"vireo.input": "what is it?", "vireo.tag.tier": "paid"})
    nothing = send_trace(project, 10)
    project.post("/datasets", {"name": "t"})
    answer = project.post(
        "/datasets/t/from-traces",
        {"where": "tag.tier:free", "expected": "output", "metadata_tags": ["tier"], "split": "new", "limit": 100},
    )
    assert answer["traces"] == 4 and answer["there"] == 1 and answer["added"] == 3
    samples = list(project.pages("/datasets/t/samples"))
    assert {s["input"]["q"] for s in samples} == {0, 1, 2} and samples[0]["expected"] == {"answer": 7}
    assert samples[0]["metadata"]["tier"] == "free" and samples[0]["metadata"]["trace_id"] in ids
    answer = project.post("/datasets/t/from-traces", {"trace_ids": [plain, nothing, ids[0]]})
    assert answer["added"] == 1 and answer["there"] == 1 and answer["skipped"] == 1
    assert answer["reasons"] == [{"trace_id": nothing, "reason": "its root span has no input"}]
    assert list(project.pages("/datasets/t/samples"))[-1]["input"] == "what is it?"

    # What somebody said of a sample stays.
    project.post("/datasets/t/commits", {"samples": [{"input": "what is it?", "expected": "a bird"}]})
    assert project.post("/datasets/t/from-traces", {"trace_ids": [plain]}, 200)["there"] == 1
    # So does the sample when its trace goes.
    project.call("DELETE", f"/traces/{plain}", status=202)
    assert list(project.pages("/datasets/t/samples"))[-1]["expected"] == "a bird"
    for body, field in (
        ({"where": "tag.tier:"}, "where"),
        ({"where": "nofield:x"}, "where"),
        ({"where": ") or ("}, "where"),
        ({"trace_ids": ["xyz"]}, "trace_ids"),
        ({"expected": "input"}, "expected"),
        ({"limit": 0}, "limit"),
        ({"from": "yesterday"}, "from"),
    ):
        assert project.post("/datasets/t/from-traces", body, 400)["field"] == field


# ---------------------------------------------------------------- workflows


def sample(n: int) -> Json:
    return {"locator": f"s3://bucket/{n}.png", "size": n}


def adds(*numbers: int, **more: Any) -> list[Json]:
    return [{"op": "add", "input": sample(n), "expected": {"label": n}, **more} for n in numbers]


def test_workflows_keep_their_schemas(project: Project) -> None:
    schema = {"sample": {"locator": "str"}, "ground_truth": {"label": "int"}, "inference": {"label": "int"}}
    made = project.post("/workflows", {"name": "cars", "schema": schema})
    assert made["schema_version"] == 1 and made["schema"] == schema
    again = project.post("/workflows", {"name": "cars", "schema": dict(reversed(schema.items()))}, 200)
    assert again["schema_version"] == 1
    project.post("/workflows", {"name": "cars", "schema": {**schema, "sample": {}}}, 200)
    assert project.get("/workflows/cars")["schema"]["sample"] == {}
    assert project.get("/workflows/cars", schema=1)["schema"] == schema
    assert [w["name"] for w in project.get("/workflows")["items"]] == ["cars"]
    project.call("GET", "/workflows/bikes", status=404)


def numbers_of(project: Project, case: str, **params: Any) -> list[int]:
    return [s["input"]["size"] for s in project.pages(f"/workflows/w/cases/{case}/samples", **params)]


def test_edits_of_a_case_are_applied_in_order(project: Project) -> None:
    project.post("/workflows", {"name": "w"})
    made = project.post("/workflows/w/cases", {"name": "rain", "description": "wet"})
    assert made["version"] == 0 and made["samples"] == 0
    assert project.post("/workflows/w/cases", {"name": "rain"}, 409)["field"] == "name"
    path = "/workflows/w/cases/rain/commits"
    assert project.post(path, {"edits": adds(1, 2, 3), "base_version": 0})["version"] == 1
    # Remove and add again: at the end.  Add twice: the last ground truth, the first place.
    removal = {"op": "remove", "input": dict(reversed(sample(1).items()))}
    twice = [{**adds(2)[0], "expected": n} for n in (8, 9)]
    answer = project.post(path, {"edits": [removal, *twice, *adds(4), *adds(1)], "base_version": 1})
    assert answer["version"] == 2 and answer["changed"] == 2 and answer["added"] == 1
    assert numbers_of(project, "rain") == [2, 3, 4, 1] and numbers_of(project, "rain", version=1) == [1, 2, 3]
    assert project.get("/workflows/w/cases/rain/samples")["items"][0]["expected"] == 9
    assert project.post(path, {"edits": adds(5), "base_version": 1}, 409)["field"] == "base_version"
    # Nothing that changes anything: no version.
    same = [*adds(5), {"op": "remove", "input": sample(5)}, {"op": "remove", "id": "unknown"}, *adds(3)]
    assert project.post(path, {"edits": same, "description": "very wet"}, 200)["version"] == 2
    case = project.get("/workflows/w/cases/rain")
    assert case["description"] == "very wet" and case["samples"] == 4
    assert project.get("/workflows/w/cases/rain", version=1)["samples"] == 3
    assert project.post(path, {"edits": adds(1, 3), "reset": True})["version"] == 3
    assert numbers_of(project, "rain") == [1, 3]
    problem = project.post(path, {"edits": [*adds(1), {"op": "replace"}]}, 400)
    assert problem["field"] == "edits[1].op"
    diff = project.get("/workflows/w/cases/rain/diff", **{"from": 2, "to": 3})
    assert (diff["added"], diff["removed"]) == (0, 2)


def test_metadata_of_workflow_samples_is_merged_and_not_versioned(project: Project) -> None:
    project.post("/workflows", {"name": "w"})
    project.post("/workflows/w/cases", {"name": "a", "samples": [{"input": sample(1), "metadata": {"x": 1, "y": 1}}]})
    made = project.post("/workflows/w/cases", {"name": "b", "samples": [{"input": sample(1), "metadata": {"y": 2}}]})
    assert made["version"] == 1
    answer = project.post("/workflows/w/cases/a/commits", {"edits": adds(1, metadata={"z": None}, expected=None)}, 200)
    assert answer["version"] == 1 and not answer["created"]
    for case in "ab":
        item = project.get(f"/workflows/w/cases/{case}/samples", version=1)["items"][0]
        assert item["metadata"] == {"x": 1, "y": 2, "z": None} and item["number"] == 1


def test_many_cases_at_once_are_all_or_nothing(project: Project) -> None:
    project.post("/workflows", {"name": "w"})
    samples = [{"input": sample(n), "expected": n} for n in range(3)]
    path = "/workflows/w/cases/bulk"
    bad = {"cases": [{"name": "one", "samples": samples}, {"name": "two", "samples": [{"expected": 1}]}]}
    assert project.post(path, bad, 400)["field"] == "cases[1].samples[0].input"
    twice = {"cases": [{"name": "one"}, {"name": "one"}]}
    assert project.post(path, twice, 400)["field"] == "cases"
    assert project.get("/workflows/w/cases")["items"] == []
    body = {"cases": [{"name": "one", "samples": samples, "description": "d"}, {"name": "two"}]}
    fates = lambda answer: [(i["name"], i["version"], i["status"]) for i in answer["items"]]  # noqa: E731
    assert fates(project.post(path, body, 200)) == [("one", 1, "created"), ("two", 0, "created")]
    body = {"cases": [{"name": "one", "samples": samples[:1]}, {"name": "two", "samples": samples}]}
    assert fates(project.post(path, body, 200)) == [("one", 1, "loaded"), ("two", 1, "edited")]
    assert fates(project.post(path, {**body, "reset": True}, 200)) == [("one", 2, "edited"), ("two", 1, "loaded")]
    assert project.get("/workflows/w/cases/one")["description"] == "d"


def test_suites_have_versions_by_their_ordered_members(project: Project) -> None:
    project.post("/workflows", {"name": "w"})
    for name, numbers in (("rain", (1, 2)), ("snow", (2, 3)), ("empty", ())):
        samples = [{"input": sample(n), "expected": [name, n]} for n in numbers]
        project.post("/workflows/w/cases", {"name": name, "samples": samples})
    made = project.post("/workflows/w/suites", {"name": "night", "tags": ["nightly"]})
    assert made["version"] == 0 and made["cases"] == []
    path = "/workflows/w/suites/night"
    answer = project.post(f"{path}/commits", {"cases": [{"name": "snow"}, {"name": "rain", "version": 1}]})
    assert answer["version"] == 1 and [c["name"] for c in answer["cases"]] == ["snow", "rain"]
    listed = project.get("/suites")["items"]
    assert listed == project.get("/workflows/w/suites")["items"]
    assert listed[0]["workflow"] == "w" and listed[0]["samples"] == 4 and len(listed[0]["cases"]) == 2
    items = list(project.pages(f"{path}/samples", limit=1))
    assert [(i["input"]["size"], i["cases"]) for i in items] == [
        (1, ["rain"]), (2, ["snow", "rain"]), (3, ["snow"]),
    ]  # fmt: skip
    assert items[1]["expected"] == [["snow", 2], ["rain", 2]]
    assert not project.post(f"{path}/commits", {"description": "dark", "tags": []}, 200)["created"]
    project.post("/workflows/w/cases/rain/commits", {"edits": adds(7)})
    body = {"cases": [{"name": "rain"}, {"name": "snow"}, {"name": "empty"}], "base_version": 1}
    assert project.post(f"{path}/commits", body)["version"] == 2
    assert project.post(f"{path}/commits", body, 409)["field"] == "base_version"
    old = project.get(path, version=1)
    assert old["description"] == "dark" and old["tags"] == [] and old["newest"] == 2
    assert [(c["name"], c["version"], c["samples"]) for c in old["cases"]] == [("snow", 1, 2), ("rain", 1, 2)]
    assert (
        len(list(project.pages(f"{path}/samples"))) == 4 and len(list(project.pages(f"{path}/samples", version=1))) == 3
    )
    for cases, at in (
        ([{"name": "fog"}], 0),
        ([{"name": "rain"}, {"name": "snow", "version": 5}], 1),
        ([{"name": "rain"}, {"name": "rain"}], 1),
        ([{"version": 1}], 0),
    ):
        problem = project.post(f"{path}/commits", {"cases": cases}, 400)
        assert problem["field"] == "cases" and f"cases[{at}]" in problem["detail"]
    assert project.call("DELETE", "/workflows/w/cases/rain", status=409)["field"] == "case"
    project.call("DELETE", path, status=204)
    project.call("DELETE", "/workflows/w/cases/rain", status=204)
    project.call("GET", path, status=404)


def test_samples_survive_a_restart_and_go_with_their_project(start_server: Any, tmp_path: Any) -> None:
    server = start_server(data=tmp_path / "d")
    server.http.post("/api/v1/projects", json={"name": "p"})
    project = Project(server, "p")
    project.post("/datasets", {"name": "d"})
    project.post(
        "/datasets/d/commits", {"samples": [{"input": {"double": "NaN"}, "expected": {"double": "-Infinity"}}]}
    )
    server.stop()
    project = Project(start_server(data=tmp_path / "d"), "p")
    assert project.get("/datasets/d/samples")["items"][0]["expected"] == {"double": "-Infinity"}
    project.server.http.delete("/api/v1/projects/p")
    project.server.http.post("/api/v1/projects", json={"name": "p"})
    assert project.get("/datasets")["items"] == []
