# SPDX-License-Identifier: Apache-2.0
"""Results of object detection over a dataset: what was found, made up and missed on each image.

The dataset has a column of ground truths, the frame of a model one of inferences; both are joined by
`locator`.  Boxes and polygons match as in PASCAL VOC (`vireo.metrics.match_inferences`).
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterable, Iterator
from typing import Any, Literal, Union

from ....._data_object import plain
from .....annotation import ScoredLabel
from .....metrics import match_inferences, match_inferences_multiclass
from ...dataset import EvalConfigResults, download_dataset, upload_results
from ...errors import IncorrectUsageError
from .utils import compute_optimal_f1_threshold, compute_optimal_f1_threshold_multiclass, filter_inferences

Strategy = Union[Literal["F1-Optimal"], float, dict[str, float]]

SWEEP = 501  # thresholds at most


def _listed(cell: Any) -> list[Any]:
    """The objects of a cell; none where it is empty."""
    return [] if cell is None or (isinstance(cell, float) and math.isnan(cell)) else list(cell)


def _label(found: Any) -> str | None:
    label = getattr(found, "label", None)
    return None if label is None else str(label)


def _is_multiclass(cells: Iterable[Any]) -> bool:
    """Whether everything has a label, of two or more."""
    labels = {_label(found) for cell in cells for found in _listed(cell)}
    return None not in labels and len(labels) >= 2


def _sweep(scores: Iterable[float]) -> list[float]:
    """The thresholds to count at: all scores, or evenly spaced ones between the smallest and the largest."""
    distinct = sorted(set(scores))
    if len(distinct) < SWEEP:
        return distinct
    step = (distinct[-1] - distinct[0]) / (SWEEP - 1)
    return [distinct[0] + i * step for i in range(SWEEP - 1)] + distinct[-1:]


def _counts(
    found: list[float], wrong: list[float], missed: int, thresholds: list[float], label: str | None
) -> list[dict[str, Any]]:
    """Counts where a score at the threshold counts."""
    found, wrong = sorted(found), sorted(wrong)
    named = {} if label is None else {"label": label}
    rows = []
    for t in thresholds:
        below = bisect.bisect_left(found, t)
        fp = len(wrong) - bisect.bisect_left(wrong, t)
        rows.append({"threshold": t, **named, "tp": len(found) - below, "fp": fp, "fn": missed + below})
    return rows


def _row(tp: list[Any], fp: list[Any], fn: list[Any], thresholded: list[dict[str, Any]]) -> dict[str, Any]:
    scores = [t["score"] for t in tp] + [i.score for i in fp]
    return {
        "TP": tp,
        "FP": fp,
        "FN": fn,
        "thresholded": thresholded,
        "count_TP": len(tp),
        "count_FP": len(fp),
        "count_FN": len(fn),
        "has_TP": bool(tp),
        "has_FP": bool(fp),
        "has_FN": bool(fn),
        "max_confidence_above_t": max(scores, default=None),
        "min_confidence_above_t": min(scores, default=None),
    }


def single_class_datapoint_metrics(
    object_matches: Any, thresholds: float, all_thresholds: list[float]
) -> dict[str, Any]:
    """The row of one image, of what `match_inferences` found on it.

    Args:
        thresholds: the lowest score that counts.
        all_thresholds: those to count at for curves.
    """
    found, wrong, missed = object_matches.matched, object_matches.unmatched_inf, object_matches.unmatched_gt
    label = next((x for x in map(_label, [*(i for _, i in found), *wrong, *missed]) if x is not None), None)
    sweep = _counts([i.score for _, i in found], [i.score for i in wrong], len(missed), all_thresholds, label)
    row = _row(
        [{**plain(t), **plain(i)} for t, i in found if i.score >= thresholds],
        [i for i in wrong if i.score >= thresholds],
        [*missed, *(t for t, i in found if i.score < thresholds)],
        sweep,
    )
    return {**row, "thresholds": thresholds}


def multiclass_datapoint_metrics(
    object_matches: Any, thresholds: dict[str, float], all_thresholds: list[float]
) -> dict[str, Any]:
    """The row of one image, of what `match_inferences_multiclass` found on it; as `single_class_datapoint_metrics`
    otherwise.

    Args:
        thresholds: by label.
    """
    found, wrong = object_matches.matched, object_matches.unmatched_inf
    missed = [t for t, _ in object_matches.unmatched_gt]
    confused = [
        {**plain(i), "actual_label": t.label}
        for t, i in object_matches.unmatched_gt
        if i is not None and i.score >= thresholds[i.label]
    ]
    inferred = {i.label for _, i in found} | {i.label for i in wrong}
    sweep: list[dict[str, Any]] = []
    for label in sorted(inferred | {t.label for t in missed}):
        right = [i.score for t, i in found if t.label == label]
        made_up = [i.score for i in wrong if i.label == label]
        sweep += _counts(right, made_up, sum(t.label == label for t in missed), all_thresholds, label)
    row = _row(
        [{**plain(t), **plain(i)} for t, i in found if i.score >= thresholds[i.label]],
        [i for i in wrong if i.score >= thresholds[i.label]],
        [*missed, *(t for t, i in found if i.score < thresholds[i.label])],
        sweep,
    )
    return {
        **row,
        "Confused": confused,
        "count_Confused": len(confused),
        "has_Confused": bool(confused),
        "thresholds": [ScoredLabel(label, thresholds[label]) for label in sorted(inferred)],
    }


class _Chosen(dict[str, float]):
    """Thresholds by label, with one for all others."""

    def __init__(self, known: dict[str, float], default: float) -> None:
        super().__init__(known)
        self._default = default

    def __missing__(self, label: str) -> float:
        return self._default


def _rows_of_several(matches: list[Any], strategy: Strategy, low: float, sweep: list[float]) -> Iterator[Any]:
    if isinstance(strategy, dict):
        chosen = _Chosen(strategy, low)
    elif strategy == "F1-Optimal":
        chosen = _Chosen(compute_optimal_f1_threshold_multiclass(matches), low)
    else:
        chosen = _Chosen({}, float(strategy))
    return (multiclass_datapoint_metrics(found, chosen, sweep) for found in matches)


def _rows_of_one(matches: list[Any], strategy: Strategy, low: float, sweep: list[float]) -> Iterator[Any]:
    if isinstance(strategy, dict):
        chosen = next(iter(strategy.values()), low)
    elif strategy == "F1-Optimal":
        chosen = compute_optimal_f1_threshold(matches)
    else:
        chosen = float(strategy)
    return (single_class_datapoint_metrics(found, chosen, sweep) for found in matches)


def _column(frame: Any, name: str) -> Any:
    if name not in frame.columns:
        raise IncorrectUsageError(f"there is no column {name!r}")
    return frame[name]


def compute_object_detection_results(
    dataset_name: str,
    df: Any,
    *,
    ground_truths_field: str = "ground_truths",
    raw_inferences_field: str = "raw_inferences",
    gt_ignore_property: str | None = None,
    iou_threshold: float = 0.5,
    threshold_strategy: Strategy = "F1-Optimal",
    min_confidence_score: float = 0.01,
    batch_size: int = 10_000,
    required_match_fields: list[str] | None = None,
) -> Any:
    """What is right and wrong on each image of a dataset.

    Args:
        dataset_name: with the columns `locator` and `ground_truths_field`, lists of boxes or polygons.
        df: a frame with the columns `locator` and `raw_inferences_field`, lists of scored boxes or polygons.
        gt_ignore_property: a ground truth where this attribute is True is neither right nor wrong to find.
        iou_threshold: the lowest overlap that matches.
        threshold_strategy: the lowest score that counts, for each label or all, or the one of best F1.
        min_confidence_score: what is below is dropped before anything else.
        batch_size: is not needed.
        required_match_fields: attributes that must be equal in both for a match.

    Returns:
        The frame with the columns TP, FP, FN, their counts, `thresholded` for curves, and so on.

    Raises:
        NotFoundError: there is no such dataset.
        IncorrectUsageError: a column is not there.
    """
    import pandas  # type: ignore[import-untyped]

    _column(df, raw_inferences_field)
    dataset = download_dataset(dataset_name)
    _column(dataset, ground_truths_field)
    joined = df.merge(dataset[["locator", ground_truths_field]], on="locator").reset_index(drop=True)
    truths, inferences = (list(map(_listed, joined[f])) for f in (ground_truths_field, raw_inferences_field))
    several = _is_multiclass([*truths, *inferences])
    match: Any = match_inferences_multiclass if several else match_inferences
    matches = []
    for there, found in zip(truths, inferences):
        ignored = [t for t in there if gt_ignore_property and getattr(t, gt_ignore_property, None) is True]
        matches.append(
            match(
                [t for t in there if not any(t is i for i in ignored)],
                filter_inferences(found, min_confidence_score),
                ignored_ground_truths=ignored,
                iou_threshold=iou_threshold,
                required_match_fields=required_match_fields,
            )
        )
    sweep = _sweep(i.score for found in inferences for i in found)
    make = _rows_of_several if several else _rows_of_one
    rows = list(make(matches, threshold_strategy, min_confidence_score, sweep))
    names = list(rows[0]) if rows else []
    columns = {n: pandas.Series([row[n] for row in rows], dtype=object) for n in names}
    return pandas.concat([pandas.DataFrame(columns), joined.drop(columns=ground_truths_field)], axis=1)


def upload_object_detection_results(
    dataset_name: str,
    model_name: str,
    df: Any,
    *,
    iou_threshold: float = 0.5,
    threshold_strategy: Strategy = "F1-Optimal",
    min_confidence_score: float = 0.01,
    **options: Any,
) -> None:
    """`compute_object_detection_results`, kept as results of a model; arguments and errors as there."""
    eval_config: dict[str, Any] = {
        "iou_threshold": iou_threshold,
        "threshold_strategy": threshold_strategy,
        "min_confidence_score": min_confidence_score,
    }
    results = compute_object_detection_results(dataset_name, df, **eval_config, **options)
    upload_results(dataset_name, model_name, [EvalConfigResults(eval_config, results)], ["thresholded"])


__all__ = [
    "compute_object_detection_results",
    "multiclass_datapoint_metrics",
    "single_class_datapoint_metrics",
    "upload_object_detection_results",
]
