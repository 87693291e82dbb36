# SPDX-License-Identifier: Apache-2.0
"""IoU against Shapely, matching against its rules in plain Python, average precision against COCO's tools."""

from __future__ import annotations

import contextlib
import io
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from shapely import make_valid
from shapely.geometry import LinearRing
from shapely.geometry import Polygon as ShapelyPolygon
from shapely.ops import polygonize, unary_union
from vireo import metrics


@dataclass(frozen=True)
class Box:
    top_left: tuple[float, float]
    bottom_right: tuple[float, float]
    label: str = "a"
    score: float = 1.0


@dataclass(frozen=True)
class Polygon:
    points: list[tuple[float, float]]
    label: str = "a"
    score: float = 1.0


def box(x1: float, y1: float, x2: float, y2: float, **more: Any) -> Box:
    return Box((x1, y1), (x2, y2), **more)


# ---------------------------------------------------------------- IoU


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (box(0, 0, 2, 2), box(0, 0, 2, 2), 1),
        (box(0, 0, 2, 2), box(1, 0, 3, 2), 1 / 3),
        (box(0, 0, 2, 2), box(0.5, 0.5, 1.5, 1.5), 0.25),
        (box(0, 0, 1, 1), box(1, 0, 2, 1), 0),  # touching
        (box(0, 0, 1, 1), box(5, 5, 6, 6), 0),
        (box(0, 0, 0, 1), box(0, 0, 0, 1), 0),  # without area
        (box(2, 2, 0, 0), box(0, 0, 2, 2), 0),  # corners swapped
        (box(0, 0, 1, math.nan), box(0, 0, 1, 1), 0),
        (box(0, 0, 1, math.inf), box(0, 0, 1, 1), 0),
        (box(-1e308, -1e308, 1e308, 1e308), box(0, 0, 1, 1), 0),
        (Polygon([(0, 0), (2, 2), (2, 0), (0, 2)]), box(0, 0, 2, 2), 0.5),  # a bow-tie
        (Polygon([(0, 0), (2, 0), (2, 2), (0, 2)]), box(2, 2, 0, 0), 1),
        (Polygon([(0, 0), (2, 0), (2, 2), (0, 2), (0, 0)]), box(1, 0, 3, 2), 1 / 3),  # closed
        (Polygon([(0, 0), (1, 1), (2, 2)]), box(0, 0, 2, 2), 0),  # flat
        (Polygon([(0, 0), (1, 0), (0, 1)]), Polygon([(0, 0), (1, 0), (0, 1)]), 1),
        (Polygon([(0, 0), (4, 0), (0, 3)]), Polygon([(0, 0), (4, 0), (4, 3)]), 0.5 * 4 * 1.5 / (12 - 3)),
        (Polygon([(0, 0), (0, math.nan), (1, 1)]), box(0, 0, 1, 1), 0),
        (Polygon([]), box(0, 0, 1, 1), 0),
        (
            Polygon([(x * 1e-200, y * 1e-200) for x, y in [(0, 0), (1, 0), (1, 1), (0, 1)]]),
            box(0, 0, 1e-200, 5e-201),
            0.5,
        ),
    ],
)
def test_iou_is_the_worked_examples(a: Any, b: Any, expected: float) -> None:
    assert metrics.iou(a, b) == pytest.approx(expected, abs=1e-12)
    assert metrics.iou(b, a) == metrics.iou(a, b)


def random_polygon(rng: np.random.Generator, kind: int) -> list[tuple[float, float]]:
    n = int(rng.integers(3, 12))
    if kind == 0:  # corners anywhere: crosses itself
        return [tuple(p) for p in rng.random((n, 2)).tolist()]
    if kind == 1:  # on a grid: shared corners, level and overlapping edges
        return [tuple(p) for p in rng.integers(0, 5, (n, 2)).astype(float).tolist()]
    angles = np.sort(rng.random(n) * 2 * np.pi)  # a star
    radii = rng.random(n) * 2 + 0.1
    return list(zip((radii * np.cos(angles) + rng.random()).tolist(), (radii * np.sin(angles)).tolist()))


def surrounds(points: list[tuple[float, float]], x: float, y: float) -> bool:
    """Does a ray to the right cross an odd number of edges?"""
    inside = False
    for (x1, y1), (x2, y2) in zip(points, points[1:] + points[:1]):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
            inside = not inside
    return inside


def iou_by_faces(a: list[tuple[float, float]], b: list[tuple[float, float]]) -> float:
    """Cut the plane along all edges; ask for a point of each face which polygons surround it."""
    shared = either = 0.0
    for face in polygonize(unary_union([LinearRing(a), LinearRing(b)])):
        inside = face.representative_point()
        of_a, of_b = surrounds(a, inside.x, inside.y), surrounds(b, inside.x, inside.y)
        shared += face.area if of_a and of_b else 0
        either += face.area if of_a or of_b else 0
    return shared / either if either else 0.0


