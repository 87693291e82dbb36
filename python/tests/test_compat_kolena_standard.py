# SPDX-License-Identifier: Apache-2.0
"""Kolena's quality standards, tags, traces and hosted services, against the real binary."""

from __future__ import annotations

import json
import math
import multiprocessing
import socket
import time
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
import sklearn.metrics
from conftest import Server
from vireo import NotFoundError, RefusedError, Vireo
from vireo.annotation import ScoredLabel
from vireo.compat.kolena._experimental import (
    copy_quality_standards_from_dataset,
    download_quality_standard_result,
    download_results_by_tag,
    trace,
    upload_quality_standard,
)
from vireo.compat.kolena._experimental._standard_cases import cases_of
from vireo.compat.kolena._experimental._standard_metrics import value_of
from vireo.compat.kolena._experimental.search import upload_dataset_embeddings
from vireo.compat.kolena._experimental.trace import kolena_trace
from vireo.compat.kolena.dataset import (
    EvalConfigResults,
    download_dataset,
    download_results,
    upload_dataset,
    upload_results,
)
from vireo.compat.kolena.errors import HostedError, IncorrectUsageError
from vireo.workflow import connect


@pytest.fixture(autouse=True)
def vr(server: Server) -> Iterator[Vireo]:
    client = connect(Vireo("kolena", url=server.url))
    yield client
    client.close(1)


def metric(label: str, aggregator: Any, params: dict[str, Any], better: bool | None = None) -> dict[str, Any]:
    return {"label": label, "aggregator": aggregator, "params": params, "highlight": {"higherIsBetter": better}}


BY_CITY = {
    "name": "by city",
    "stratify_fields": [{"source": "datapoint", "field": "city"}],
    "test_cases": [{"name": c, "stratification": [{"value": c}]} for c in ("Rome", "Paris")],
}
SCORES = {
    "name": "scores",
    "metrics": [
        metric("Best", "max", {"key": "score"}, True),
        metric("Worst", "min", {"key": "score"}, False),
        metric("Mean", "mean", {"key": "score"}, True),
    ],
}


def upload(name: str = "d", models: tuple[str, ...] = ("m",), skip: int = 0) -> None:
    rows = [{"id": i, "city": ["Rome", "Paris"][i % 2], "age": i} for i in range(10)]
    upload_dataset(name, pd.DataFrame(rows))
    for at, model in enumerate(models):
        own = [{"id": i, "score": i / 10} for i in range(at * skip, 10)]
        twice = [{"id": i, "score": i / 5} for i in range(at * skip, 10)]
        upload_results(
            name,
            model,
            [EvalConfigResults(None, pd.DataFrame(own)), EvalConfigResults({"twice": True}, pd.DataFrame(twice))],
        )


def test_a_standard_is_computed_over_the_dataset_and_its_cases() -> None:
    upload()
    upload_quality_standard("d", {"metric_groups": [SCORES], "stratifications": [BY_CITY]})
    found = download_quality_standard_result("d", ["m"])
    assert found.columns.names == ["model", "eval_config", "metric_group", "metric"]
    assert found.index.names == ["stratification", "test_case"]
    assert found.loc[("by city", "Rome"), ("m", "null", "scores", "Best")] == 0.8
    assert found.loc[("by city", "Paris"), ("m", json.dumps({"twice": True}), "scores", "Best")] == 1.8
    assert found.loc[("Dataset", math.nan), ("m", "null", "scores", "Mean")] == pytest.approx(0.45)
    assert download_quality_standard_result("d", ["m"], ["other"]).shape[1] == 0


def test_deltas_beyond_the_margin_of_error_are_told() -> None:
    upload()
    upload_quality_standard("d", {"metric_groups": [SCORES], "stratifications": [BY_CITY]})
    found = download_quality_standard_result("d", ["m"], confidence_level=0.95)
    twice = json.dumps({"twice": True})
    assert found.columns.names[-1] == "type"

    def verdicts(config: str, label: str) -> list[str]:
        return list(found[("m", config, "scores", label, "performance_delta")])

    assert verdicts(twice, "Best") == ["improved"] * 3
    assert verdicts(twice, "Worst") == ["similar", "similar", "regressed"]
    assert verdicts("null", "Best") == ["similar"] * 3
    with pytest.raises(IncorrectUsageError, match="none of the models"):
        download_quality_standard_result("d", ["m"], confidence_level=0.9, reference_model="other")
    with pytest.raises(IncorrectUsageError, match="no results under"):
        download_quality_standard_result("d", ["m"], confidence_level=0.9, reference_eval_config={"no": 1})


