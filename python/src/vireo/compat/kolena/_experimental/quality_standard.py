# SPDX-License-Identifier: Apache-2.0
"""Quality standards of datasets: which metrics of results count, and over which test cases.  Needs pandas.

A dataset's standard is the project's standard of the same name (`/standards/{name}`).  What the page and the
API can show of it by themselves (means of columns, strata by one field of the dataset) stands there as any
other standard's; all of it is kept beside, and computed here.
"""

from __future__ import annotations

import json
from typing import Any, Literal, Union

from ...._errors import NotFoundError
from ....metrics import margin_of_error, performance_delta
from ....workflow._remote import Remote, connected, quoted
from ..dataset import download_results
from ..errors import IncorrectUsageError
from ._standard_cases import cases_of
from ._standard_metrics import Row, value_of

Config = Union[dict[str, Any], None]
_KEPT = "kolena"  # member of a standard's target


# ---------------------------------------------------------------- keeping


def _direction(metric: dict[str, Any]) -> bool | None:
    better = (metric.get("highlight") or {}).get("higherIsBetter")
    return better if isinstance(better, bool) else None


def _shown_metrics(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The metrics that are means of a column: those that the server computes."""
    return [
        {
            "name": group["name"],
            "metrics": [
                {"label": x["label"], "metric": x["params"]["key"], "higher_is_better": _direction(x)}
                for x in group["metrics"]
                if x["aggregator"] == "mean" and "," not in x["params"]["key"]
            ],
        }
        for group in groups
    ]


def _shown_strata(stratifications: list[dict[str, Any]]) -> list[str]:
    shown = []
    for one in stratifications:
        fields = one.get("stratify_fields") or []
        if len(fields) != 1 or one.get("filters") or fields[0].get("source", "datapoint") != "datapoint":
            continue
        name, buckets = f"metadata.{fields[0]['field']}", fields[0].get("buckets")
        if isinstance(buckets, dict) and buckets.get("type") != "equal-width":
            name += f":quantiles={buckets.get('count') or 4}"
        elif buckets:
            continue
        shown.append(name)
    return shown


def upload_quality_standard(dataset: str, quality_standard: dict[str, Any]) -> None:
    """Let a dataset have a quality standard; what it had is replaced.  In Kolena they are made on the page.

    Args:
        dataset: its name.
        quality_standard: `metric_groups` and `stratifications`, as Kolena's API has them:

            {"metric_groups": [{"name": "quality", "metrics": [
                 {"label": "Recall", "aggregator": "recall", "params": {"tp": "count_TP", "fn": "count_FN"},
                  "highlight": {"higherIsBetter": True}}]}],
             "stratifications": [{"name": "city", "stratify_fields": [{"source": "datapoint", "field": "city"}],
                 "test_cases": [{"name": "Rome", "stratification": [{"value": "Rome"}]}]}]}

    Raises:
        NotFoundError: there is no such dataset.
        IncorrectUsageError: names are not unique, or a metric is of no known kind.
    """
    connected().dataset(dataset, create=False)
    groups = list(quality_standard.get("metric_groups") or [])
    cases = list(quality_standard.get("stratifications") or [])
    for what, items in [("metric groups", groups), ("stratifications", cases)]:
        _check_unique(what, [item["name"] for item in items])
    for group in groups:
        _check_unique(f"labels of {group['name']!r}", [metric["label"] for metric in group["metrics"]])
        for metric in group["metrics"]:
            value_of(metric, [])
    for one in cases:
        list(cases_of(one, []))
    body = {
        "target": {"dataset": dataset, _KEPT: {"metric_groups": groups, "stratifications": cases}},
        "metric_groups": _shown_metrics(groups),
        "strata": _shown_strata(cases),
    }
    Remote(connected()).call("PUT", f"/standards/{quoted(dataset)}", body)


def _check_unique(what: str, names: list[str]) -> None:
    if len(set(names)) < len(names):
        raise IncorrectUsageError(f"{what}: names must be unique")


def _standard(dataset: str) -> dict[str, Any]:
    """The standard of a dataset; of one that was made on the page, its means."""
    connected().dataset(dataset, create=False)
    try:
        found = Remote(connected()).get(f"/standards/{quoted(dataset)}")["standard"]
    except NotFoundError:
        return {"metric_groups": [], "stratifications": []}
    kept = (found.get("target") or {}).get(_KEPT)
    if kept:
        return dict(kept)
    groups = [
        {
            "name": group["name"],
            "metrics": [
                {
                    "label": metric["label"],
                    "aggregator": "mean",
                    "params": {"key": metric["metric"]},
                    "highlight": {"higherIsBetter": metric.get("higher_is_better")},
                }
                for metric in group["metrics"]
            ],
        }
        for group in found.get("metric_groups") or []
    ]
    return {"metric_groups": groups, "stratifications": []}


def copy_quality_standards_from_dataset(
    dataset: str, source_dataset: str, include_metric_groups: bool = True, include_test_cases: bool = True
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Copy the quality standard of a dataset to another one; what is not included stays as it was there.

    Returns:
        The metric groups and stratifications that were copied.

    Raises:
        NotFoundError: there is no such dataset.
        IncorrectUsageError: both are the same, or nothing is included.
    """
    if dataset == source_dataset:
        raise IncorrectUsageError("source dataset and target dataset are the same")
    if not include_metric_groups and not include_test_cases:
        raise IncorrectUsageError("should include at least one of metric groups or test cases")
    source, target = _standard(source_dataset), _standard(dataset)
    copied = {
        "metric_groups": source["metric_groups"] if include_metric_groups else [],
        "stratifications": source["stratifications"] if include_test_cases else [],
    }
    chosen = {"metric_groups": include_metric_groups, "stratifications": include_test_cases}
    upload_quality_standard(dataset, {k: (source if chosen[k] else target)[k] for k in chosen})
    return copied["metric_groups"], copied["stratifications"]


# ---------------------------------------------------------------- results


class _Column:
    """Results of one model under one eval config: for each datapoint its row, or None."""

    def __init__(self, model: str, config: Config, datapoints: list[dict[str, Any]], results: Any) -> None:
        self.name = (model, json.dumps(config))
        ids = set(results.columns).intersection(datapoints[0] if datapoints else ())
        rows = results.to_dict("records")
        there = [any(v is not None for n, v in row.items() if n not in ids) for row in rows]
        self.rows: list[Row | None] = [(d, r) if t else None for d, r, t in zip(datapoints, rows, there)]


def _columns(dataset: str, models: list[str]) -> list[_Column]:
    columns = []
    for model in models:
        datapoints, results = download_results(dataset, model)
        rows = datapoints.to_dict("records")
        columns += [_Column(model, config, rows, frame) for config, frame in results]
    return columns


_Case = tuple[str, Union[str, None]]  # stratification and test case


def _cases(standard: dict[str, Any], rows: list[Row]) -> dict[_Case, list[Row]]:
    """The rows of each test case; first all of them."""
    found: dict[_Case, list[Row]] = {("Dataset", None): rows}
    for one in standard["stratifications"]:
        for name, places in cases_of(one, rows):
            found[(one["name"], name)] = [rows[i] for i in places]
    return found


_Values = dict[_Case, dict[tuple[str, str, str, str], Any]]


def _evaluated(
    standard: dict[str, Any], columns: list[_Column], groups: list[str] | None
) -> tuple[_Values, dict[_Case, int]]:
    """Values by test case and column over the datapoints that all columns have, and how many these are."""
    common = [i for i, rows in enumerate(zip(*(c.rows for c in columns))) if all(row is not None for row in rows)]
    values: _Values = {}
    counts: dict[_Case, int] = {}
    for column in columns:
        rows = [row for row in (column.rows[i] for i in common) if row is not None]
        for case, own in _cases(standard, rows).items():
            counts[case] = len(own)
            for group in standard["metric_groups"]:
                if groups is not None and group["name"] not in groups:
                    continue
                for metric in group["metrics"]:
                    place = (*column.name, group["name"], metric["label"])
                    values.setdefault(case, {})[place] = value_of(metric, own)
    return values, counts


def _reference(names: list[tuple[str, str]], model: str | None, config: Any) -> tuple[str, str]:
    chosen = model or names[0][0]
    if config == "first":
        return next(name for name in names if name[0] == chosen)
    wanted = (chosen, json.dumps(config or None))
    if wanted not in names:
        raise IncorrectUsageError(f"the model {chosen!r} has no results under {wanted[1]}")
    return wanted


def _verdict(metric: dict[str, Any], value: Any, reference: Any, within: list[Any], samples: int, level: float) -> str:
    """Whether a value differs from the reference's by more than the margin of error."""
    better = _direction(metric)
    if better is None or value is None or reference is None:
        return "unknown"
    largest = max((x for x in within if x is not None), default=0)
    delta = performance_delta(float(value), float(reference), largest or max(value, reference))
    delta = delta if better else -delta
    margin = margin_of_error(samples, level)
    return "improved" if delta > margin else "regressed" if delta < -margin else "similar"


def _verdicts(
    standard: dict[str, Any], values: _Values, counts: dict[_Case, int], reference: tuple[str, str], level: float
) -> _Values:
    metrics = {(g["name"], x["label"]): x for g in standard["metric_groups"] for x in g["metrics"]}
    found: _Values = {}
    for case, row in values.items():
        for place, value in row.items():
            base = (*reference, *place[2:])
            within = [other.get(base) for c, other in values.items() if c[0] == case[0]]
            verdict = _verdict(metrics[place[2:]], value, row.get(base), within, counts[case], level)
            found.setdefault(case, {})[place] = verdict
    return found


def download_quality_standard_result(
    dataset: str,
    models: list[str],
    metric_groups: list[str] | None = None,
    intersect_results: bool = True,
    confidence_level: float | None = None,
    reference_model: str | None = None,
    reference_eval_config: Config | Literal["first"] = "first",
) -> Any:
    """The metrics of a dataset's quality standard.

    Args:
        dataset, models: names.
        metric_groups: names of those to compute; None: all.
        intersect_results: count only datapoints that all models have results for.
        confidence_level: between 0 and 1, adds whether each value is "improved", "regressed", "similar" or
            "unknown" beside the reference.  Kolena's rule; `vr.compare` and the page test in pairs, which sees more.
        reference_model, reference_eval_config: default the first model, and its first eval config.

    Returns:
        A frame with an index (stratification, test_case), first ("Dataset", NaN) for all datapoints, and columns
        (model, eval_config, metric_group, metric), with a confidence level also (..., type).

    Raises:
        NotFoundError: there is no such dataset, or a model has no results for it.
        IncorrectUsageError: the reference is none of the models.
    """
    import pandas  # type: ignore[import-untyped]

    if reference_model and reference_model not in models:
        raise IncorrectUsageError(f"the reference model {reference_model!r} is none of the models")
    standard = _standard(dataset)
    columns = _columns(dataset, models)
    values: _Values = {}
    counts: dict[_Case, int] = {}
    for part in [columns] if intersect_results else [[c for c in columns if c.name[0] == n] for n in models]:
        found, samples = _evaluated(standard, part, metric_groups)
        for case, row in found.items():
            values.setdefault(case, {}).update(row)
            counts[case] = min(samples[case], counts.get(case, samples[case]))
    levels = ["model", "eval_config", "metric_group", "metric"]
    table: dict[tuple[str, ...], list[Any]] = {}
    places = list(next(iter(values.values()), {}))
    verdicts: _Values = {}
    if confidence_level is not None and columns:
        levels.append("type")
        reference = _reference([c.name for c in columns], reference_model, reference_eval_config)
        verdicts = _verdicts(standard, values, counts, reference, confidence_level)
    for place in places:
        kinds = [("metric_value", values), ("performance_delta", verdicts)] if verdicts else [("", values)]
        for kind, of in kinds:
            table[(*place, kind) if verdicts else place] = [of[case].get(place) for case in of]
    index = pandas.MultiIndex.from_tuples(list(values), names=["stratification", "test_case"])
    frame = pandas.DataFrame(list(zip(*table.values())), index=index if table else None)
    frame.columns = pandas.MultiIndex.from_tuples(list(table), names=levels)
    return frame


__all__ = [
    "copy_quality_standards_from_dataset",
    "download_quality_standard_result",
    "upload_quality_standard",
]
