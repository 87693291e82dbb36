# SPDX-License-Identifier: Apache-2.0
"""Every operation of docs/openapi.yaml against requests that are wrong in one place.

An answer is never 5xx and never late, what is wrong is told as problem+json with its
`field`, and the server goes on. BODIES has a right body for every operation that takes
JSON; the schema tells what is wrong in a changed one."""

from __future__ import annotations

import copy
import json
import pathlib
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import openapi
import pytest
from openapi import Operation
from vireo_server import JSON, Server, make_request, rejected, run

PROJECT = "/api/v1/projects/default"
TRACE = f"{1:032x}"
SPAN = f"{1:016x}"
LATE_S = 30  # also under sanitizers on a busy machine
OPERATIONS = {o.name: o for o in openapi.operations()}
PRINT = "ab" * 32
SAMPLE = {"id": "s1", "input": {"q": 1}, "expected": 2, "metadata": {"city": "oslo"}, "split": "train"}
COMMIT = {"message": "why", "by": "ann"}
INFERENCES = {
    "reset": True,
    "inferences": [{"number": 1, "inference": {"y": 1}, "error": "", "trace_id": TRACE, "latency_ms": 1.5}],
}
RULE = {"judge": "good", "where": "name:span", "subject": "trace", "sample": 0.5, "enabled": True}
QUEUE = {"name": "review", "where": "", "judge": "ann", "instructions": "look"}
VIEW = {"name": "mine", "page": "traces", "state": {"query": ""}}
KEY = {"name": "key", "role": "viewer"}
SAMPLE_SCORES = {
    "scores": [
        {
            "number": 1,
            "model": "entrant:v1",
            "kind": "feedback",
            "name": "good",
            "judge": "good:v1",
            "source": "code",
            "by": "ann",
            "value": 0.5,
            "passed": True,
            "reason": "r",
            "time": "2026-09-21T00:00:00Z",
        }
    ]
}
EXPECTATION = {"scores": [{"number": 1, "name": "right", "kind": "expectation", "expected": 2}]}
ENTRANT = {"metadata": {"a": 1}, "tags": ["t"]}
STANDARD = {
    "target": {"workflow": "wf"},
    "metric_groups": [{"name": "g", "metrics": [{"label": "L", "metric": "acc", "higher_is_better": True}]}],
    "strata": ["city"],
}
BODIES: dict[str, Any] = {
    "exportTraces": {"resourceSpans": []},
    "createProject": {"name": "second"},
    "readSpans": {"spans": [{"trace_id": TRACE, "span_id": SPAN}]},
    "updateRetention": {"max_age_days": 30000, "max_bytes": 10**15},
    "createKey": KEY,
    "createGlobalKey": KEY,
    "createRule": RULE,
    "updateRule": RULE,
    "createQueue": QUEUE,
    "updateQueue": QUEUE,
    "addScores": {
        "scores": [
            {
                "id": "ab" * 8,
                "trace_id": TRACE,
                "span_id": SPAN,
                "trace_start": "2026-09-21T00:00:00Z",
                "model": "net:v1",
                "judge": "good:v1",
                "name": "good",
                "value": 0.5,
                "passed": True,
                "reason": "r",
                "error": "",
                "source": "code",
                "by": "ann",
                "kind": "feedback",
                "expected": 1,
                "cost": 0.1,
                "time": "2026-09-21T00:00:00Z",
                "metadata": {"a": 1},
            }
        ]
    },
    "updateJudge": {"description": "d", "metadata": {"a": 1}},
    "registerJudgeVersion": {
        "fingerprint": PRINT,
        "kind": "code",
        "description": "d",
        "source": "def good(): pass",
        "parameters": ["x"],
        "definition": {"rubric": 1},
        "language": "python",
        "packages": {"numpy": "2"},
        "metadata": {},
    },
    "updateModel": {"description": "d", "metadata": {"a": 1}},
    "registerVersion": {
        "fingerprint": PRINT,
        "source": "def net(): pass",
        "signature": "(x)",
        "output_type": "int",
        "dependencies": [{"name": "f", "kind": "function", "source": "def f(): pass"}],
        "language": "python",
        "language_version": "3.12",
        "packages": {"numpy": "2"},
        "git": {"commit": "abc"},
        "metadata": {},
    },
    "updateVersion": {"metadata": {"a": 1}},
    "createView": VIEW,
    "updateView": VIEW,
    "putWorkflowModel": ENTRANT,
    "updateWorkflowModel": ENTRANT,
    "startEvaluation": {
        "suite": {"workflow": "wf", "name": "night", "version": 1},
        "model": "entrant:v1",
        "evaluator": "ev",
        "judges": ["good:v1"],
        "metadata": {"a": 1},
        "configurations": [{"display_name": "c", "configuration": {"t": 1}}],
    },
    "updateEvaluation": {"status": "running", "progress": 0.5, "message": "m", "metadata": {"a": 1}},
    "saveInferences": INFERENCES,
    "verifyInferences": INFERENCES,
    "addResults": {"case": "rain", "configuration": "c", "numbers": [1, 2], "columns": {"acc": [1, 0]}},
    "setMetrics": {
        "configuration": "c",
        "cases": {"rain": {"acc": 0.5}},
        "suite": {"acc": 0.5},
        "thresholded": {"rain": [{"threshold": 0.5, "acc": 1}]},
        "plots": {"rain": [{"data_type": "PLOT/CURVE", "title": "t", "x_label": "x", "y_label": "y", "curves": []}]},
    },
    "createDataset": {"name": "second", "description": "", "metadata": {}, "tags": ["t"], "id_fields": ["q"]},
    "changeDataset": {"description": "d", "metadata": {}, "tags": ["t"]},
    "commitDataset": COMMIT | {"base_version": 1, "mode": "upsert", "samples": [SAMPLE], "remove": ["gone"]},
    "stageSamples": {"samples": [SAMPLE]},
    "addTraces": COMMIT
    | {"where": "name:span", "from": 0, "to": "2027-01-01T00:00:00Z", "limit": 10, "expected": "output"}
    | {"metadata_tags": ["number"], "split": "train"},
    "addScoresOfDataset": SAMPLE_SCORES,
    "addScoresOfWorkflow": SAMPLE_SCORES,
    "applyExpectationOfDataset": COMMIT,
    "applyExpectationOfWorkflow": COMMIT | {"case": "rain"},
    "putWorkflow": {"name": "wf", "description": "d", "metadata": {}, "tags": [], "schema": {}},
    "createCase": {"name": "case", "description": "d", "samples": [{"input": 1, "expected": 2, "metadata": {}}]},
    "putCases": {
        "cases": [{"name": "bulk", "description": "d", "samples": [{"input": 1, "expected": 2, "metadata": {}}]}],
        "reset": True,
    },
    "commitCase": COMMIT
    | {"description": "d", "reset": True, "edits": [{"op": "add", "input": 7, "expected": 2, "metadata": {}}]},
    "createSuite": {"name": "suite", "description": "d", "tags": ["t"], "cases": [{"name": "rain", "version": 1}]},
    "commitSuite": COMMIT | {"description": "d", "tags": ["t"], "cases": [{"name": "rain", "version": 1}]},
    "putStandard": STANDARD,
    "copyStandard": {"to": "standard2", "metric_groups": True, "strata": True},
}
# Parameters without which the operation has nothing to do.
NEEDED: dict[str, dict[str, str]] = {
    "judgeAgreement": {"judges": "good,ann"},
    "listInferencesOfModel": {"case": "rain"},
    "compareEvaluations": {"evaluations": "{evaluation}"},
    "listChangedSamples": {"evaluations": "{evaluation},{rival}", "metric": "acc"},
    "getLeaderboard": {"workflow": "wf", "suite": "night"},
    "getStandardResult": {"evaluations": "{evaluation}"},
    "diffDataset": {"from": "1", "to": "1"},
    "diffCase": {"from": "1", "to": "1"},
}