def test_only_what_all_models_have_counts_unless_told_otherwise() -> None:
    upload(models=("m", "n"), skip=3)
    upload_quality_standard("d", {"metric_groups": [SCORES]})
    worst = ("m", "null", "scores", "Worst")
    assert download_quality_standard_result("d", ["m", "n"])[worst].tolist() == [0.3]
    assert download_quality_standard_result("d", ["m", "n"], intersect_results=False)[worst].tolist() == [0.0]


def test_the_server_shows_what_it_can_compute(vr: Vireo) -> None:
    upload()
    quantiles = {"name": "ages", "stratify_fields": [{"field": "age", "buckets": {"count": 2}}], "test_cases": []}
    quantiles["test_cases"] = [{"name": f"half {i}", "stratification": [{"index": i}]} for i in range(2)]
    upload_quality_standard("d", {"metric_groups": [SCORES], "stratifications": [BY_CITY, quantiles]})
    standard = vr.request("GET", "/standards/d")["standard"]
    assert [m["label"] for m in standard["metric_groups"][0]["metrics"]] == ["Mean"]
    assert standard["strata"] == ["metadata.city", "metadata.age:quantiles=2"]
    (evaluation,) = vr.request("GET", "/evaluations?dataset=d")["items"]
    shown = vr.request("GET", f"/standards/d/result?evaluations={evaluation['id']}&configuration=null")["results"]
    values = {line["stratum"]: line["values"][0]["value"] for line in shown[1]["items"]}
    found = download_quality_standard_result("d", ["m"])[("m", "null", "scores", "Mean")]
    assert values == {c: pytest.approx(found[("by city", c)]) for c in ("Rome", "Paris")}


def test_a_standard_of_the_page_is_read(vr: Vireo) -> None:
    upload()
    groups = [{"name": "g", "metrics": [{"label": "Score", "metric": "score", "higher_is_better": True}]}]
    vr.request("PUT", "/standards/d", json.dumps({"metric_groups": groups}).encode())
    assert download_quality_standard_result("d", ["m"])[("m", "null", "g", "Score")].tolist() == pytest.approx([0.45])


def test_standards_are_copied() -> None:
    upload("a")
    upload("b")
    upload_quality_standard("a", {"metric_groups": [SCORES], "stratifications": [BY_CITY]})
    assert copy_quality_standards_from_dataset("b", "a") == ([SCORES], [BY_CITY])
    assert copy_quality_standards_from_dataset("b", "a", include_metric_groups=False) == ([], [BY_CITY])
    assert download_quality_standard_result("b", ["m"]).shape == (3, 6)
    for wrong in (("a", "a"), ("a", "b", False, False)):
        with pytest.raises(IncorrectUsageError):
            copy_quality_standards_from_dataset(*wrong)  # type: ignore[arg-type]
    with pytest.raises(NotFoundError):
        copy_quality_standards_from_dataset("a", "none")


@pytest.mark.parametrize(
    "wrong",
    [
        {"metric_groups": [SCORES, SCORES]},
        {"metric_groups": [{"name": "g", "metrics": [SCORES["metrics"][0]] * 2}]},  # type: ignore[index]
        {"metric_groups": [{"name": "g", "metrics": [metric("x", "best", {"key": "score"})]}]},
        {"metric_groups": [{"name": "g", "metrics": [metric("x", "max", {"of": "score"})]}]},
        {"stratifications": [{**BY_CITY, "stratify_fields": []}]},
    ],
)
def test_standards_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    upload()
    with pytest.raises(IncorrectUsageError):
        upload_quality_standard("d", wrong)


ROWS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"truth": t, "weight": w, "level": level}, {"label": found, "score": s, "tp": [1] * tp, "fp": fp, "fn": fn})
    for t, w, level, found, s, tp, fp, fn in [
        ("cat", 1, 1.0, "cat", 0.9, 2, 1, 1),
        ("dog", 2, 2.0, "cat", 0.4, 1, 3, 0),
        ("cat", 3, 3.0, "cat", 0.7, 3, 0, 3),
        ("dog", 4, 4.5, "dog", 0.1, 0, 0, 0),
    ]
]