@pytest.mark.parametrize("kind", [0, 1, 2])
@pytest.mark.parametrize("seed", range(60))
def test_polygons_share_the_faces_that_both_surround(seed: int, kind: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = random_polygon(rng, kind), random_polygon(rng, int(rng.integers(0, 3)))
    found = metrics.iou(Polygon(a), Polygon(b))
    assert found == pytest.approx(iou_by_faces(a, b), abs=1e-9)
    assert metrics.iou(Polygon(b), Polygon(a)) == pytest.approx(found, abs=1e-12)


@pytest.mark.parametrize("seed", range(60))
def test_polygons_without_overlapping_edges_share_what_shapely_repairs(seed: int) -> None:
    """Of edges that lie on each other Shapely keeps one; the even-odd rule counts both."""
    rng = np.random.default_rng(seed)
    a, b = random_polygon(rng, 0), random_polygon(rng, 2 * int(rng.integers(0, 2)))
    one, other = make_valid(ShapelyPolygon(a)), make_valid(ShapelyPolygon(b))
    expected = one.intersection(other).area / one.union(other).area
    assert metrics.iou(Polygon(a), Polygon(b)) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(60))
def test_a_box_is_a_polygon_of_four_corners(seed: int) -> None:
    rng = np.random.default_rng(seed)
    corners = [np.sort(rng.integers(0, 6, (2, 2)) + rng.choice([0, 0.5]), axis=0).tolist() for _ in "ab"]
    boxes = [Box(tuple(c[0]), tuple(c[1])) for c in corners]
    polygons = [Polygon([tuple(lo), (hi[0], lo[1]), tuple(hi), (lo[0], hi[1])]) for lo, hi in corners]
    expected = metrics.iou(*boxes)
    assert metrics.iou(polygons[0], boxes[1]) == pytest.approx(expected, abs=1e-12)
    assert metrics.iou(*polygons) == pytest.approx(expected, abs=1e-12)


def test_large_polygons_are_swept_quickly_and_huge_ones_refused() -> None:
    angles = np.linspace(0, 2 * np.pi, 20000, endpoint=False)
    circle = Polygon(list(zip(np.cos(angles).tolist(), np.sin(angles).tolist())))
    shifted = Polygon([(x + 0.5, y) for x, y in circle.points])
    lens = 2 * math.acos(0.25) - 0.5 * math.sqrt(1 - 0.0625)
    assert metrics.iou(circle, shifted) == pytest.approx(lens / (2 * math.pi - lens), abs=1e-6)
    rng = np.random.default_rng(0)
    tangle = Polygon([tuple(p) for p in rng.random((3000, 2)).tolist()])
    with pytest.raises(ValueError, match="too many corners or crossings"):
        metrics.iou(tangle, tangle)


def test_what_is_no_shape_is_told() -> None:
    with pytest.raises(TypeError, match="<class 'int'> has neither top_left and bottom_right nor points"):
        metrics.iou(7, box(0, 0, 1, 1))
    with pytest.raises(ValueError, match="a point has 3 coordinates"):
        metrics.iou(Polygon([(0, 0, 0), (1, 1, 1), (2, 0, 0)]), box(0, 0, 1, 1))  # type: ignore[list-item]
    with pytest.raises(TypeError):
        metrics.iou(box("a", 0, 1, 1), box(0, 0, 1, 1))  # type: ignore[arg-type]


# ---------------------------------------------------------------- matching


def plain_match(truths: list[Box], inferences: list[Box], ignored: list[Box], threshold: float) -> Any:
    """The rules, word by word."""
    matched, unmatched, taken = [], [], set()
    for inference in sorted(inferences, key=lambda i: -i.score):
        best, at, real = -1.0, None, 0.0
        for place, truth in enumerate(truths + ignored):
            value = metrics.iou(truth, inference)
            if place < len(truths):
                real = max(real, value)
            if value >= threshold and value > best:
                best, at = value, place
        if at is None or at in taken:
            unmatched.append((inference, real))
        elif at < len(truths):
            taken.add(at)
            matched.append((truths[at], inference, best))
    return matched, [t for i, t in enumerate(truths) if i not in taken], unmatched


def random_boxes(rng: np.random.Generator, most: int, labels: str = "a") -> list[Box]:
    found = []
    for _ in range(int(rng.integers(0, most))):
        x, y = rng.integers(0, 4, 2).tolist()
        w, h = rng.integers(1, 4, 2).tolist()
        found.append(box(x, y, x + w, y + h, label=str(rng.choice(list(labels))), score=int(rng.integers(0, 4)) / 4))
    return found


