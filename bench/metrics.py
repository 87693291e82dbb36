#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`vireo.metrics` beside scikit-learn, and beside the documented matching in plain Python.

Ten million rows for curves and confusion matrices, a million boxes (truths and inferences
together, in 20 000 images) for matching.  Both sides get the same arrays (the objects for what
takes objects); rounds alternate, medians of wall clock and processor time are printed, and the
results are compared.

    python bench/metrics.py [--rows 10000000] [--images 20000] [--rounds 3]
"""

from __future__ import annotations

import argparse
import copy
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import metrics as sk
from vireo import metrics

TRUTHS, INFERENCES = 20, 30  # an image


@dataclass(frozen=True)
class Box:
    top_left: tuple[float, float]
    bottom_right: tuple[float, float]
    score: float = 1.0


# ---------------------------------------------------------------- the reference's matching


def plain_iou(a: Box, b: Box) -> float:
    x1 = max(a.top_left[0], b.top_left[0])
    y1 = max(a.top_left[1], b.top_left[1])
    x2 = min(a.bottom_right[0], b.bottom_right[0])
    y2 = min(a.bottom_right[1], b.bottom_right[1])
    if x2 <= x1 or y2 <= y1:
        return 0.0
    shared = (x2 - x1) * (y2 - y1)
    of_a = (a.bottom_right[0] - a.top_left[0]) * (a.bottom_right[1] - a.top_left[1])
    of_b = (b.bottom_right[0] - b.top_left[0]) * (b.bottom_right[1] - b.top_left[1])
    return shared / (of_a + of_b - shared)


def with_iou(inference: Box, value: float) -> Box:
    copied = copy.copy(inference)
    object.__setattr__(copied, "iou", value)
    return copied


def plain_match(truths: list[Box], inferences: list[Box], threshold: float = 0.5) -> tuple[list[Any], list[Any]]:
    """By descending score each takes the truth of largest IoU at or above the threshold, unless taken; each
    is returned with its IoU, or the largest that it had."""
    matched, unmatched, taken = [], [], set()
    for inference in sorted(inferences, key=lambda i: -i.score):
        best, at, largest = -1.0, None, 0.0
        for place, truth in enumerate(truths):
            value = plain_iou(truth, inference)
            largest = max(largest, value)
            if value >= threshold and value > best:
                best, at = value, place
        if at is None or at in taken:
            unmatched.append(with_iou(inference, largest))
        else:
            taken.add(at)
            matched.append((truths[at], with_iou(inference, best)))
    return matched, unmatched


def plain_average_precision(flags: Any, scores: Any, positives: int) -> float:
    """All-point interpolation in NumPy, over distinct scores."""
    order = np.argsort(-scores, kind="stable")
    flags, scores = flags[order], scores[order]
    last = np.r_[np.flatnonzero(np.diff(scores)), len(scores) - 1]
    tp = np.cumsum(flags)[last]
    precision, recall = tp / (last + 1), tp / positives
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(np.r_[0, recall]) * precision))


# ---------------------------------------------------------------- data


def rows(n: int) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    scores = rng.random(n)
    labels = rng.integers(0, 10, n)
    guesses = np.where(rng.random(n) < 0.8, labels, rng.integers(0, 10, n))
    return {"truth": (rng.random(n) < scores).astype(np.int64), "scores": scores, "labels": labels, "guesses": guesses}


def boxes(images: int) -> dict[str, Any]:
    """Inferences near truths, in a picture of 640 x 640."""
    rng = np.random.default_rng(2)
    corner = rng.random((images, TRUTHS, 2)) * 560
    truths = np.concatenate([corner, corner + 20 + rng.random((images, TRUTHS, 2)) * 60], axis=2)
    near = truths[:, rng.integers(0, TRUTHS, INFERENCES)] + rng.normal(0, 6, (images, INFERENCES, 4))
    near[..., 2:] = np.maximum(near[..., 2:], near[..., :2] + 1)
    return {"truths": truths, "boxes": near, "scores": rng.random((images, INFERENCES))}


def as_objects(data: dict[str, Any]) -> list[tuple[list[Box], list[Box]]]:
    return [
        (
            [Box((x1, y1), (x2, y2)) for x1, y1, x2, y2 in truths.tolist()],
            [Box((x1, y1), (x2, y2), s) for (x1, y1, x2, y2), s in zip(found.tolist(), scores.tolist())],
        )
        for truths, found, scores in zip(data["truths"], data["boxes"], data["scores"])
    ]


# ---------------------------------------------------------------- measuring


def timed(f: Callable[[], Any]) -> tuple[float, float, Any]:
    wall, cpu = time.perf_counter(), time.process_time()
    result = f()
    return time.perf_counter() - wall, time.process_time() - cpu, result


def compare(
    name: str,
    ours: Callable[[], Any],
    theirs: Callable[[], Any],
    rounds: int,
    value: Callable[[Any], Any] = lambda result: result,
) -> None:
    """`value` of the results, taken outside of the time, must agree."""
    times: list[list[tuple[float, float, Any]]] = [[], []]
    for _ in range(rounds):
        times[0].append(timed(ours))
        times[1].append(timed(theirs))
    wall, cpu = ([statistics.median(t[k] for t in side) for side in times] for k in (0, 1))
    same = np.allclose(value(times[0][-1][2]), value(times[1][-1][2]), rtol=1e-9)
    print(
        f"| {name} | {wall[0]:.3f} | {wall[1]:.3f} | {wall[1] / wall[0]:.1f} | {cpu[0]:.3f} | {cpu[1]:.3f} "
        f"| {cpu[1] / cpu[0]:.1f} | {'yes' if same else 'NO'} |",
        flush=True,
    )


def compare_rows(n: int, rounds: int) -> None:
    d = rows(n)
    truth, scores = d["truth"], d["scores"]

    def area(curve: Any) -> float:
        return metrics.auc(curve[0], curve[1])

    compare(
        "confusion matrix, 10 labels",
        lambda: metrics.confusion_matrix(d["labels"], d["guesses"]).rows(),
        lambda: sk.confusion_matrix(d["labels"], d["guesses"]),
        rounds,
    )
    compare("ROC curve", lambda: metrics.roc_curve(truth, scores), lambda: sk.roc_curve(truth, scores), rounds, area)
    compare("ROC AUC", lambda: metrics.roc_auc(truth, scores), lambda: sk.roc_auc_score(truth, scores), rounds)
    compare(
        "precision-recall curve",
        lambda: metrics.precision_recall_curve(truth, scores)[2],
        lambda: sk.precision_recall_curve(truth, scores)[2],
        rounds,
    )
    compare(
        "average precision",
        lambda: metrics.average_precision(truth, scores),
        lambda: sk.average_precision_score(truth, scores),
        rounds,
    )


def compare_boxes(images: int, rounds: int) -> None:
    d = boxes(images)
    objects = as_objects(d)
    positives = images * TRUTHS

    def area_of_pairs(match: Callable[..., Any], area: Callable[..., float]) -> float:
        flags: list[int] = []
        scores: list[float] = []
        for truths, inferences in objects:
            matched, unmatched = match(truths, inferences)
            flags += [1] * len(matched) + [0] * len(unmatched)
            scores += [inf.score for _, inf in matched] + [inf.score for inf in unmatched]
        return area(np.array(flags), np.array(scores), positives)

    def ours(truths: Any, inferences: Any) -> Any:
        found = metrics.match_inferences(truths, inferences)
        return found.matched, found.unmatched_inf

    def voc(flags: Any, scores: Any, total: int) -> float:
        return metrics.average_precision(flags, scores, method="voc", positives=total)

    def arrays() -> float:
        found = metrics.match_boxes(
            d["truths"].reshape(-1, 4),
            d["boxes"].reshape(-1, 4),
            d["scores"].reshape(-1),
            truth_groups=np.repeat(np.arange(images), TRUTHS),
            groups=np.repeat(np.arange(images), INFERENCES),
        )
        return voc(found.matches >= 0, d["scores"].reshape(-1), positives)

    reference = timed(lambda: area_of_pairs(plain_match, plain_average_precision))

    for name, f in (
        ("matching and AP of objects", lambda: area_of_pairs(ours, voc)),
        ("matching and AP of arrays", arrays),
    ):
        runs = [timed(f) for _ in range(rounds)]
        wall, cpu = (statistics.median(r[k] for r in runs) for k in (0, 1))
        same = np.isclose(runs[-1][2], reference[2], rtol=1e-9)
        print(
            f"| {name} | {wall:.3f} | {reference[0]:.3f} | {reference[0] / wall:.1f} | {cpu:.3f} | {reference[1]:.3f} "
            f"| {reference[1] / cpu:.1f} | {'yes' if same else 'NO'} |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print("| | Vireo s | other s | ratio | Vireo CPU s | other CPU s | CPU ratio | same result |")
    print("|---|---|---|---|---|---|---|---|")
    compare_boxes(options.images, options.rounds)
    compare_rows(options.rows, options.rounds)


if __name__ == "__main__":
    main()