def test_metrics_are_those_of_their_formulas() -> None:
    def of(aggregator: Any, **params: Any) -> Any:
        return value_of({"label": "x", "aggregator": aggregator, "params": params}, ROWS)

    truths = [d["truth"] for d, _ in ROWS]
    labels = [r["label"] for _, r in ROWS]
    scores = [r["score"] for _, r in ROWS]
    assert of("count", key="score") == 4
    assert of("median", key="score") == pytest.approx(0.55)
    assert of("stddev", key="score") == pytest.approx(pd.Series(scores).std())
    assert of({"aggregator": "rate", "fieldValue": "cat"}, key="label") == 0.75
    assert of({"aggregator": "count", "fieldValue": True}, key="label") == 0
    assert of("precision", tp="tp", fp="fp") == 6 / 10
    assert of("recall", tp="tp", fn="fn") == 6 / 10
    assert of("f1_score", tp="tp", fp="fp", fn="fn") == pytest.approx(0.6)
    weighted = {"type": "weighted-metric", "aggregator": "mean"}
    expected = sum(r["score"] * d["weight"] for d, r in ROWS) / 10
    assert of(weighted, metric_field="score", weight_field="weight", weight_source="datapoint") == pytest.approx(
        expected
    )
    fields = {"groundTruthField": "truth", "inferenceField": "label"}
    for how in ("macro", "micro", "weighted"):
        expected = sklearn.metrics.f1_score(truths, labels, average=how)
        assert of({"aggregator": "f1_score", "averagingMethod": how}, **fields) == pytest.approx(expected)
    assert of({"aggregator": "accuracy"}, **fields) == 0.75
    regression = {"groundTruthField": "level", "inferenceField": "score"}
    levels = [d["level"] for d, _ in ROWS]
    assert of({"aggregator": "mae"}, **regression) == pytest.approx(sklearn.metrics.mean_absolute_error(levels, scores))
    assert value_of(metric("x", "mean", {"key": "score"}), []) is None


def test_binary_metrics_take_scores_and_scored_labels() -> None:
    truths, scores = [True, False, True, False, True], [0.9, 0.8, 0.4, 0.1, 0.6]
    params = {"groundTruthField": "t", "inferenceField": "s", "threshold": 0.5}
    for rows in (
        [({"t": t}, {"s": s}) for t, s in zip(truths, scores)],
        [({"t": t}, {"s": ScoredLabel("x", s)}) for t, s in zip(truths, scores)],
    ):

        def of(kind: str, rows: Any = rows) -> Any:
            aggregator = {"type": "binary-classification", "aggregator": kind}
            return value_of({"label": "x", "aggregator": aggregator, "params": params}, rows)

        assert of("auc") == pytest.approx(sklearn.metrics.roc_auc_score(truths, scores))
        assert of("precision") == pytest.approx(2 / 3)
        assert of("accuracy") == pytest.approx(3 / 5)


def test_counts_at_thresholds_are_summed_by_label() -> None:
    swept = [
        {"threshold": 0.2, "label": "a", "tp": 3, "fp": 2, "fn": 1},
        {"threshold": 0.6, "label": "a", "tp": 2, "fp": 0, "fn": 2},
        {"threshold": 0.2, "label": "b", "tp": 1, "fp": 1, "fn": 0},
    ]
    fields = {"precision_tp_field": "tp", "precision_fp_field": "fp", "recall_tp_field": "tp", "recall_fn_field": "fn"}

    def of(kind: str, how: str, threshold: float, label: str | None = None) -> Any:
        aggregator = {"type": "thresholded-object-powered", "aggregator": kind, "averagingMethod": how}
        params = {**fields, "thresholded_object_field": "t", "threshold": threshold, "label": label}
        return value_of({"label": "x", "aggregator": aggregator, "params": params}, [({}, {"t": swept})])

    assert of("recall", "macro", 0.3) == pytest.approx((2 / 4 + 0) / 2)
    assert of("recall", "micro", 0.1) == pytest.approx(4 / 5)
    assert of("precision", "macro", 0.6, "a") == 1.0
    assert of("average_precision", "macro", 0, "a") == pytest.approx(0.5 * 1 + 0.25 * 0.6)


