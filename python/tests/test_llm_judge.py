# SPDX-License-Identifier: Apache-2.0
"""LLM judges, against a stub that is slow, rate-limited, down, or answers in prose."""

from __future__ import annotations

import concurrent.futures
import email.utils
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import Server, free_port
from fake_server import FakeServer
from llm_stub import LLMStub, Reply, score
from vireo import Vireo, judge
from vireo._code_process import Outcome
from vireo.judge import LLMJudge
from vireo.judge._panel import Subject
from vireo.judge._template import MissingValue, Template

PROMPT = "Question: {inputs.question}\nAnswer: {outputs}"


@pytest.fixture
def stub() -> Iterator[LLMStub]:
    made = LLMStub()
    yield made
    made.close()


@pytest.fixture
def ask(stub: LLMStub) -> Callable[..., Outcome]:
    """Judge one answer with what the stub gives in turn."""

    def run(*answers: Any, values: dict[str, Any] | None = None, **options: Any) -> Outcome:
        stub.answers = list(answers)
        made = LLMJudge("j", "", PROMPT, **{"model": "m", "base_url": stub.url, "api_key": "k", **options})
        made.endpoint.sleep = lambda seconds: time.sleep(min(seconds, 0.01))
        found = {"inputs": {"question": "Why?"}, "outputs": "So.", **(values or {})}
        texts = {k: json.dumps(v) for k, v in found.items()}
        return made.bound(None).judge(Subject("a" * 32, "b" * 16, None, texts), "j:v1")

    return run


# ---------------------------------------------------------------- templates


def test_a_template_is_filled_with_texts_and_json() -> None:
    template = Template('{inputs.a-b|inputs.q|inputs} {outputs} {"json": {x}}'.replace("{x}", "1"))
    assert template.parameters == ["inputs", "outputs"]
    assert template.fill({"inputs": {"q": "Q"}, "outputs": [1, None]}) == 'Q [1, null] {"json": 1}'
    assert template.fill({"inputs": {"x": 1}, "outputs": ["a", "b"]}).startswith('{"x": 1} - a\n- b')
    assert len(Template("{outputs}").fill({"outputs": "x" * 1_000_000})) < 50_000
    with pytest.raises(MissingValue, match=r"there is no inputs\.q"):
        Template("{inputs.q}").fill({"inputs": "text"})


@pytest.mark.parametrize("text", ["{output}", "{inputs|answer} {outputs}", "nothing", "{ outputs }"])
def test_a_template_that_names_something_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="the template"):
        Template(text)


def test_values_cannot_reach_into_python_or_other_places() -> None:
    filled = Template("{outputs.__class__|outputs}").fill({"outputs": {"x": "{inputs} {outputs.__class__}"}})
    assert filled == '{"x": "{inputs} {outputs.__class__}"}'


# ---------------------------------------------------------------- answers


def test_a_structured_answer_becomes_a_score(stub: LLMStub, ask: Any) -> None:
    outcome = ask(score(0.7, "fine"), passing_criteria=0.6, price=(1.0, 10.0))
    assert outcome.result == [
        {
            "name": "j", "value": 0.7, "passed": True, "reason": "fine", "cost": pytest.approx(0.0003),
            "metadata": {"model": "m-2026", "input_tokens": 100, "output_tokens": 20, "attempts": 1},
        }
    ]  # fmt: skip
    (request,) = stub.requests
    assert request["messages"][1]["content"].startswith("Question: Why?\nAnswer: So.")
    assert request["response_format"]["json_schema"]["schema"]["required"] == ["reason", "score"]
    assert (request["model"], request["temperature"], stub.keys) == ("m", 0.0, ["Bearer k"])


@pytest.mark.parametrize(
    "text",
    ['```json\n{"score": 0.5, "reason": "r"}\n```', 'Sure! {"score": 0.5, "reason": "r"} Anything else?'],
)
def test_json_with_something_around_it_is_json(ask: Any, text: str) -> None:
    assert ask(Reply(text)).result[0]["value"] == 0.5