class World:
    """A project that has one of everything; made again where a request took it away."""

    def __init__(self, server: Server) -> None:
        self.server = server
        assert rejected(server.send(make_request([(1, 1)], payload="x"))) == 0
        self.ids: dict[str, str] = {}
        for path, body in (("", {"name": "odd"}), ("/odd/workflows", {"name": "wf"})):
            assert server.http.post("/api/v1/projects" + path, json=body).status_code in (200, 201)
        self.arrange()

    def make(self, method: str, path: str, body: Any) -> Any:
        answer = self.server.http.request(method, PROJECT + path, json=body)
        assert answer.status_code in (200, 201, 204, 409), (method, path, answer.text)
        return answer.json() if answer.content else {}

    def arrange(self) -> None:
        self.make("POST", "/models/net/versions", BODIES["registerVersion"])
        self.make("POST", "/judges/good/versions", BODIES["registerJudgeVersion"])
        self.make("POST", "/judges/ann/versions", BODIES["registerJudgeVersion"] | {"kind": "person"})
        self.make("POST", "/datasets", {"name": "data"})
        self.make("POST", "/datasets/data/commits", {"samples": [SAMPLE, {"id": "gone", "input": 5}]})
        self.make("POST", "/workflows", {"name": "wf"})
        cases = [{"name": n, "samples": [{"input": i, "expected": i} for i in range(3)]} for n in ("rain", "snow")]
        self.make("POST", "/workflows/wf/cases/bulk", {"cases": cases})
        self.make("POST", "/workflows/wf/suites", {"name": "night", "cases": [{"name": "rain"}]})
        self.ids |= {"evaluation": self.evaluation("entrant"), "rival": self.evaluation("rival")}
        self.make("PUT", "/standards/standard", STANDARD)
        for kind, body in (("rules", RULE), ("queues", QUEUE), ("views", VIEW), ("keys", KEY)):
            items = self.server.api(f"/{kind}")["items"]
            self.ids[kind] = str((items[0] if items else self.make("POST", f"/{kind}", body))["id"])

        for folder in ("datasets/data", "workflows/wf"):
            self.ids[folder] = str(self.make("POST", f"/{folder}/scores", EXPECTATION)["ids"][0])

    def evaluation(self, model: str) -> str:
        self.make("PUT", f"/workflows/wf/models/{model}", {})
        made = self.make("POST", "/evaluations", BODIES["startEvaluation"] | {"model": f"{model}:v1"})
        path = f"/evaluations/{made['id']}"
        self.make("POST", path + "/inferences", INFERENCES)
        self.make("POST", path + "/results", BODIES["addResults"])
        self.make("PUT", path + "/metrics", BODIES["setMetrics"])
        return str(made["id"])

    def parameter(self, operation: Operation, name: str) -> str:
        """A value of the path parameter for which there is something."""
        below = operation.path.removeprefix("/api/v1/projects/{project}/").split("/")[0]
        if name == "id" and "/scores/{id}" in operation.path:
            return self.ids["datasets/data" if below == "datasets" else "workflows/wf"]
        if name == "id":
            by_folder = {"evaluations": self.ids["evaluation"], "scores": "ab" * 8, "datasets": "s1"}
            return by_folder.get(below) or self.ids.get(below, "1")
        if name == "name":
            named = {"models": "net", "judges": "good", "datasets": "data", "standards": "standard"}
            return named.get(below, "entrant")
        fixed = {"project": "default", "trace_id": TRACE, "span_id": SPAN, "version": "1", "workflow": "wf"}
        fixed |= {"case": "rain", "suite": "night", "user": "ann", "sha256": PRINT}
        return fixed[name] if name != "stage" else self.stage()

    def stage(self) -> str:
        """An open stage; the one before is closed, as only a few may be open."""
        if "stage" in self.ids:
            self.server.http.delete(f"{PROJECT}/datasets/data/stages/{self.ids['stage']}")
        self.ids["stage"] = str(self.make("POST", "/datasets/data/stages", {})["stage"])
        return self.ids["stage"]

    def path(self, operation: Operation, **other: str) -> str:
        """The path with other values for some parameters, which are percent-encoded already."""
        path = operation.path
        for name in operation.parameter_names("path"):
            path = path.replace(f"{{{name}}}", other.get(name, quote(self.parameter(operation, name))))
        return path

    def query(self, operation: Operation) -> dict[str, str]:
        return {k: v.format(**self.ids) for k, v in NEEDED.get(operation.name, {}).items()}

    def body(self, operation: Operation) -> Any:
        body = copy.deepcopy(BODIES[operation.name])
        if operation.name in ("commitDataset", "commitCase", "commitSuite"):
            body.pop("base_version", None)
        return body