def test_test_cases_hold_values_ranges_quantiles_and_filters() -> None:
    rows: list[Any] = [({"n": n, "city": "ab"[n % 2], "tags": ["x"] * (n % 3)}, {"ok": n > 4}) for n in range(9)]

    def of(field: dict[str, Any], *wanted: dict[str, Any]) -> list[list[int]]:
        cases = [{"name": str(i), "stratification": [w]} for i, w in enumerate(wanted)]
        stratification = {"name": "s", "stratify_fields": [field], "test_cases": cases}
        return [found for _, found in cases_of(stratification, rows)]

    ranges = [{"value": {"min": a, "max": b}} for a, b in ((None, 3), (3, 6), (6, 8))]
    assert of({"field": "n"}, *ranges) == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    thirds = of({"field": "n", "buckets": {"count": 3}}, *({"index": i} for i in range(3)))
    assert thirds == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    wide = of({"field": "n", "buckets": {"count": 2, "type": "equal-width"}}, {"index": 0}, {"index": 1})
    assert wide == [[0, 1, 2, 3], [4, 5, 6, 7, 8]]
    assert of({"field": "ok", "source": "result"}, {"value": True}) == [[5, 6, 7, 8]]
    filters = {"datapoint.city": {"value_in": ["a"]}, "n": {"number_range": {"min": 2}, "options": {"inverse": True}}}
    assert [x for _, x in cases_of({"name": "s", "filters": filters}, rows)] == [[0]]
    filters = {"tags": {"array_contains": ["x"]}, "city": {"contains": "B", "options": {"regex_flags": "i"}}}
    assert [x for _, x in cases_of({"name": "s", "filters": filters}, rows)] == [[1, 5, 7]]


def test_results_are_found_by_the_tag_of_their_model() -> None:
    upload_dataset("d", pd.DataFrame({"id": [1]}))
    for name in ("m", "n"):
        upload_results("d", name, pd.DataFrame({"id": [1], "x": [name]}), tags=[name, "both"])
    assert download_results_by_tag("d", "n")[1][0].results["x"].tolist() == ["n"]
    with pytest.raises(NotFoundError, match="no models with tag"):
        download_results_by_tag("d", "none")
    with pytest.raises(IncorrectUsageError, match="multiple models"):
        download_results_by_tag("d", "both")


def test_results_stay_through_commits_that_change_other_columns() -> None:
    upload_dataset("d", pd.DataFrame({"id": [1, 2], "city": ["Rome", "Rome"]}))
    upload_results("d", "m", pd.DataFrame({"id": [1, 2], "x": [1, 2]}))
    upload_dataset("d", pd.DataFrame({"id": [2, 3], "city": ["Paris", "Rome"]}))
    upload_results("d", "m", pd.DataFrame({"id": [3], "x": [3]}))
    rows, ((_, results),) = download_results("d", "m")
    assert rows["city"].tolist() == ["Paris", "Rome"]
    assert results["x"].tolist() == [2, 3]
    _, ((_, results),) = download_results("d", "m", commit=1)
    assert results["x"].tolist() == [1, 2]


def test_traced_calls_become_rows_and_results() -> None:
    @kolena_trace(dataset_name="calls", id_fields=["request"], model_name_field="by")
    def predict(request: int, by: str, data: Any = None) -> Any:
        return {"sum": request + 1} if request else "nothing"

    assert predict(1, "m", data=[1, 2]) == {"sum": 2}
    predict(0, by="m")
    predict(1, "n")
    with pytest.raises(ValueError, match="cannot be None"):
        predict(None, "m")
    predict.flush()
    assert download_dataset("calls")["data"].tolist() == [[1, 2], None]
    _, ((_, results),) = download_results("calls", "m")
    assert results["sum"].tolist() == [2, None]
    assert results["result"].tolist() == [None, "nothing"]
    assert results["_kolena_time_elapsed"][0] >= 0
    assert len(download_results("calls", "n")[0]) == 2
    for options in ({"id_fields": ["no"]}, {"model_name_field": "no"}, {"dataset_name": "calls", "id_fields": ["by"]}):
        with pytest.raises(ValueError, match=r"not found|do not match"):
            kolena_trace(**options)(lambda request, by: None)  # type: ignore[arg-type]


@pytest.fixture
def away() -> Iterator[Vireo]:
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = Vireo("kolena", url=f"http://127.0.0.1:{silent.getsockname()[1]}")
        yield client
        client.close(0)


