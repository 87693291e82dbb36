# SPDX-License-Identifier: Apache-2.0
"""`vireo gate` and `vireo evaluation`: a planted regression stops CI, noise does not."""

from __future__ import annotations

import json
import pathlib
import random
import xml.etree.ElementTree as ET

import pytest
from evaluation_support import call, seed_suite, start
from vireo_server import Server, run

COUNT = 400


@pytest.fixture(scope="module")
def gated(shared_server: Server) -> Server:
    """old: the baseline.  same: noise around it.  bad: worse on snow only.  good: better everywhere."""
    cases = {name: [{"input": [name, i]} for i in range(COUNT // 2)] for name in ("rain", "snow")}
    seed_suite(shared_server.data, "driving", "night", cases)
    dice = random.Random(3)
    base = [dice.random() < 0.8 for _ in range(COUNT)]
    steps = [dice.gauss(10, 2) for _ in range(COUNT)]
    flip = lambda share, value: [b if dice.random() > share else value for b in base]  # noqa: E731
    correct = {
        "old": base,
        "same": [b if dice.random() > 0.02 else not b for b in base],
        "bad": base[: COUNT // 2] + flip(0.4, False)[COUNT // 2 :],
        "good": flip(0.5, True),
    }
    for model, values in correct.items():
        found = start(shared_server, model, suite="night", workflow="driving")["id"]
        shift = 1 if model == "bad" else 0
        columns = {"correct": values, "latency": [s + shift for s in steps], "hue": [s - shift for s in steps]}
        body = {"numbers": list(range(1, COUNT + 1)), "columns": columns}
        call(shared_server, "POST", f"/evaluations/{found}/results", body)
        given = {"cases": {"rain": {"mAP": 0.5 if model == "bad" else 0.6}}}
        call(shared_server, "PUT", f"/evaluations/{found}/metrics", given, 204)
        call(shared_server, "PATCH", f"/evaluations/{found}", {"status": "complete"})
    return shared_server


def gate(server: Server, model: str, *options: str, code: int, baseline: str = "old") -> str:
    return run(
        "gate", "--url", server.url, "--workflow", "driving", "--suite", "night",
        "--model", model, "--baseline", baseline, *options, code=code,
    )  # fmt: skip


def test_a_regression_fails_and_an_improvement_passes(gated: Server) -> None:
    need = ("--require", "correct >= baseline - 0.05")
    assert "FAIL" in gate(gated, "bad", *need, code=1)
    assert "pass: 0 of 1 checks failed on night v1" in gate(gated, "good", *need, code=0)
    gate(gated, "same", *need, code=0)
    gate(gated, "bad:v1", "--require", "correct>=0.5", "--require=latency < baseline + 1.5", code=0, baseline="old:v1")
    gate(gated, "bad", "--require", "correct>=0.5", "--require=latency < baseline * 105%", code=1)


def test_each_case_finds_what_the_whole_hides(gated: Server) -> None:
    need = ("--require", "correct >= baseline - 0.25")
    gate(gated, "bad", *need, code=0)
    shown = gate(gated, "bad", *need, "--each-case", code=1)
    failed = [line.split()[1] for line in shown.splitlines() if line.startswith("FAIL ")]
    assert failed == ["snow"]
    gate(gated, "bad", *need, "--case", "rain", code=0)
    gate(gated, "bad", *need, "--case", "snow", code=1)


def test_only_significant_regressions_fail(gated: Server) -> None:
    need = ("--require", "correct > baseline + 0.0001")
    gate(gated, "same", *need, code=1)
    gate(gated, "same", *need, "--significant", code=0)
    gate(gated, "bad", *need, "--significant", code=1)
    gate(gated, "same", "--significant", code=0)
    shown = gate(gated, "bad", "--significant", "--each-case", code=1)
    assert "correct is not significantly worse" in shown and "latency is not significantly worse" in shown
    gate(gated, "good", "--significant", "--each-case", code=0)


def test_metrics_without_rows_are_compared_by_value(gated: Server) -> None:
    need = ("--require", "mAP >= baseline", "--case", "rain")
    gate(gated, "bad", *need, code=1)
    gate(gated, "bad", *need, "--significant", code=1)
    gate(gated, "good", *need, code=0)
    assert "no evaluation has this metric" in gate(gated, "good", "--require", "none > 0", code=1)
    assert "0.5 is worse than 0.6, and is not tested" in gate(gated, "bad", "--significant", "--case", "rain", code=1)


def test_a_model_without_values_fails(gated: Server) -> None:
    """A run that stored nothing must not look like one without regressions."""
    found = start(gated, "mute", suite="night", workflow="driving")["id"]
    call(gated, "PATCH", f"/evaluations/{found}", {"status": "complete"})
    shown = gate(gated, "mute", "--significant", code=1)
    assert "the new model has no value" in shown and "pass " not in shown
    gate(gated, "mute", "--require", "correct >= baseline", "--significant", code=1)
    shown = gate(gated, "good", "--significant", baseline="mute", code=1)
    assert "the baseline has no value" in shown and "pass " not in shown
    gate(gated, "good", "--require", "correct >= baseline", "--significant", baseline="mute", code=1)


def test_a_change_that_no_verdict_tells_fails_where_it_must_not_be(gated: Server) -> None:
    need = ("--require", "hue == baseline", "--significant")
    assert "unknown" in gate(gated, "bad", *need, code=1)
    gate(gated, "same", *need, code=0)


def test_names_too_long_for_a_question_are_not_left_out(gated: Server) -> None:
    many = [text for i in range(40) for text in ("--require", f"m{i:0900} > 0")]
    assert "--require: the metrics' names" in gate(gated, "good", *many, "--require", "correct > 0", code=2)


def test_junit_and_json_say_the_same(gated: Server, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "gate.xml"
    need = ("--require", "correct >= baseline - 0.05", "--require", "latency <= 10 * 2 - 1.5e1", "--each-case")
    told = json.loads(gate(gated, "bad", *need, "--junit", str(file), "--json", code=1).splitlines()[0])
    suite = ET.parse(file).getroot().find("testsuite")
    assert suite is not None
    cases = suite.findall("testcase")
    assert int(suite.attrib["tests"]) == len(cases) == len(told["checks"]) == 6
    failures = [c.find("failure") is not None for c in cases]
    assert int(suite.attrib["failures"]) == sum(failures)
    assert failures == [not c["passed"] for c in told["checks"]]
    assert [c.attrib["classname"] for c in cases[:3]] == ["all", "rain", "snow"]
    assert cases[0].attrib["name"] == "correct >= baseline - 0.05"
    assert [c["limit"] for c in told["checks"][3:]] == [5.0] * 3


@pytest.mark.parametrize(
    "options",
    [
        ["--suite", "night", "--model", "a", "--baseline", "b", "--require", "x>1"],
        ["--workflow", "driving", "--model", "a", "--baseline", "b", "--require", "x>1"],
        ["--workflow", "driving", "--suite", "night", "--model", "good", "--require", "x>1"],
        ["--workflow", "driving", "--suite", "night", "--model", "good", "--baseline", "old"],
        ["--workflow", "driving", "--suite", "night", "--model", "good", "--baseline", "old", "--require", "x"],
        ["--workflow", "driving", "--suite", "night", "--model", "none", "--baseline", "old", "--require", "x>1"],
        ["--workflow", "driving", "--suite", "night", "--model", "good", "--baseline", "good", "--require", "x>1"],
        ["--workflow", "driving", "--suite", "night", "--model", "good", "--baseline", "old", "correct>1"],
        [
            "--workflow",
            "driving",
            "--suite",
            "night",
            "--model",
            "good",
            "--baseline",
            "old",
            "--require",
            "x>1",
            "--case",
            "z",
        ],
        ["--dataset", "none", "--model", "good", "--baseline", "old", "--require", "x>1"],
    ],
)
def test_being_called_wrongly_is_neither_pass_nor_fail(gated: Server, options: list[str]) -> None:
    run("gate", "--url", gated.url, *options, code=2)


def test_no_server_is_neither_pass_nor_fail() -> None:
    run(
        "gate", "--url", "http://127.0.0.1:1", "--workflow", "w", "--suite", "s", "--model", "a",
        "--baseline", "b", "--require", "x>1", code=2,
    )  # fmt: skip


def test_evaluations_are_listed_shown_and_compared(gated: Server) -> None:
    listed = run("evaluation", "list", "--url", gated.url, "--suite", "night", "--model", "bad")
    assert "bad:v1" in listed and "night" in listed and "complete" in listed
    ids = [
        str(call(gated, "GET", "/evaluations", suite="night", model=model)["items"][0]["id"])
        for model in ("old", "bad")
    ]
    shown = run("evaluation", "show", ids[1], "--url", gated.url)
    assert "rain (200 samples, 200 with results)" in shown and "mAP" in shown
    lines = [
        line.split("\t")
        for line in run("evaluation", "compare", *ids, "--url", gated.url, "--case", "each").splitlines()
    ]
    assert lines[0][:4] == ["case", "stratum", "metric", "evaluation"]
    verdicts = {(row[0], row[2]): row[-1] for row in lines[1:] if row[3] == ids[1]}
    assert verdicts["snow", "correct"] == "regressed" and verdicts["rain", "correct"] == "same"
    run("evaluation", "compare", ids[0], code=2)
    run("evaluation", "show", "x", code=2)
    run("evaluation", "show", "99999", "--url", gated.url, code=1)
