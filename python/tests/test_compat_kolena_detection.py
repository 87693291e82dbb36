# SPDX-License-Identifier: Apache-2.0
"""Kolena's detection over datasets against the real binary, its counts against counting one by one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from conftest import Server
from vireo import NotFoundError, Vireo
from vireo.annotation import (
    BoundingBox,
    LabeledBoundingBox,
    Polygon,
    ScoredBoundingBox,
    ScoredLabeledBoundingBox,
    ScoredPolygon,
)
from vireo.compat.kolena._experimental.instance_segmentation import (
    EvaluatorConfiguration,
    InstanceSegmentationEvaluator,
    upload_instance_segmentation_results,
)
from vireo.compat.kolena._experimental.instance_segmentation import workflow as segmentation
from vireo.compat.kolena._experimental.object_detection import (
    compute_object_detection_results,
    upload_object_detection_results,
)
from vireo.compat.kolena._experimental.object_detection.utils import (
    compute_average_precision,
    compute_confusion_matrix_plot,
    compute_optimal_f1_threshold_multiclass,
    compute_pr_plot_multiclass,
    filter_inferences,
)
from vireo.compat.kolena.dataset import download_results, upload_dataset
from vireo.compat.kolena.errors import IncorrectUsageError
from vireo.compat.kolena.workflow import TestCase, TestSuite, test
from vireo.metrics import match_inferences_multiclass
from vireo.workflow import connect


@pytest.fixture(autouse=True)
def connected(server: Server) -> Iterator[Vireo]:
    client = connect(Vireo("kolena", url=server.url))
    yield client
    client.close(1)


def box(x: float, label: str | None = None, score: float | None = None, **more: Any) -> Any:
    corners = ((x, 0), (x + 10, 10))
    if label is None:
        return BoundingBox(*corners, **more) if score is None else ScoredBoundingBox(*corners, score, **more)
    return (
        LabeledBoundingBox(*corners, label, **more)
        if score is None
        else ScoredLabeledBoundingBox(*corners, label, score, **more)
    )


def frames(truths: list[list[Any]], found: list[list[Any]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    locators = [f"s3://a/{i}.png" for i in range(len(truths))]
    return (
        pd.DataFrame({"locator": locators, "ground_truths": truths}),
        pd.DataFrame({"locator": locators, "raw_inferences": found, "theme": ["night"] * len(found)}),
    )


def test_one_class_is_counted_at_the_threshold_and_all_others() -> None:
    truths = [[box(0, foo=1), box(100)], [box(0)], []]
    found = [[box(1, score=0.9), box(99, score=0.3), box(50, score=0.6)], [], [box(0, score=0.8)]]
    dataset, inferences = frames(truths, found)
    upload_dataset("d", dataset)
    rows = compute_object_detection_results("d", inferences, threshold_strategy=0.5)
    assert [len(x) for x in rows["TP"]] == [1, 0, 0]
    assert [len(x) for x in rows["FP"]] == [1, 0, 1]
    assert rows["FN"].tolist() == [[truths[0][1]], [truths[1][0]], []]
    assert rows["TP"][0][0]["foo"] == 1
    assert rows["TP"][0][0]["score"] == 0.9
    assert rows["max_confidence_above_t"].tolist() == [0.9, None, 0.8]
    assert rows["thresholded"][0] == [
        {"threshold": 0.3, "tp": 2, "fp": 1, "fn": 0},
        {"threshold": 0.6, "tp": 1, "fp": 1, "fn": 1},
        {"threshold": 0.8, "tp": 1, "fp": 0, "fn": 1},
        {"threshold": 0.9, "tp": 1, "fp": 0, "fn": 1},
    ]
    assert "ground_truths" not in rows.columns
    assert rows["theme"].tolist() == ["night"] * 3


@pytest.mark.parametrize("seed", range(5))
def test_counts_of_several_classes_are_those_of_counting(seed: int) -> None:
    random.seed(seed)
    truths = [[box(100 * k, random.choice("ab")) for k in range(random.randrange(4))] for _ in range(20)]
    found = [
        [box(t.top_left[0] + 1, random.choice("ab"), random.random()) for t in row]
        + [box(5000 + 100 * k, "a", random.random()) for k in range(random.randrange(3))]
        for row in truths
    ]
    truths.append([box(0, "a"), box(100, "b")])
    found.append([])
    dataset, inferences = frames(truths, found)
    upload_dataset("d", dataset)
    chosen = {"a": 0.3, "b": 0.7}
    rows = compute_object_detection_results("d", inferences, threshold_strategy=chosen, min_confidence_score=0.05)
    for row, there, detections in zip(rows.to_dict("records"), truths, found):
        kept = [d for d in detections if d.score >= 0.05]
        right = [d for d in kept if any(t.label == d.label and t.top_left[0] + 1 == d.top_left[0] for t in there)]
        for d in [x for x in right if x.score >= chosen[x.label]]:
            assert any(t["score"] == d.score for t in row["TP"])
        assert row["count_TP"] == sum(d.score >= chosen[d.label] for d in right)
        assert row["count_FP"] == sum(d.score >= chosen[d.label] for d in kept) - row["count_TP"]
        assert row["count_FN"] == len(there) - row["count_TP"]
        for swept in row["thresholded"]:
            above = [d for d in kept if d.label == swept["label"] and d.score >= swept["threshold"]]
            assert swept["tp"] + swept["fp"] == len(above)
            assert swept["tp"] == sum(any(d is r for r in right) for d in above)
            assert swept["tp"] + swept["fn"] == sum(t.label == swept["label"] for t in there)
        confused = [
            d for d in kept if d.score >= chosen[d.label] and not any(d is r for r in right) and d.top_left[0] < 5000
        ]
        assert row["count_Confused"] == len(confused)
        assert {x["actual_label"] for x in row["Confused"]} <= {"a", "b"}


def test_results_are_kept_under_their_configuration() -> None:
    dataset, inferences = frames([[box(0, "a"), box(100, "b")]] * 3, [[box(0, "a", 0.4), box(100, "a", 0.9)]] * 3)
    upload_dataset("d", dataset)
    upload_object_detection_results("d", "m", inferences, iou_threshold=0.3, threshold_strategy={"a": 0.5, "b": 0.5})
    upload_object_detection_results("d", "m", inferences)
    _, results = download_results("d", "m")
    assert [r.eval_config for r in results] == [
        {"iou_threshold": 0.3, "threshold_strategy": {"a": 0.5, "b": 0.5}, "min_confidence_score": 0.01},
        {"iou_threshold": 0.5, "threshold_strategy": "F1-Optimal", "min_confidence_score": 0.01},
    ]
    assert results[0].results["count_TP"].tolist() == [0, 0, 0]
    assert results[1].results["count_TP"].tolist() == [1, 1, 1]
    assert results[1].results["TP"][0][0] == box(0, "a", 0.4)


def test_ignored_ground_truths_and_fields_that_must_match() -> None:
    dataset, inferences = frames(
        [[box(0, difficult=True), box(100, frame_id=1)]],
        [[box(0, score=0.9), box(100, score=0.8, frame_id=2), box(100, score=0.7, frame_id=1)]],
    )
    upload_dataset("d", dataset)
    options: dict[str, Any] = {"gt_ignore_property": "difficult", "threshold_strategy": 0.1}
    row = compute_object_detection_results("d", inferences, **options).iloc[0]
    assert (row["count_TP"], row["count_FP"], row["count_FN"]) == (1, 1, 0)
    row = compute_object_detection_results("d", inferences, **options, required_match_fields=["frame_id"]).iloc[0]
    assert (row["count_TP"], row["TP"][0]["score"]) == (1, 0.7)


def test_images_without_boxes_and_what_is_missing() -> None:
    dataset, inferences = frames([[box(0)], [box(0)]], [[box(0, score=1.0)], None])
    upload_dataset("d", dataset)
    assert compute_object_detection_results("d", inferences)["count_FN"].tolist() == [0, 1]
    with pytest.raises(IncorrectUsageError, match="raw_inferences"):
        compute_object_detection_results("d", inferences[["locator"]])
    with pytest.raises(IncorrectUsageError, match="boxes"):
        compute_object_detection_results("d", inferences, ground_truths_field="boxes")
    with pytest.raises(NotFoundError, match="does not exist"):
        compute_object_detection_results("none", inferences)


def test_many_scores_are_swept_at_501_thresholds() -> None:
    found = [[box(100 * k, score=(k + 1) / 1000) for k in range(600)]]
    dataset, inferences = frames([[box(0)]], found)
    upload_dataset("d", dataset)
    swept = compute_object_detection_results("d", inferences)["thresholded"][0]
    assert len(swept) == 501
    assert (swept[0]["threshold"], swept[-1]["threshold"]) == (0.001, 0.6)


def test_polygons_over_datasets_and_as_a_workflow() -> None:
    points = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)]
    dataset, inferences = frames([[Polygon(points)]], [[ScoredPolygon(points, 0.9)]])
    upload_dataset("d", dataset)
    upload_instance_segmentation_results("d", "m", inferences, threshold_strategy=0.5)
    _, ((_, results),) = download_results("d", "m")
    assert results["count_TP"].tolist() == [1]

    truth = segmentation.GroundTruth(
        [segmentation.LabeledPolygon(points, "a"), segmentation.LabeledPolygon(points, "b")]
    )
    answer = segmentation.Inference([segmentation.ScoredLabeledPolygon(points, "a", 0.9)])
    sample = segmentation.TestSample("s3://a/0.png")
    case: TestCase = segmentation.TestCase("all", test_samples=[(sample, truth)])
    suite: TestSuite = segmentation.TestSuite("street", test_cases=[case])
    model = segmentation.Model("m", infer=lambda _: answer)
    test(model, suite, InstanceSegmentationEvaluator([EvaluatorConfiguration(threshold_strategy=0.5)]))


def test_plots_of_matches() -> None:
    matches = [
        match_inferences_multiclass([box(0, "a"), box(100, "b")], [box(0, "a", 0.9), box(100, "a", 0.6)]),
        match_inferences_multiclass([box(0, "a")], [box(0, "a", 0.3), box(300, "b", 0.2)]),
    ]
    plot = compute_confusion_matrix_plot(matches)
    assert plot is not None
    assert (plot.labels, plot.matrix) == (["a", "b"], [[2, 0], [1, 0]])
    assert compute_optimal_f1_threshold_multiclass(matches) == {"a": 0.3, "b": 0.0}
    curves = compute_pr_plot_multiclass(matches)
    assert curves is not None
    assert [c.label for c in curves.curves] == ["a"]
    assert compute_average_precision([0.5], [0.5]) == 0.25
    assert filter_inferences([box(0, "a", 0.1), box(0, "b", 0.9)], 0.5, {"b"}) == [box(0, "b", 0.9)]
