# SPDX-License-Identifier: Apache-2.0
"""The metrics of a quality standard, computed from rows: pairs of a datapoint and what a model gave for it."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from .... import metrics as m
from ....workflow._curves import Points
from ..errors import IncorrectUsageError

Row = tuple[dict[str, Any], dict[str, Any]]


def member(of: Any, path: str) -> Any:
    """A column, or what is in it: "box.label"."""
    if isinstance(of, dict):
        if path in of:
            return of[path]
        head, _, rest = path.partition(".")
        return member(of[head], rest) if rest and head in of else None
    head, _, rest = path.partition(".")
    found = getattr(of, head, None)
    return member(found, rest) if rest else found


def number(value: Any) -> float | None:
    """A number that is one; truth values are 0 and 1."""
    if isinstance(value, (bool, int, float)) and not (isinstance(value, float) and math.isnan(value)):
        return float(value)
    return None


def _numbers(rows: Iterable[Row], key: str) -> list[float]:
    return [x for x in (number(member(result, key)) for _, result in rows) if x is not None]


# ---------------------------------------------------------------- one column

_SIMPLE: dict[str, Callable[[list[float]], float]] = {
    "min": min,
    "max": max,
    "mean": statistics.fmean,
    "median": statistics.median,
    "stddev": lambda values: statistics.stdev(values) if len(values) > 1 else 0.0,
    "sum": math.fsum,
}


def _simple(kind: str, params: dict[str, Any], rows: list[Row]) -> float | int | None:
    if kind == "count":
        return sum(member(result, params["key"]) is not None for _, result in rows)
    values = _numbers(rows, params["key"])
    return _SIMPLE[kind](values) if values else None


def _categorical(aggregator: dict[str, Any], params: dict[str, Any], rows: list[Row]) -> float | int | None:
    values = [member(result, params["key"]) for _, result in rows]
    wanted = aggregator["fieldValue"]
    count = sum(1 for v in values if v == wanted and isinstance(v, bool) == isinstance(wanted, bool))
    if aggregator["aggregator"] == "count":
        return count
    return count / len(values) if values else None


def _weighted(params: dict[str, Any], rows: list[Row]) -> float | None:
    pairs = []
    for row in rows:
        source = {"datapoint": row[0], "result": row[1]}
        value = number(member(source[params.get("metric_source", "result")], params["metric_field"]))
        weight = number(member(source[params.get("weight_source", "result")], params["weight_field"]))
        if value is not None and weight is not None:
            pairs.append((value, weight))
    total = math.fsum(w for _, w in pairs)
    return math.fsum(v * w for v, w in pairs) / total if total else None


# ---------------------------------------------------------------- counts

_RATES: dict[str, Callable[[float, float, float, float], float]] = {
    "precision": lambda tp, fp, fn, tn: m.precision(tp, fp),
    "recall": lambda tp, fp, fn, tn: m.recall(tp, fn),
    "f1_score": lambda tp, fp, fn, tn: m.f1_score(tp, fp, fn),
    "accuracy": lambda tp, fp, fn, tn: m.accuracy(tp, fp, fn, tn),
    "false_positive_rate": lambda tp, fp, fn, tn: m.fpr(tn, fp),
    "true_negative_rate": lambda tp, fp, fn, tn: m.specificity(tn, fp),
}


def _counted(rows: Iterable[Row], key: str | None) -> float:
    """The sum of a column of counts, or of lists' lengths."""
    total = 0.0
    for _, result in rows:
        value = member(result, key) if key else None
        total += len(value) if isinstance(value, (list, tuple)) else number(value) or 0.0
    return total


def _rate(kind: str, params: dict[str, Any], rows: list[Row]) -> float:
    return _RATES[kind](*(_counted(rows, params.get(key)) for key in ("tp", "fp", "fn", "tn")))


Counts = tuple[float, float, float]  # true positives, false positives, false negatives


def _averaged(kind: str, how: str, by_label: dict[Any, Counts]) -> float | None:
    if not by_label:
        return None
    if how == "micro":
        tp, fp, fn = (math.fsum(column) for column in zip(*by_label.values()))
        return _RATES[kind](tp, fp, fn, 0)
    values = [_RATES[kind](*counts, 0) for counts in by_label.values()]
    if how != "weighted":
        return statistics.fmean(values)
    support = [tp + fn for tp, _, fn in by_label.values()]
    return sum(v * n for v, n in zip(values, support)) / sum(support) if sum(support) else 0.0


# ---------------------------------------------------------------- tasks


def _label(value: Any) -> Any:
    return getattr(value, "label", value)


def _classified(kind: str, params: dict[str, Any], rows: list[Row]) -> list[tuple[Any, Any]]:
    """Pairs of what is right and what was inferred, where both are there."""
    pairs = [(member(d, params["groundTruthField"]), member(r, params["inferenceField"])) for d, r in rows]
    return [(truth, found) for truth, found in pairs if truth is not None and found is not None]


def _binary(kind: str, params: dict[str, Any], rows: list[Row]) -> float | None:
    pairs = _classified(kind, params, rows)
    truths = [bool(_label(truth)) for truth, _ in pairs]
    scores = [float(getattr(found, "score", found)) for _, found in pairs]
    if not pairs:
        return None
    if kind == "auc":
        area = m.roc_auc([int(t) for t in truths], scores)
        return None if math.isnan(area) else area
    threshold = params.get("threshold")
    found = [s >= (0.5 if threshold is None else threshold) for s in scores]
    tp, fp = (sum(f and t is wanted for t, f in zip(truths, found)) for wanted in (True, False))
    fn = sum(truths) - tp
    return _RATES[kind](tp, fp, fn, len(pairs) - tp - fp - fn)