@pytest.mark.parametrize("seed", range(200))
def test_matching_follows_its_rules(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truths, inferences, ignored = (random_boxes(rng, most) for most in (8, 12, 4))
    threshold = float(rng.choice([0, 0.3, 0.5, 1]))
    found = metrics.match_inferences(truths, inferences, ignored_ground_truths=ignored, iou_threshold=threshold)
    matched, unmatched_gt, unmatched_inf = plain_match(truths, inferences, ignored, threshold)
    assert [(gt, inf, inf.iou) for gt, inf in found.matched] == matched  # type: ignore[attr-defined]
    assert found.unmatched_gt == unmatched_gt
    assert [(inf, inf.iou) for inf in found.unmatched_inf] == unmatched_inf  # type: ignore[attr-defined]


def test_a_taken_truth_leaves_the_inference_unmatched() -> None:
    truths = [box(0, 0, 10, 10), box(0, 0, 10, 6)]
    first, second = box(0, 0, 10, 10, score=0.9), box(0, 0, 10, 9, score=0.8)
    found = metrics.match_inferences(truths, [second, first])
    assert found.matched == [(truths[0], first)]
    assert found.unmatched_gt == [truths[1]]
    assert found.unmatched_inf == [second]
    assert found.unmatched_inf[0].iou == pytest.approx(0.9)  # type: ignore[attr-defined]


def test_the_threshold_itself_suffices_and_real_truths_win_ties() -> None:
    half = box(0, 0, 2, 1, score=0.5)
    assert metrics.match_inferences([box(0, 0, 2, 2)], [half]).matched
    same = metrics.match_inferences([half], [half], ignored_ground_truths=[half])
    assert same.matched == [(half, half)]
    absorbed = metrics.match_inferences([], [half, half], ignored_ground_truths=[half])
    assert absorbed == metrics.InferenceMatches([], [], [])


def test_required_fields_must_be_equal() -> None:
    a, b = box(0, 0, 1, 1, label="a"), box(0, 0, 1, 1, label="b")
    assert metrics.match_inferences([a], [b]).matched == [(a, b)]
    found = metrics.match_inferences([a], [b], required_match_fields=["label"])
    assert (found.matched, found.unmatched_gt, found.unmatched_inf) == ([], [a], [b])
    missing = metrics.match_inferences([a], [a], required_match_fields=["label", "colour"])
    assert missing.matched == [(a, a)]


def test_extras_are_kept_and_the_given_ones_stay_as_they_are() -> None:
    inference = box(0, 0, 1, 1)
    inference.__dict__["colour"] = "red"
    found = metrics.match_inferences([box(0, 0, 1, 1)], [inference]).matched[0][1]
    assert (found.colour, found.iou) == ("red", 1.0)  # type: ignore[attr-defined]
    assert not hasattr(inference, "iou")
    with pytest.raises(ValueError, match="mode is 'coco', expected 'pascal'"):
        metrics.match_inferences([], [], mode="coco")  # type: ignore[arg-type]
    with pytest.raises(AttributeError, match="score"):
        metrics.match_inferences([], [Slotted()])
    assert metrics.match_inferences([], []) == metrics.InferenceMatches([], [], [])


class Slotted:
    __slots__ = ()
    top_left = bottom_right = (0, 0)


@pytest.mark.parametrize("seed", range(150))
def test_multiclass_matching_follows_its_rules(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truths, inferences, ignored = (random_boxes(rng, most, "abc") for most in (8, 12, 4))
    found = metrics.match_inferences_multiclass(truths, inferences, ignored_ground_truths=ignored, iou_threshold=0.4)
    matched, gts, infs = [], [], []
    for label in sorted({x.label for x in truths + inferences}):
        one = plain_match(*([x for x in xs if x.label == label] for xs in (truths, inferences, ignored)), 0.4)
        for total, part in zip((matched, gts, infs), one):
            total.extend(part)
    again, _, _ = plain_match(gts, [inf for inf, _ in infs], ignored, 0.4)
    confused = [(gt, inf) for gt, inf, _ in again if gt.label != inf.label]
    for gt, _ in confused:
        gts.remove(gt)
    assert [(gt, inf, inf.iou) for gt, inf in found.matched] == matched  # type: ignore[attr-defined]
    assert found.unmatched_gt == confused + [(gt, None) for gt in gts]
    assert [(inf, inf.iou) for inf in found.unmatched_inf] == infs  # type: ignore[attr-defined]


def as_rows(boxes: list[Box]) -> np.ndarray[Any, Any]:
    return np.array([[*b.top_left, *b.bottom_right] for b in boxes], dtype=float).reshape(-1, 4)


@pytest.mark.parametrize("seed", range(50))
def test_a_whole_data_set_matches_as_its_images_do(seed: int) -> None:
    rng = np.random.default_rng(seed)
    images = [[random_boxes(rng, most) for most in (6, 9, 3)] for _ in range(8)]
    truths = [(b, i, ignored) for i, im in enumerate(images) for ignored, bs in ((0, im[0]), (1, im[2])) for b in bs]
    inferences = [(b, i) for i, im in enumerate(images) for b in im[1]]
    found = metrics.match_boxes(
        as_rows([t[0] for t in truths]),
        as_rows([b for b, _ in inferences]),
        np.array([b.score for b, _ in inferences]),
        truth_groups=np.array([t[1] for t in truths], dtype=int),
        groups=np.array([i for _, i in inferences], dtype=int),
        ignored=np.array([t[2] for t in truths], dtype=int),
    )
    for i, (real, infs, ignored) in enumerate(images):
        matched, _, unmatched = plain_match(real, infs, ignored, 0.5)
        mine = [(b, int(m), float(iou)) for (b, at), m, iou in zip(inferences, *found) if at == i]
        assert sorted((b.score, v) for _, b, v in matched) == sorted((b.score, v) for b, m, v in mine if m >= 0)
        assert sorted((b.score, v) for b, v in unmatched) == sorted((b.score, v) for b, m, v in mine if m == -1)
        assert all(truths[m][1] == i for _, m, _ in mine if m >= 0)


def test_arrays_of_boxes_are_checked() -> None:
    one = [[0, 0, 1, 1]]
    assert metrics.match_boxes(one, one, [0.5]) == ([0], [1.0])
    assert metrics.match_boxes([], [], []) == ([], [])
    for truths, boxes, scores, more, message in (
        (one, one, [1, 2], {}, "boxes and scores differ in length: 1 and 2"),
        ([[0, 0, 1]], one, [1], {}, "four numbers"),
        (np.zeros((2, 3)), one, [1], {}, "boxes of 3 numbers"),
        (one, one, [1], {"groups": [1]}, "go together"),
        (one, one, [1], {"groups": [1], "truth_groups": [1, 2]}, "truths and truth_groups differ"),
        (one, one, [1], {"ignored": [1, 0]}, "truths and ignored differ"),
    ):
        with pytest.raises(ValueError, match=message):
            metrics.match_boxes(truths, boxes, scores, **more)


@pytest.mark.parametrize("seed", range(5))
def test_average_precision_of_detections_is_cocos(seed: int) -> None:
    """Boxes far apart, so that COCO's matching, which looks for the best free truth, finds the same."""
    rng = np.random.default_rng(seed)
    truths, inferences = [], []
    for image in range(20):
        for k in range(int(rng.integers(0, 5))):
            truths.append((image, [100.0 * k, 0.0, 50.0, 50.0]))
        for k in range(int(rng.integers(0, 6))):
            inferences.append((image, [100.0 * k + float(rng.integers(0, 40)), 0.0, 50.0, 50.0], float(rng.random())))
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "images": [{"id": i} for i in range(20)],
            "categories": [{"id": 1}],
            "annotations": [
                {"id": n + 1, "image_id": i, "category_id": 1, "bbox": b, "area": 2500, "iscrowd": 0}
                for n, (i, b) in enumerate(truths)
            ],
        }
        coco.createIndex()
        found = coco.loadRes([{"image_id": i, "category_id": 1, "bbox": b, "score": s} for i, b, s in inferences])
        coco_eval = COCOeval(coco, found, "bbox")
        coco_eval.evaluate()
        coco_eval.accumulate()
        coco_eval.summarize()
    corners = [np.array([[x, y, x + w, y + h] for _, (x, y, w, h), *_ in rows]) for rows in (truths, inferences)]
    groups = [np.array([row[0] for row in rows]) for rows in (truths, inferences)]
    scores = np.array([s for *_, s in inferences])
    areas = []
    for threshold in np.linspace(0.5, 0.95, 10):
        matches, _ = metrics.match_boxes(
            *corners, scores, truth_groups=groups[0], groups=groups[1], iou_threshold=threshold
        )
        area = metrics.average_precision(matches >= 0, scores, method="coco101", positives=len(truths))
        areas.append(area)
    assert areas[0] == pytest.approx(coco_eval.stats[1], abs=0.005)
    assert np.mean(areas) == pytest.approx(coco_eval.stats[0], abs=0.005)