def test_a_server_that_is_away_stops_no_decorator_and_calls_wait_for_it(
    vr: Vireo, away: Vireo, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload_dataset("calls", pd.DataFrame({"request": [7]}), id_fields=["request"])
    monkeypatch.setattr(trace, "LOOK_SECONDS", 0.2)
    connect(away)
    began = time.monotonic()
    traced = kolena_trace(dataset_name="calls")(lambda request: request + 1)
    other = kolena_trace(dataset_name="calls")(lambda name: name)
    assert [traced(1), traced(2), other("x")] == [2, 3, "x"]
    assert time.monotonic() - began < 5
    connect(vr)
    traced.flush()
    other.flush()
    assert download_dataset("calls")["request"].tolist() == [7, 1, 2]
    assert (traced.dropped, other.dropped) == (0, 1)  # a dataset of other id fields
    assert download_results("calls", "calls_model")[1][0].results["result"].tolist() == [None, 2, 3]


def test_calls_that_wait_keep_their_order(vr: Vireo) -> None:
    traced = kolena_trace(dataset_name="calls", id_fields=["n"])(lambda n, text: text)
    refusing = connect(Vireo("kolena", url="http://127.0.0.1:1"))
    traced(1, "first")
    traced.flush()
    traced(1, "second")
    connect(vr)
    traced.flush()
    refusing.close(0)
    assert download_dataset("calls")["text"].tolist() == ["first"]
    assert download_results("calls", "calls_model")[1][0].results["result"].tolist() == ["second"]


def test_what_is_refused_is_dropped_alone_and_counted() -> None:
    traced = kolena_trace(dataset_name="calls", id_fields=["name"])(lambda name: len(name))
    for i in range(9):
        traced("x" * 100_000 if i in (2, 7) else str(i))
    traced.flush()
    assert download_dataset("calls")["name"].tolist() == ["0", "1", "3", "4", "5", "6", "8"]
    assert len(download_results("calls", "calls_model")[1][0].results) == 7
    assert (traced.dropped, traced._calls) == (2, [])


def test_calls_that_find_no_room_are_counted(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(trace, "ROWS_MAX", 3)
    traced = kolena_trace(dataset_name="calls", id_fields=["n"])(lambda n: n)
    for n in range(5):
        traced(n)
    traced.flush()
    assert download_dataset("calls")["n"].tolist() == [0, 1, 2]
    assert traced.dropped == 2
    assert "2 calls of calls are lost: 3 wait already" in caplog.text


def test_sending_more_calls_does_not_read_all_that_were_sent_before(vr: Vireo, monkeypatch: pytest.MonkeyPatch) -> None:
    traced = kolena_trace(dataset_name="calls", id_fields=["n"])(lambda n: n)
    paths: list[str] = []
    request = Vireo.request

    def watched(self: Vireo, method: str, path: str, *rest: Any) -> Any:
        paths.append(path)
        return request(self, method, path, *rest)

    traced(1)
    traced.flush()
    monkeypatch.setattr(Vireo, "request", watched)
    for n in range(2, 5):
        traced(n)
        traced.flush()
    assert [p for p in paths if "/samples" in p] == []
    assert download_results("calls", "calls_model")[1][0].results["result"].tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("status", [401, 507])
def test_what_is_not_the_calls_fault_makes_them_wait(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    traced = kolena_trace(dataset_name="calls", id_fields=["n"])(lambda n: n)

    def refuse(*_: Any, **__: Any) -> None:
        raise RefusedError("no", status)

    with monkeypatch.context() as patch:
        patch.setattr(trace, "put_rows", refuse)
        traced(1)
        traced(2)
        traced.flush()
    assert traced.dropped == 0
    traced.flush()
    assert download_dataset("calls")["n"].tolist() == [1, 2]


def test_a_dataset_that_is_made_anew_takes_calls_as_before(vr: Vireo) -> None:
    traced = kolena_trace(dataset_name="calls", id_fields=["n"])(lambda n: n)
    for n in range(3):
        traced(n)
        traced.flush()
    vr.dataset("calls").delete()
    traced(7)
    traced.flush()
    assert traced.dropped == 0
    assert download_results("calls", "calls_model")[1][0].results["result"].tolist() == [7]


def test_a_child_sends_its_own_calls_and_not_its_parents() -> None:
    traced = kolena_trace(dataset_name="calls")(lambda n: n)
    traced(1)
    child = multiprocessing.get_context("fork").Process(target=traced, args=(2,))
    child.start()
    child.join(30)
    assert child.exitcode == 0
    assert download_dataset("calls")["n"].tolist() == [2]
    traced.flush()
    assert download_dataset("calls")["n"].tolist() == [2, 1]


def test_hosted_services_say_what_to_use_instead() -> None:
    with pytest.raises(HostedError, match="query language"):
        upload_dataset_embeddings("d", "key", None)
