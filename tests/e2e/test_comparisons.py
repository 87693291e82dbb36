# SPDX-License-Identifier: Apache-2.0
"""Comparisons against a brute force in Python with SciPy's tests."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from evaluation_support import BASE, call, seed_suite, start
from scipy import stats
from vireo_server import Server

Row = dict[str, Any]
CITIES = ["rome", "oslo", "lima"]
SEEDS = range(1, 6)


class World:
    """A suite of two overlapping cases and three models with rows of every kind."""

    def __init__(self, server: Server, seed: int) -> None:
        self.server = server
        self.dice = random.Random(seed)
        self.workflow = f"wf{seed}"
        count = self.dice.choice([8, 60, 300])
        self.samples = [
            {
                "input": i,
                "expected": None,
                "metadata": {"city": self.dice.choice(CITIES), "age": self.dice.randrange(90)},
            }
            for i in range(count)
        ]
        del self.samples[0]["metadata"]["city"]
        half = count // 2
        self.cases = {"first": list(range(half + count // 4)), "second": list(range(half, count))}
        cases = {name: [self.samples[i] for i in members] for name, members in self.cases.items()}
        seed_suite(server.data, self.workflow, "s", cases)
        self.numbers = {i: n for n, i in enumerate(self.order(), start=1)}
        self.rows: list[dict[tuple[str | None, int], Row]] = []
        self.ids = [self.evaluate(m) for m in range(3)]

    def order(self) -> list[int]:
        seen: dict[int, None] = {}
        for members in self.cases.values():
            seen.update(dict.fromkeys(members))
        return list(seen)

    def row(self, model: int) -> Row:
        dice = self.dice
        return {
            "correct": dice.random() < 0.6 + 0.12 * model if dice.random() < 0.95 else None,
            "score": dice.choice([dice.gauss(model * 0.1, 1), float(dice.randrange(3)), math.nan]),
            "latency": dice.randrange(100) + 3 * model,
            "label": dice.choice(CITIES),
        }

    def evaluate(self, model: int) -> int:
        found = start(self.server, f"m{model}", suite="s", workflow=self.workflow)["id"]
        kept: dict[tuple[str | None, int], Row] = {}
        for case in (None, "second"):
            members = list(self.numbers) if case is None else self.cases[case]
            chosen = [i for i in members if self.dice.random() < (0.9 if case is None else 0.3)]
            self.dice.shuffle(chosen)
            for begin in range(0, len(chosen), 50):
                part = chosen[begin : begin + 50]
                rows = [self.row(model) for _ in part]
                kept.update({(case, i): row for i, row in zip(part, rows, strict=True)})
                self.post(found, case, part, rows)
        self.rows.append(kept)
        return int(found)

    def post(self, evaluation: int, case: str | None, members: list[int], rows: list[Row]) -> None:
        def sent(value: Any) -> Any:
            return {"double": "NaN"} if isinstance(value, float) and math.isnan(value) else value

        columns = {name: [sent(row[name]) for row in rows] for name in rows[0]}
        body = {"case": case, "numbers": [self.numbers[i] for i in members], "columns": columns}
        call(self.server, "POST", f"/evaluations/{evaluation}/results", body)

    def value(self, model: int, case: str, i: int, metric: str) -> float:
        """As documented: of a case its own rows, else those of no case; of all the other way round."""
        order = [None, "first", "second"] if case == "all" else [case, None]
        for scope in order:
            row = self.rows[model].get((scope, i))
            if row is not None:
                return math.nan if row[metric] is None else float(row[metric])
        return math.nan

    def members(self, case: str) -> list[int]:
        return list(self.numbers) if case == "all" else self.cases[case]

    def compare(self, **params: Any) -> Any:
        ids = ",".join(map(str, self.ids))
        return call(self.server, "GET", "/comparisons", evaluations=ids, **params)


@pytest.fixture(scope="module")
def worlds(shared_server: Server) -> Iterator[list[World]]:
    yield [World(shared_server, seed) for seed in SEEDS]


def close(a: float | None, b: float, relative: float = 1e-7) -> bool:
    if a is None or math.isnan(b):
        return a is None and math.isnan(b)
    return math.isclose(a, b, rel_tol=relative, abs_tol=1e-9)


def expected_p(metric: str, first: list[float], second: list[float], test: str) -> tuple[float, str]:
    pairs = [(a, b) for a, b in zip(first, second, strict=True) if not math.isnan(a) and not math.isnan(b)]
    differences = [b - a for a, b in pairs]
    if not pairs:
        return math.nan, "none"
    if metric == "correct" and test == "auto":
        up, down = sum(d > 0 for d in differences), sum(d < 0 for d in differences)
        return (stats.binomtest(up, up + down).pvalue if up + down else 1.0), "mcnemar"
    if test == "wilcoxon" or (test == "auto" and len(pairs) < 30):
        nonzero = [d for d in differences if d]
        if not nonzero:
            return 1.0, "wilcoxon"
        sizes = [abs(d) for d in nonzero]
        exact = len(nonzero) <= 50 and len(set(sizes)) == len(sizes)
        found = stats.wilcoxon(nonzero, correction=False, mode="exact" if exact else "approx")
        return float(found.pvalue), "wilcoxon"
    if len(pairs) < 2:
        return 1.0, "paired t"
    if len(set(differences)) == 1:
        return (0.0 if differences[0] else 1.0), "paired t"
    return float(stats.ttest_1samp(differences, 0).pvalue), "paired t"


def check_line(world: World, line: Any, keep: Callable[[int], bool], test: str) -> int:
    members = [i for i in world.members(line["case"]) if keep(i)]
    metric = line["metric"]
    columns = [[world.value(m, line["case"], i, metric) for i in members] for m in range(3)]
    tested = 0
    for model, value in enumerate(line["values"]):
        there = [v for v in columns[model] if not math.isnan(v)]
        assert value["n"] == len(there)
        assert close(value["value"], sum(there) / len(there) if there else math.nan), (line, model)
        if model == 0:
            continue
        differences = [b - a for a, b in zip(columns[0], columns[model], strict=True) if not math.isnan(a + b)]
        assert value["pairs"] == len(differences)
        assert close(value["delta"], sum(differences) / len(differences) if differences else math.nan)
        p, name = expected_p(metric, columns[0], columns[model], test)
        assert close(value["p"], p, 1e-6), (line["case"], metric, model, p, value)
        assert (value["test"] or "none") == name
        if value["low"] is not None:
            assert value["low"] <= value["delta"] + 1e-9 and value["delta"] <= value["high"] + 1e-9
        tested += name != "none"
    return tested


@pytest.mark.parametrize("test", ["auto", "t", "wilcoxon"])
def test_values_deltas_and_p_are_those_of_scipy(worlds: list[World], test: str) -> None:
    for world in worlds:
        answer = world.compare(test=test)
        lines = answer["items"]
        assert [(x["case"], x["metric"]) for x in lines] == [
            (case, metric) for case in ("all", "first", "second") for metric in ("correct", "score", "latency")
        ]
        assert sum(check_line(world, line, lambda _: True, test) for line in lines) == answer["tests"]


def test_t_intervals_are_those_of_scipy(worlds: list[World]) -> None:
    for world in worlds:
        for line in world.compare(test="t", metrics="latency", confidence=0.9)["items"]:
            members = world.members(line["case"])
            for model in (1, 2):
                first = [world.value(0, line["case"], i, "latency") for i in members]
                second = [world.value(model, line["case"], i, "latency") for i in members]
                d = [b - a for a, b in zip(first, second, strict=True) if not math.isnan(a + b)]
                if len(d) < 2 or len(set(d)) == 1:
                    continue
                low, high = stats.t.interval(0.9, len(d) - 1, loc=sum(d) / len(d), scale=stats.sem(d))
                value = line["values"][model]
                assert close(value["low"], low) and close(value["high"], high)


@pytest.mark.parametrize("correction", ["holm", "bh", "none"])
def test_corrections_are_over_all_tests_of_the_answer(worlds: list[World], correction: str) -> None:
    for world in worlds:
        lines = world.compare(correction=correction, stratify="city")["items"]
        values = [v for line in lines for v in line["values"] if v.get("p") is not None]
        raw = [v["p"] for v in values]
        n = len(raw)
        order = sorted(range(n), key=lambda i: raw[i])
        expected = [0.0] * n
        if correction == "holm":
            top = 0.0
            for rank, i in enumerate(order):
                top = max(top, min(1.0, raw[i] * (n - rank)))
                expected[i] = top
        elif correction == "bh":
            low = 1.0
            for rank in range(n - 1, -1, -1):
                low = min(low, raw[order[rank]] * n / (rank + 1))
                expected[order[rank]] = low
        else:
            expected = raw
        assert all(close(v["corrected_p"], e, 1e-9) for v, e in zip(values, expected, strict=True))


def verdict(line: Any, value: Any) -> str:
    if value["corrected_p"] is None:
        return "unknown"
    if value["corrected_p"] > 0.05 or value["delta"] == 0:
        return "same"
    if line["direction"] is None:
        return "unknown"
    return "improved" if (value["delta"] > 0) == (line["direction"] == "higher") else "regressed"


def test_verdicts_follow_the_direction(worlds: list[World]) -> None:
    seen = set()
    for world in worlds:
        for params in ({}, {"higher": "latency"}, {"lower": "score,correct"}):
            for line in world.compare(correction="none", **params)["items"]:
                told = "higher" if line["metric"] in params.get("higher", "") else None
                told = "lower" if line["metric"] in params.get("lower", "").split(",") else told
                guess = {"correct": "higher", "score": "higher", "latency": "lower"}[line["metric"]]
                assert line["direction"] == (told or guess)
                for value in line["values"][1:]:
                    assert value["verdict"] == verdict(line, value)
                    seen.add(value["verdict"])
    assert {"same", "improved", "regressed"} <= seen


def test_strata_by_value(worlds: list[World]) -> None:
    for world in worlds:
        lines = world.compare(stratify="metadata.city")["items"]
        cities = sorted({s["metadata"]["city"] for s in world.samples if "city" in s["metadata"]})
        assert [x["stratum"] for x in lines if x["case"] == "all" and x["metric"] == "score"] == cities
        for line in lines:
            check_line(world, line, lambda i: world.samples[i]["metadata"].get("city") == line["stratum"], "auto")  # noqa: B023


def test_strata_by_edges_and_quantiles(worlds: list[World]) -> None:
    for world in worlds:
        for line in world.compare(stratify="metadata.age:edges=20,50.5")["items"]:
            low, high = {"< 20": (-1, 20), "20 to < 50.5": (20, 50.5), ">= 50.5": (50.5, 1000)}[line["stratum"]]
            check_line(world, line, lambda i: low <= world.samples[i]["metadata"]["age"] < high, "auto")  # noqa: B023
        ages = sorted(s["metadata"]["age"] for s in world.samples)
        edges = sorted({ages[g * len(ages) // 4] for g in (1, 2, 3)} - {ages[0]})
        lines = world.compare(stratify="age:quantiles=4", case="all", metrics="latency")["items"]
        assert len(lines) == len(edges) + 1
        for group, line in enumerate(lines):
            inside = lambda i: sum(world.samples[i]["metadata"]["age"] >= e for e in edges) == group  # noqa: B023, E731
            check_line(world, line, inside, "auto")


def test_changed_samples_are_those_that_differ_in_that_direction(worlds: list[World]) -> None:
    for world in worlds:
        for metric, sign in (("score", 1), ("latency", -1), ("correct", 1)):
            for direction, way in (("worse", -1), ("better", 1)):
                expected = {}
                for i in world.members("all"):
                    before, after = (world.value(m, "all", i, metric) for m in (0, 1))
                    if not math.isnan(before + after) and (after - before) * sign * way > 0:
                        expected[world.numbers[i]] = after - before
                ids = f"{world.ids[0]},{world.ids[1]}"
                items: list[Any] = []
                cursor: str | None = None
                while True:
                    more = {"cursor": cursor} if cursor else {}
                    page = call(
                        world.server, "GET", "/comparisons/samples",
                        evaluations=ids, metric=metric, direction=direction, limit=7, **more,
                    )  # fmt: skip
                    items += page["items"]
                    cursor = page["next_cursor"]
                    if cursor is None:
                        break
                assert page["total"] == len(items)
                assert {x["number"]: x["delta"] for x in items} == pytest.approx(expected)
                sizes = [abs(x["delta"]) for x in items]
                assert sizes == sorted(sizes, reverse=True)
                inverse = {n: i for i, n in world.numbers.items()}
                assert all(x["input"] == inverse[x["number"]] for x in items)


def test_difficulty_is_the_mean_badness_over_models_and_metrics(worlds: list[World]) -> None:
    for world in worlds:
        page = call(
            world.server, "GET", "/comparisons/samples",
            evaluations=f"{world.ids[0]},{world.ids[1]}", metric="latency", direction="any", limit=1000,
        )  # fmt: skip
        scores: dict[int, list[float]] = {}
        for model in (0, 1):
            own: dict[int, list[float]] = {}
            for metric, higher in (("correct", True), ("score", True), ("latency", False)):
                column = {i: world.value(model, "all", i, metric) for i in world.numbers}
                column = {i: v for i, v in column.items() if not math.isnan(v)}
                least, most = min(column.values()), max(column.values())
                for i, v in column.items():
                    share = (v - least) / (most - least) if most > least else 0.0
                    own.setdefault(i, []).append(1 - share if higher and most > least else share)
            for i, values in own.items():
                scores.setdefault(i, []).append(sum(values) / len(values))
        assert page["items"]
        for item in page["items"]:
            i = next(k for k, n in world.numbers.items() if n == item["number"])
            assert close(item["difficulty"], sum(scores[i]) / len(scores[i]))


def test_metrics_that_were_given_are_compared_and_only_tested_where_they_are_the_means(shared_server: Server) -> None:
    seed_suite(shared_server.data, "given", "s", {"c": [{"input": i} for i in range(40)]})
    ids = []
    for model in range(2):
        found = start(shared_server, f"g{model}", suite="s", workflow="given")["id"]
        ids.append(found)
        hits = [(i + model) % 4 != 0 for i in range(40)]
        body = {"numbers": list(range(1, 41)), "columns": {"hit": hits, "other": [model] * 40}}
        call(shared_server, "POST", f"/evaluations/{found}/results", body)
        metrics = {"hit": sum(hits) / 40, "other": model + 5, "recall": 0.5 + 0.1 * model, "name": "x"}
        call(
            shared_server, "PUT", f"/evaluations/{found}/metrics", {"cases": {"c": metrics}, "suite": {"f1": 0.9}}, 204
        )
    answer = call(shared_server, "GET", "/comparisons", evaluations=f"{ids[0]},{ids[1]}")
    lines = {(x["case"], x["metric"]): x["values"][1] for x in answer["items"]}
    assert lines["c", "hit"]["test"] == "mcnemar"
    assert lines["c", "other"]["test"] is None and lines["c", "other"]["value"] == 6
    assert lines["c", "other"]["verdict"] == "unknown"
    assert lines["c", "recall"]["delta"] == pytest.approx(0.1) and lines["c", "recall"]["p"] is None
    assert lines["all", "f1"]["value"] == 0.9
    assert ("c", "name") not in lines
    assert answer["tests"] == 3


def test_what_cannot_be_compared_is_refused(worlds: list[World]) -> None:
    server = worlds[0].server
    one, two, three = worlds[0].ids
    other = worlds[1].ids[0]
    for params, field in (
        ({}, "evaluations"),
        ({"evaluations": "x"}, "evaluations"),
        ({"evaluations": f"{one},{one}"}, "evaluations"),
        ({"evaluations": ",".join(map(str, range(1, 12)))}, "evaluations"),
        ({"evaluations": f"{one},9999"}, "evaluations"),
        ({"evaluations": f"{one},{other}"}, "evaluations"),
        ({"evaluations": f"{one},{two}", "baseline": three}, "baseline"),
        ({"evaluations": f"{one},{two}", "case": "hail"}, "case"),
        ({"evaluations": f"{one},{two}", "correction": "x"}, "correction"),
        ({"evaluations": f"{one},{two}", "confidence": "1"}, "confidence"),
        ({"evaluations": f"{one},{two}", "test": "x"}, "test"),
        ({"evaluations": f"{one},{two}", "configuration": "x"}, "configuration"),
        ({"evaluations": f"{one},{two}", "stratify": "city:x"}, "stratify"),
        ({"evaluations": f"{one},{two}", "stratify": "city:quantiles=1"}, "stratify"),
        ({"evaluations": f"{one},{two}", "stratify": "age:edges=2,1"}, "stratify"),
    ):
        answer = server.http.get(BASE + "/comparisons", params=params)
        assert (answer.status_code, answer.json()["field"]) == (400, field), params
    answer = server.http.get(BASE + "/comparisons/samples", params={"evaluations": f"{one},{two}"})
    assert answer.json()["field"] == "metric"


def test_the_baseline_may_be_any_of_them(worlds: list[World]) -> None:
    world = worlds[0]
    forward = world.compare(metrics="latency", case="all", correction="none")["items"][0]["values"]
    ids = ",".join(map(str, reversed(world.ids)))
    backward = call(
        world.server, "GET", "/comparisons",
        evaluations=ids, baseline=world.ids[1], metrics="latency", case="all", correction="none",
    )  # fmt: skip
    assert backward["baseline"] == world.ids[1]
    (line,) = backward["items"]
    first = next(v for v in line["values"] if v["evaluation"] == world.ids[0])
    assert first["delta"] == pytest.approx(-forward[1]["delta"])
    assert first["p"] == pytest.approx(forward[1]["p"])
    assert (first["low"], first["high"]) == pytest.approx((-forward[1]["high"], -forward[1]["low"]))


def test_what_is_kept_of_a_comparison_is_never_old(shared_server: Server) -> None:
    server = shared_server
    seed_suite(
        server.data, "kept", "s", {"c": [{"input": i} for i in range(50)], "d": [{"input": i} for i in range(9)]}
    )
    ids = [start(server, f"k{m}", suite="s", workflow="kept")["id"] for m in range(3)]
    dice = random.Random(5)
    for e in ids:
        body = {"numbers": list(range(1, 51)), "columns": {"score": [dice.random() for _ in range(50)]}}
        call(server, "POST", f"/evaluations/{e}/results", body)
    ask = {"evaluations": ",".join(map(str, ids)), "correction": "none"}
    first = call(server, "GET", "/comparisons", **ask)["items"]
    for e in ids:
        call(server, "PATCH", f"/evaluations/{e}", {"status": "complete"})
    assert call(server, "GET", "/comparisons", **ask)["items"] == first
    only = call(server, "GET", "/comparisons", case="d", metrics="score", **ask)["items"]
    assert only == [x for x in first if x["case"] == "d"]
    assert server.http.get(BASE + "/comparisons", params=ask | {"case": "hail"}).json()["field"] == "case"
    call(server, "POST", f"/evaluations/{ids[1]}/results", {"numbers": [1], "columns": {"score": [100]}})
    changed = call(server, "GET", "/comparisons", **ask)["items"]
    assert changed[0]["values"][1]["value"] == pytest.approx(
        first[0]["values"][1]["value"] + (100 - first_score(server, ids[1], first)) / 50
    )
    assert changed[0]["values"][2] == first[0]["values"][2]
    call(server, "PUT", f"/evaluations/{ids[2]}/metrics", {"suite": {"score": 7}}, 204)
    given = call(server, "GET", "/comparisons", **ask)["items"][0]["values"][2]
    assert (given["value"], given["test"]) == (7, None)
    call(server, "DELETE", f"/evaluations/{ids[1]}", status=204)
    assert server.http.get(BASE + "/comparisons", params=ask).json()["field"] == "evaluations"


def test_the_configuration_told_is_the_baselines_whoever_was_asked_first(shared_server: Server) -> None:
    server = shared_server
    seed_suite(server.data, "configured", "s", {"c": [{"input": i} for i in range(9)]})
    rows = {"numbers": list(range(1, 10)), "columns": {"score": list(range(9))}}
    ids = []
    for model, name in (("c1", "strict"), ("c2", "loose"), ("c3", None)):
        body = {"configurations": [{"display_name": name, "configuration": {}}]} if name else {}
        e = start(server, model, suite="s", workflow="configured", **body)["id"]
        call(server, "POST", f"/evaluations/{e}/results", rows | {"configuration": name})
        ids.append((e, name))
    for order in (ids, ids[::-1], ids[1:] + ids[:1]):
        ask = ",".join(str(e) for e, _ in order)
        for e, name in order:
            told = call(server, "GET", "/comparisons", evaluations=ask, baseline=e)
            assert told["configuration"] == name


def first_score(server: Server, evaluation: int, lines: Any) -> float:
    """The score of sample 1 before it was replaced: what the mean of the others lacks."""
    rows = call(server, "GET", f"/evaluations/{evaluation}/samples", limit=1000)["items"]
    return float(lines[0]["values"][1]["value"]) * 50 - sum(r["metrics"]["score"] for r in rows if r["number"] != 1)