def _multiclass(kind: str, how: str, params: dict[str, Any], rows: list[Row]) -> float | None:
    pairs = [(_label(truth), _label(found)) for truth, found in _classified(kind, params, rows)]
    if not pairs:
        return None
    report = m.classification_report([t for t, _ in pairs], [f for _, f in pairs])
    if kind == "accuracy":
        return report.accuracy
    scores = getattr(report, how)
    return float(getattr(scores, {"precision": "precision", "recall": "recall", "f1_score": "f_score"}[kind]))


_REGRESSION: dict[str, Callable[[Any, Any], float]] = {
    "mae": m.mean_absolute_error,
    "mse": m.mean_squared_error,
    "rmse": m.root_mean_squared_error,
    "r_squared": m.r2_score,
    "pearson_corr": m.pearson,
    "spearman_corr": m.spearman,
}


def _regression(kind: str, params: dict[str, Any], rows: list[Row]) -> float | None:
    pairs = [(number(t), number(f)) for t, f in _classified(kind, params, rows)]
    pairs = [(t, f) for t, f in pairs if t is not None and f is not None]
    return _REGRESSION[kind]([t for t, _ in pairs], [f for _, f in pairs]) if pairs else None


def _detection(kind: str, how: str, params: dict[str, Any], rows: list[Row]) -> float | None:
    """From columns with lists of what was found, made up and missed."""
    by_label: dict[Any, Points] = defaultdict(Points)
    label, score = params.get("labelField") or "label", params["scoreField"]
    for _, result in rows:
        for found in member(result, params["tpField"]) or ():
            by_label[member(found, label)].found.append(member(found, score))
        for wrong in member(result, params["fpField"]) or ():
            by_label[member(wrong, label)].wrong.append(member(wrong, score))
        for missed in member(result, params["fnField"]) or ():
            by_label[member(missed, label)].missed += 1
    if kind != "average_precision":
        counts: dict[Any, Counts] = {k: (len(p.found), len(p.wrong), p.missed) for k, p in by_label.items()}
        return _averaged(kind, how, counts)
    return statistics.fmean(p.average_precision() for p in by_label.values()) if by_label else None


def _thresholded(kind: str, how: str, params: dict[str, Any], rows: list[Row]) -> float | None:
    """From a column with counts at thresholds."""
    names = [params[f] for f in ("precision_tp_field", "precision_fp_field", "recall_tp_field", "recall_fn_field")]
    sums: dict[Any, dict[float, list[float]]] = defaultdict(lambda: defaultdict(lambda: [0.0] * 4))
    for _, result in rows:
        for swept in member(result, params["thresholded_object_field"]) or ():
            if params.get("label") in (None, swept.get("label")):
                at = sums[swept.get("label")][float(swept["threshold"])]
                at[:] = [old + (number(swept.get(n)) or 0.0) for old, n in zip(at, names)]
    if not sums:
        return None
    if kind == "average_precision":
        areas = []
        for curve in sums.values():
            points = [(m.precision(tp, fp), m.recall(r_tp, fn)) for tp, fp, r_tp, fn in curve.values()]
            areas.append(m.average_precision_of_curve([p for p, _ in points], [r for _, r in points]))
        return statistics.fmean(areas)
    counts: dict[Any, Counts] = {}
    for label, curve in sums.items():
        # A score at the threshold counts: the counts are those of the next threshold that is listed.
        above = [t for t in curve if t >= params["threshold"]]
        lowest = curve[min(curve)]
        tp, fp, _, fn = curve[min(above)] if above else (0.0, 0.0, 0.0, lowest[2] + lowest[3])
        counts[label] = (tp, fp, fn)
    return _averaged(kind, how, counts)


def value_of(metric: dict[str, Any], rows: list[Row]) -> Any:
    """What a metric of a quality standard is over some rows; None where there is nothing to compute it of.

    Raises:
        IncorrectUsageError: it is of no known kind, or lacks something.
    """
    aggregator, params = metric.get("aggregator"), metric.get("params") or {}
    try:
        if isinstance(aggregator, str):
            known = _simple if aggregator == "count" or aggregator in _SIMPLE else _rate
            return known(aggregator, params, rows)
        assert isinstance(aggregator, dict)
        kind, how = aggregator["aggregator"], aggregator.get("averagingMethod") or "macro"
        if "fieldValue" in aggregator:
            return _categorical(aggregator, params, rows)
        if "metric_field" in params:
            return _weighted(params, rows)
        if "tpField" in params:
            return _detection(kind, how, params, rows)
        if "thresholded_object_field" in params:
            return _thresholded(kind, how, params, rows)
        if kind in _REGRESSION:
            return _regression(kind, params, rows)
        if aggregator.get("type") == "binary-classification":
            return _binary(kind, params, rows)
        return _multiclass(kind, how, params, rows)
    except (AssertionError, KeyError) as exc:
        raise IncorrectUsageError(f"metric {metric.get('label')!r}: no such metric, or it lacks {exc}") from None