def test_labels_instead_of_numbers(stub: LLMStub, ask: Any) -> None:
    answer = Reply('{"reason": "r", "label": "good"}')
    outcome = ask(answer, labels=["good", "bad"], passing_criteria=["good"])
    assert (outcome.result[0]["value"], outcome.result[0]["passed"]) == ("good", True)
    schema = stub.requests[0]["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["label"]["enum"] == ["good", "bad"]


def test_prose_is_corrected_once(stub: LLMStub, ask: Any) -> None:
    outcome = ask(Reply("I think it is rather good."), score(0.9))
    assert outcome.result[0]["value"] == 0.9
    assert outcome.result[0]["metadata"]["input_tokens"] == 200
    roles = [m["role"] for m in stub.requests[1]["messages"]]
    assert roles == ["system", "user", "assistant", "user"]
    assert "rather good" in stub.requests[1]["messages"][2]["content"]


COST = (100 * 3 + 20 * 5) / 1e6  # of one answer of the stub


@pytest.mark.parametrize(
    ("answers", "paid"),
    [
        ([score(0.9)], 1),
        ([Reply("prose"), score(0.9)], 2),
        ([Reply("prose"), Reply("{}")], 2),
        ([Reply("prose"), Reply("no such key", status=401)], 1),
        ([Reply("no such key", status=401)], 0),
    ],
)
def test_every_answer_is_paid_for_usable_or_not(
    fake: FakeServer, vr: Vireo, stub: LLMStub, answers: list[Reply], paid: int
) -> None:
    stub.answers = list(answers)
    tag = vr.add_judge(LLMJudge("j", "", "{outputs}", model="m", base_url=stub.url, price=(3, 5)))

    @vr.assess(tag)
    def model() -> str:
        return "So."

    model()
    assert vr.flush(30)
    (row,) = fake.scores.values()
    assert (row["value"] is None) == ("error" in row) == (answers[-1].text != score(0.9).text)
    assert row.get("cost", 0) == pytest.approx(paid * COST)
    assert row.get("metadata", {}).get("input_tokens", 0) == paid * 100
    traced = [s.attributes.get("gen_ai.usage.cost", 0) for s in fake.spans if "vireo.judging" in s.attributes]
    assert sum(traced) == pytest.approx(paid * COST)


def test_costs_reach_the_real_servers_scores(server: Server, stub: LLMStub) -> None:
    with Vireo("costs", url=server.url) as client:
        tag = client.add_judge(LLMJudge("j", "", "{outputs}", model="m", base_url=stub.url, price=(3, 5)))

        @client.assess(tag)
        def model(n: int) -> int:
            return n

        stub.answers = [Reply("prose"), score(0.9), Reply("prose"), Reply("prose"), score(0.1)]
        for n in range(3):
            model(n)
            assert client.flush(30)
        found = client.request("GET", "/traces?query=name:model")["items"]
        whole = [client.request("GET", f"/traces/{t['trace_id']}")["scores"][0] for t in found]
    assert sorted(bool(s.get("error")) for s in whole) == [False, False, True]
    assert sorted(s["cost"] for s in whole) == pytest.approx([COST, 2 * COST, 2 * COST])


def test_an_llm_judge_gives_the_columns_of_an_evaluation(server: Server, stub: LLMStub) -> None:
    def graded(body: dict[str, Any]) -> Reply:
        text = body["messages"][1]["content"]
        return Reply("prose") if "out 3" in text else score(0.25 * int(text.split("out ")[1][0]))

    stub.otherwise = graded
    with Vireo("evaluated", url=server.url) as client:
        judge_of = LLMJudge("j", "", "in {inputs} out {outputs} of {expected}", model="m", base_url=stub.url)
        dataset = client.dataset("numbers").add([{"input": n, "expected": n} for n in range(4)])
        evaluation = client.evaluate(lambda n: n, dataset, [judge_of], workers=2)
        rows = {row["input"]: row["metrics"] for row in evaluation.rows()}
        assert [rows[n]["j"] for n in range(4)] == [0, 0.25, 0.5, None]
        assert "answered twice" in rows[3]["j_error"]
        stub.otherwise = score(1)
        asked = len(stub.requests)
        again = client.evaluate(lambda n: n, dataset, [client.add_judge(judge_of)])
        assert (again.id, len(stub.requests)) == (evaluation.id, asked + 1)
        assert {row["input"]: row["metrics"]["j"] for row in again.rows()}[3] == 1


@pytest.mark.parametrize(
    "nonsense",
    ["prose", "{}", '{"score": "high"}', '{"score": NaN}', '{"score": true}', '{"score": 7}']
    + ["[1]", '{"score":', "{" * 5000],
)
def test_nonsense_twice_is_an_error(stub: LLMStub, ask: Any, nonsense: str) -> None:
    outcome = ask(Reply(nonsense), Reply(nonsense))
    assert outcome.result is None
    assert "answered twice with something else" in outcome.error
    assert len(stub.requests) == 2


def test_what_is_missing_is_told_without_asking(stub: LLMStub, ask: Any) -> None:
    outcome = ask(values={"inputs": {"text": "x"}})
    assert outcome.error == "not judged: there is no inputs.question"
    assert stub.requests == []


def test_an_endpoint_without_structured_answers_is_asked_with_less(stub: LLMStub, ask: Any) -> None:
    refusal = Reply("response_format json_schema is not supported", status=400)
    assert ask(refusal, refusal, score(0.4)).result[0]["value"] == 0.4
    formats = [r.get("response_format", {}).get("type") for r in stub.requests]
    assert formats == ["json_schema", "json_object", None]


# ---------------------------------------------------------------- bad days


def test_errors_that_pass_are_tried_again(stub: LLMStub, ask: Any) -> None:
    outcome = ask(Reply(status=429), Reply(status=500), Reply(status=503), Reply(raw=b"not json"), score(0.3))
    assert outcome.result[0]["value"] == 0.3
    assert outcome.result[0]["metadata"]["attempts"] == 5


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_errors_that_stay_are_told_at_once(stub: LLMStub, ask: Any, status: int) -> None:
    outcome = ask(Reply("wrong key", status=status))
    assert outcome.error == f"m: HTTP {status}: wrong key"
    assert len(stub.requests) == 1


def test_after_all_attempts_it_is_an_error(stub: LLMStub, ask: Any) -> None:
    stub.otherwise = Reply("overloaded", status=503)
    outcome = ask(retries=3)
    assert outcome.error == "m: HTTP 503: overloaded (after 4 attempts)"
    assert len(stub.requests) == 4


def test_retry_after_is_obeyed_in_seconds_and_as_a_date(stub: LLMStub) -> None:
    for header in (lambda: "1", lambda: email.utils.formatdate(time.time() + 2.5, usegmt=True)):
        stub.answers = [Reply(status=429, headers={"Retry-After": header()})]
        stub.times.clear()
        made = LLMJudge("j", "", "{outputs}", model="m", base_url=stub.url)
        texts = {"outputs": "1"}
        assert made.bound(None).judge(Subject("a" * 32, "b" * 16, None, texts), "j:v1").error is None
        assert 0.9 <= stub.times[1] - stub.times[0] < 4


def test_a_slow_endpoint_runs_out_of_time(stub: LLMStub, ask: Any) -> None:
    began = time.monotonic()
    outcome = ask(Reply(delay=5), Reply(delay=5), timeout=0.3, retries=1)
    assert outcome.error == "m: no answer within 0.3 s (after 2 attempts)"
    assert time.monotonic() - began < 3


def test_an_endpoint_that_is_down(ask: Any) -> None:
    outcome = ask(base_url=f"http://127.0.0.1:{free_port()}/v1", retries=2)
    assert "not reachable" in outcome.error
    assert "after 3 attempts" in outcome.error


def test_redirects_do_not_take_the_key_along(stub: LLMStub, ask: Any) -> None:
    other = LLMStub()
    outcome = ask(Reply(status=307, headers={"Location": other.url + "/chat/completions"}))
    other.close()
    assert "HTTP 307" in outcome.error
    assert other.requests == []


def test_no_more_requests_a_minute_than_allowed(stub: LLMStub) -> None:
    made = LLMJudge("j", "", "{outputs}", model="m", base_url=stub.url, requests_per_minute=600)
    for _ in range(5):
        made.bound(None).judge(Subject("a" * 32, "b" * 16, None, {"outputs": "1"}), "j:v1")
    gaps = [b - a for a, b in zip(stub.times, stub.times[1:])]
    assert min(gaps) > 0.08


def judged_by_threads(made: LLMJudge, count: int) -> None:
    subject = Subject("a" * 32, "b" * 16, None, {"outputs": "1"})
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        found = list(pool.map(lambda _: made.bound(None).judge(subject, "j:v1"), range(count)))
    assert [outcome.error for outcome in found] == [None] * count


def test_threads_share_the_requests_of_a_minute(stub: LLMStub) -> None:
    stub.otherwise = Reply(score(0.5).text, delay=0.2)
    judged_by_threads(LLMJudge("j", "", "{outputs}", model="m", base_url=stub.url, requests_per_minute=600), 8)
    times = sorted(stub.times)
    assert min(b - a for a, b in zip(times, times[1:])) > 0.05
    assert times[-1] - times[0] > 0.65


def test_retry_after_holds_all_threads_also_those_that_wait_for_their_turn(stub: LLMStub) -> None:
    stub.answers = [Reply(status=429, headers={"Retry-After": "2"})]
    judged_by_threads(LLMJudge("j", "", "{outputs}", model="m", base_url=stub.url, requests_per_minute=120), 4)
    began, *others = stub.times
    assert len(others) == 4
    assert min(others) - began > 1.9


# ---------------------------------------------------------------- definitions


def test_versions_by_what_matters() -> None:
    def made(**options: Any) -> str:
        fields = LLMJudge("j", "", PROMPT, **{"model": "m", **options}).registration()
        assert "secret" not in json.dumps(fields)
        return str(fields["fingerprint"])

    assert made() == made(timeout=5, concurrency=9, base_url="http://x/v1", api_key="secret")
    assert len({made(), made(model="n"), made(scale=(1, 5)), made(labels=["a", "b"]), made(temperature=1.0)}) == 5


def test_a_stored_judge_comes_back(stub: LLMStub) -> None:
    made = LLMJudge("j", "d", PROMPT, model="m", scale=(1, 5), passing_criteria=3.0, price=(1, 2), timeout=7)
    again = LLMJudge.from_version("j", json.loads(json.dumps(made.registration())))
    assert again.registration() == made.registration()
    with pytest.raises(ValueError, match="no prompt"):
        LLMJudge.from_version("j", {"definition": {"model": "m"}})


@pytest.mark.parametrize(
    "options",
    [
        {"scale": (1, 1)}, {"labels": ["a"]}, {"concurrency": 0}, {"base_url": "ftp://x"},
        {"passing_criteria": "high"}, {"passing_criteria": ["a"]}, {"labels": ["a", "b"], "passing_criteria": ["c"]},
    ],
)  # fmt: skip
def test_options_that_make_no_sense(options: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        LLMJudge("j", "", PROMPT, model="m", **options)


READY_MADE = ["relevancy", "correctness", "summarization", "completeness", "prompt_alignment", "toxicity"]


@pytest.mark.parametrize("name", READY_MADE)
def test_the_ready_made_judges(stub: LLMStub, name: str) -> None:
    made = getattr(judge, name)("m", base_url=stub.url)
    values = {
        "inputs": {"question": "THE QUESTION", "text": "THE TEXT", "instructions": "THE INSTRUCTIONS"},
        "outputs": "THE OUTPUT",
        "expected": {"expected_facts": ["FACT ONE", "FACT TWO"]},
    }
    texts = {k: json.dumps(v) for k, v in values.items()}
    row = made.bound(None).judge(Subject("a" * 32, "b" * 16, None, texts), f"{name}:v1").result[0]
    assert (row["name"], row["value"], row["passed"]) == (name, 0.8, True)
    prompt = stub.requests[0]["messages"][1]["content"]
    assert "THE OUTPUT" in prompt
    wanted = {"summarization": "THE TEXT", "prompt_alignment": "THE INSTRUCTIONS", "toxicity": "THE OUTPUT"}
    assert wanted.get(name, "THE QUESTION") in prompt
    assert ("- FACT ONE\n- FACT TWO" in prompt) == (name == "correctness")
    renamed = getattr(judge, name)("m", name="mine", passing_criteria=0.9)
    assert renamed.name == "mine"
    if name == "correctness":
        missing = made.bound(None).judge(Subject("a" * 32, "b" * 16, None, {**texts, "expected": None}), "c:v1")
        assert "there is no expected" in missing.error


# ---------------------------------------------------------------- with assess


def test_calls_are_judged_side_by_side_and_the_judges_own_calls_traced(
    vr: Vireo, fake: FakeServer, stub: LLMStub
) -> None:
    stub.otherwise = Reply(json.dumps({"reason": "r", "score": 0.5}), delay=0.2)
    tag = vr.add_judge(judge.relevancy("m", base_url=stub.url, price=(1, 1), concurrency=4))

    @vr.assess(tag)
    def model(question: str) -> str:
        return question.upper()

    began = time.monotonic()
    for i in range(8):
        model(f"q{i}")
    assert vr.flush(30)
    assert time.monotonic() - began < 1.5
    assert stub.most_at_once == 4
    assert [row["value"] for row in fake.scores.values()] == [0.5] * 8
    assert {row["source"] for row in fake.scores.values()} == {"llm"}
    assert vr.flush(30)
    calls = [s for s in fake.spans if s.attributes.get("vireo.judging") == "relevancy:v1"]
    assert len(calls) == 8
    assert calls[0].attributes["vireo.type"] == "llm"
    assert calls[0].attributes["gen_ai.usage.input_tokens"] == 100
    assert calls[0].attributes["gen_ai.usage.cost"] == pytest.approx(120 / 1e6)
    judged = {s.trace_id for s in fake.spans if s.name == "model"}
    assert {s.attributes["vireo.judged.trace"] for s in calls} == judged
    assert not judged & {s.trace_id for s in calls}


def test_the_stub_is_an_openai_endpoint(stub: LLMStub) -> None:
    """By the real client, so that the other tests mean something."""
    openai = pytest.importorskip("openai")
    client = openai.OpenAI(base_url=stub.url, api_key="k", max_retries=0)
    stub.answers = [score(0.6)]
    done = client.chat.completions.create(model="m", messages=[{"role": "user", "content": "hi"}], temperature=0)
    assert json.loads(done.choices[0].message.content)["score"] == 0.6
    assert done.usage.prompt_tokens == 100
    stub.answers = [Reply("slow down", status=429, headers={"Retry-After": "1"})]
    with pytest.raises(openai.RateLimitError, match="slow down"):
        client.chat.completions.create(model="m", messages=[{"role": "user", "content": "hi"}])
    ours = LLMJudge("j", "", "{outputs}", model="m", base_url=stub.url)
    ours.bound(None).judge(Subject("a" * 32, "b" * 16, None, {"outputs": "1"}), "j:v1")
    theirs, mine = stub.requests[0], stub.requests[-1]
    assert set(theirs) <= set(mine)