@pytest.fixture(scope="module")
def world(shared_server: Server) -> World:
    return World(shared_server)


def send(world: World, operation: Operation, content: Any = b"", **more: Any) -> httpx.Response:
    """The request, which no answer may outlast and no server may die of."""
    path = more.pop("path", None) or world.path(operation)
    params = more.pop("params", None)
    url = path if params is None else f"{path}?{params}"
    what = (operation.method, url[:200], content[:300])
    try:
        answer = world.server.http.request(
            operation.method, url, content=content, headers=JSON | more.pop("headers", {}), timeout=LATE_S
        )
    except httpx.HTTPError as error:
        raise AssertionError((what, error, world.server.log[-10:])) from error
    assert answer.status_code < 500, (what, answer.status_code, answer.text)
    if answer.status_code >= 400 and operation.name != "exportTraces":
        assert answer.headers["content-type"] == "application/problem+json", (what, answer.text[:300])
        problem = answer.json()
        assert problem["status"] == answer.status_code, (what, problem)
        assert problem["detail"], (what, problem)
    return answer


def field_of(answer: httpx.Response) -> str | None:
    """The field that a refusal names; of scores, that of the first one refused."""
    told = answer.json() if answer.content else {}
    if answer.status_code < 400:
        first = told["rejected"][0] if told.get("rejected") else None
        return f"scores[{first['index']}].{first['field']}" if first else None
    return told.get("field", "")


def test_there_is_a_body_for_every_operation_that_takes_one() -> None:
    assert {o.name for o in OPERATIONS.values() if o.body is not None} == BODIES.keys()


def nothings(node: Any, at: str = "") -> Iterator[str]:
    """Keys without a value: what YAML makes of a comma in a description that has no quotes."""
    if isinstance(node, list):
        node = dict(enumerate(node))
    if isinstance(node, dict):
        for key, value in node.items():
            if value is None and key != "default":
                yield f"{at}/{key}"
            yield from nothings(value, f"{at}/{key}")


def test_no_comma_cuts_a_description() -> None:
    assert not [at for at in nothings(openapi.description()) if "/enum/" not in at]


# ---------------------------------------------------------------- bodies wrong in one field


def spots(schema: Any, body: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every place of the body that the schema says something of, with its schema."""
    schema = openapi.resolve(schema)
    properties = openapi.properties_of(schema)
    if isinstance(body, dict):
        for name in body:
            inner = properties.get(name, schema.get("additionalProperties"))
            if isinstance(inner, dict):
                yield (*at, name), openapi.resolve(inner)
                yield from spots(inner, body[name], (*at, name))
    if isinstance(body, list) and body and "items" in schema:
        yield (*at, 0), openapi.resolve(schema["items"])
        yield from spots(schema["items"], body[0], (*at, 0))


def replaced(body: Any, at: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(body)
    inner = changed
    for step in at[:-1]:
        inner = inner[step]
    inner[at[-1]] = value
    return changed


def without(body: Any, at: tuple[Any, ...]) -> Any:
    changed = copy.deepcopy(body)
    inner = changed
    for step in at[:-1]:
        inner = inner[step]
    del inner[at[-1]]
    return changed


VALUES: list[Any] = [
    True,
    0,
    -1,
    1.5,
    2**31,
    2**63 - 1,
    2**63,
    -(2**63) - 1,
    2**64,
    1e308,
    "",
    " ",
    "x",
    "\x00",
    "a\x00b",
    "../../../etc/passwd",
    "a\nb",
    "\U0001f600" * 300,
    "v1:v2:v3",
    "n" * 1_000_000,
    [],
    {},
    [[]],
    [{}],
    [None],
    [1],
    ["x", "x"],
    {"": {}},
    {"double": "NaN"},
    {"a": {"b": [None]}},
]


def is_wrong(value: Any, schema: Any) -> bool:
    """Does the schema refuse it by type or limit? An absent type says nothing."""
    return bool(openapi.misfits(value, {k: v for k, v in schema.items() if k != "pattern"}))


@pytest.mark.parametrize("name", BODIES)
def test_a_wrong_value_names_its_field(world: World, name: str) -> None:
    operation = OPERATIONS[name]
    body = world.body(operation)
    assert operation.body is not None
    accepted = []
    for at, schema in spots(operation.body, body):
        for value in VALUES:
            answer = send(world, operation, json.dumps(replaced(body, at, value)).encode())
            field = field_of(answer)
            if name == "exportTraces" or not is_wrong(value, schema):
                continue
            if field == "" and "bytes" in answer.text and isinstance(value, str) and len(value) > 10_000:
                continue  # the whole body is too large
            if field is None or not set(re.split(r"[.\[\]]+", field)) & {str(step) for step in at}:
                accepted.append((at, repr(value)[:40], answer.status_code, answer.text[:160]))
    world.arrange()
    assert not accepted, "\n".join(map(str, accepted))


@pytest.mark.parametrize("name", BODIES)
def test_a_missing_field_is_named(world: World, name: str) -> None:
    operation = OPERATIONS[name]
    body = world.body(operation)
    assert operation.body is not None
    wrong = []
    for at, _ in spots(operation.body, body):
        if isinstance(at[-1], int):
            continue
        answer = send(world, operation, json.dumps(without(body, at)).encode())
        owner = openapi.resolve(operation.body)
        for step in at[:-1]:
            owner = owner["items"] if isinstance(step, int) else openapi.properties_of(owner).get(step, {})
            owner = openapi.resolve(owner)
        if at[-1] in openapi.required_of(owner) and not field_of(answer):
            wrong.append((at, answer.status_code, answer.text[:160]))
        send(world, operation, json.dumps(replaced(body, (*at[:-1], "unknown field"), 1)).encode())
    assert not wrong, "\n".join(map(str, wrong))


# ---------------------------------------------------------------- text that is no JSON


def broken_texts(body: Any) -> dict[str, bytes]:
    text = json.dumps(body)
    key = next(iter(body))
    return {
        "nothing": b"",
        "a list": b"[]",
        "a number": b"5",
        "null": b"null",
        "cut": text[:-1].encode(),
        "cut in the middle": text[: len(text) // 2].encode(),
        "two": (text + text).encode(),
        "comma": (text[:-1] + ",}").encode(),
        "NaN": f'{{"{key}": NaN}}'.encode(),
        "Infinity": f'{{"{key}": -Infinity}}'.encode(),
        "hexadecimal": f'{{"{key}": 0x10}}'.encode(),
        "leading zero": f'{{"{key}": 010}}'.encode(),
        "not UTF-8": f'{{"{key}": "'.encode() + b'\xff\xfe"}',
        "overlong": f'{{"{key}": "'.encode() + b'\xc0\xaf"}',
        "half a surrogate in bytes": f'{{"{key}": "'.encode() + b'\xed\xa0\x80"}',
        "control character": f'{{"{key}": "\x01"}}'.encode(),
        "deep lists": f'{{"{key}": '.encode() + b"[" * 200_000,
        "deep lists that end": f'{{"{key}": {"[" * 100_000}{"]" * 100_000}}}'.encode(),
        "deep objects": f'{{"{key}": {"{" + chr(34) + "a" + chr(34) + ":"}'.encode() + b'{"a":' * 100_000,
        "zeros": bytes(1000),
    }


def odd_texts(body: Any) -> dict[str, bytes]:
    """JSON that some readers take and some refuse."""
    text = json.dumps(body)
    key = next(iter(body))
    return {
        "twice the same key": (text[:-1] + f', "{key}": {json.dumps(body[key])}}}').encode(),
        "half a surrogate": f'{{"{key}": "\\ud800"}}'.encode(),
        "mark": b"\xef\xbb\xbf" + text.encode(),
        "10**400": f'{{"{key}": 1{"0" * 400}}}'.encode(),
        "1e999": f'{{"{key}": 1e999}}'.encode(),
        "very many digits": f'{{"{key}": {"9" * 100_000}.{"9" * 100_000}}}'.encode(),
        "spaces": b" " * 1_000_000 + text.encode(),
        "very many keys": json.dumps(body | {f"k{i}": i for i in range(20_000)}).encode(),
        "a long key": json.dumps(body | {"k" * 1_000_000: 1}).encode(),
        "a long list": json.dumps(body | {key: [0] * 200_000}).encode(),
    }


@pytest.mark.parametrize("name", BODIES)
def test_text_that_is_no_json_is_refused(world: World, name: str) -> None:
    operation = OPERATIONS[name]
    body = world.body(operation)
    for what, content in broken_texts(body).items():
        answer = send(world, operation, content)
        empty_is_fine = not content and not (operation.needs_body and name != "exportTraces")
        assert empty_is_fine or 400 <= answer.status_code < 500, (what, answer.status_code, answer.text[:200])
    for content in odd_texts(body).values():
        send(world, operation, content)
    packed = send(world, operation, b"not packed", headers={"content-encoding": "gzip"})
    assert 400 <= packed.status_code < 500, packed.text


# ---------------------------------------------------------------- paths and parameters

ODD_PATHS = [
    "%00", "%20", "-1", "0", "99999999999999999999", "..%2f..%2fetc", "%ff%fe", "%ed%a0%80", "x" * 2000, "nope",
    "v1", "1.5", "%0a", "%f0%9f%98%80", "'%20or%201=1--", "*", "null", "{}", "a:v1",
]  # fmt: skip
# They make what has that name, in a project of their own.
MAKERS = {"registerVersion", "registerJudgeVersion", "putWorkflowModel", "putStandard"}


@pytest.mark.parametrize("name", [n for n, o in OPERATIONS.items() if o.parameter_names("path")])
def test_what_is_not_there_is_told(world: World, name: str) -> None:
    operation = OPERATIONS[name]
    content = json.dumps(world.body(operation)).encode() if operation.body is not None else b""
    streams = name == "liveTraces"
    for parameter in operation.parameter_names("path"):
        if streams and parameter != "project":
            continue
        if parameter == "project" and (operation.method != "GET" or streams):
            continue  # sending to a project makes it, see test_accounts
        for odd in ODD_PATHS:
            project = "odd" if name in MAKERS else "default"
            answer = send(world, operation, content, path=world.path(operation, **{"project": project, parameter: odd}))
            may_be = name in MAKERS or name in ("deleteTrace", "deleteUser", "deleteScore")
            if not may_be and not (parameter == "version" and odd == "v1"):
                assert 400 <= answer.status_code < 500, (parameter, odd[:50], answer.status_code, answer.text[:200])


ODD_PARAMETERS = [
    "", "%00", "-1", "0", "1.5", "99999999999999999999", "1e5", "%ff%fe", "%ed%a0%80", "x" * 5000, "nope", "NaN", ",",
    ",,,,", "'", "%22", "((((((((((", ")" * 1000, "(" * 5000, "v1", "1,1", "-", "*", "..%2f", "[]", "null", "true",
    "%0a%0d", "name:~%22(a%2B)%2Bb%22", "a:b%20or%20" * 200 + "c:d", "metadata.x:quantiles=99999999", "a" + ",a" * 2000,
]  # fmt: skip


@pytest.mark.parametrize("name", [n for n, o in OPERATIONS.items() if o.parameter_names("query") and n != "liveTraces"])
def test_a_wrong_parameter_is_named(world: World, name: str) -> None:
    operation = OPERATIONS[name]
    needed = world.query(operation)
    content = json.dumps(world.body(operation)).encode() if operation.body is not None else b""
    fine = send(world, operation, content, params=httpx.QueryParams(needed))
    assert fine.status_code == 200, fine.text
    wrong = []
    for parameter in operation.parameters:
        if parameter["in"] != "query":
            continue
        for odd in ODD_PARAMETERS:
            others = "".join(f"{k}={quote(v)}&" for k, v in needed.items() if k != parameter["name"])
            answer = send(world, operation, content, params=f"{others}{parameter['name']}={odd}")
            if answer.status_code == 200 or answer.status_code == 404:
                schema = parameter["schema"]
                numeric = openapi.types_of(schema) in (["integer"], ["number"])
                if numeric and odd and not re.fullmatch(r"v?-?[0-9.]+|NaN|1e5", odd) and answer.status_code == 200:
                    wrong.append((parameter["name"], odd[:40], answer.text[:100]))
                if "enum" in schema and odd and odd not in map(str, schema["enum"]):
                    wrong.append((parameter["name"], odd[:40], answer.text[:100]))
            elif "field" not in answer.json() and "query is malformed" not in answer.text:
                wrong.append((parameter["name"], odd[:40], answer.text[:160]))
    assert not wrong, "\n".join(map(str, wrong))


# ---------------------------------------------------------------- right requests, and who may send them


@pytest.mark.parametrize("name", [n for n, o in OPERATIONS.items() if o.method != "DELETE"])
def test_answers_fit_their_schema(world: World, name: str) -> None:
    operation = OPERATIONS[name]
    if name in ("liveTraces", "exportTraces", "getBlob", "putBlob", "exportPage", "exportResultRows", "metrics"):
        return  # not JSON, and tested by themselves
    world.arrange()
    content = json.dumps(world.body(operation)).encode() if operation.body is not None else b""
    answer = send(world, operation, content, params=httpx.QueryParams(world.query(operation)))
    assert answer.status_code in (200, 201, 204, 409), answer.text
    schema = operation.answer_schema(answer.status_code)
    assert (schema is None) == (answer.status_code == 204), "an answer without a schema"
    if schema is not None:
        wrong = openapi.misfits(answer.json(), schema)
        assert not wrong, "\n".join(wrong)


ROLES = {"ACTION_READ": "viewer", "ACTION_INGEST": "ingest", "ACTION_EDIT": "editor", "ACTION_ADMIN": "admin"}
MAY = {"ingest": {"ingest"}, "viewer": {"viewer"}, "editor": {"ingest", "viewer", "editor"}}


def test_every_route_asks_for_its_role(tmp_path: pathlib.Path) -> None:
    data = tmp_path / "data"
    root = {"x-api-key": run("key", "create", "root", "--role", "admin", "--data", data).strip()}
    server = Server(data, "--require-key").start()
    keys = {}
    try:
        for role in MAY:
            made = server.http.post("/api/v1/keys", json={"name": role, "role": role}, headers=root)
            keys[role] = made.json()["key"]
        for (method, path), action in openapi.routes().items():
            if action == "OPEN":
                continue
            needed = ROLES[action]
            url = re.sub(r"\{(\w+)\}", lambda found: "default" if found[1] == "project" else "1", path)
            assert server.http.request(method, url).status_code == 401, (method, path)
            for role, key in keys.items():
                if url.endswith("/live"):
                    continue
                answer = server.http.request(method, url, headers={"authorization": f"Bearer {key}"})
                refused = answer.status_code == 403
                assert refused == (needed not in MAY[role]), (method, path, role, answer.status_code, answer.text)
    finally:
        server.stop()


def test_the_server_went_on(world: World) -> None:
    assert world.server.http.get("/readyz").status_code == 200
    assert rejected(world.server.send(make_request([(2, 1)]))) == 0
    assert world.server.api(f"/traces/{TRACE}")["spans"][0]["input"] == "x"
    assert not [line for line in world.server.log if "level=error" in line]
