# SPDX-License-Identifier: Apache-2.0
"""Boxes and polygons: intersection over union, and which inference found which ground truth.

Any object with `points` is a polygon, any with `top_left` and `bottom_right` a box; inferences have a
`score`, and where labels matter everything has a `label`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from .. import _metrics
from ._columns import Numbers, column, like

GT = TypeVar("GT")
Inf = TypeVar("Inf")

_NONE, _DROPPED = -1, -2


@dataclass(frozen=True)
class InferenceMatches(Generic[GT, Inf]):
    """What `match_inferences` found.  Inferences are copies with one more attribute, `iou`: with the ground truth
    that they matched, else the largest with any that is not ignored."""

    matched: list[tuple[GT, Inf]]
    """True positives, by descending score."""
    unmatched_gt: list[GT]
    """False negatives, in the order given."""
    unmatched_inf: list[Inf]
    """False positives, by descending score."""


@dataclass(frozen=True)
class MulticlassInferenceMatches(Generic[GT, Inf]):
    """What `match_inferences_multiclass` found."""

    matched: list[tuple[GT, Inf]]
    """True positives, by label, then by descending score."""
    unmatched_gt: list[tuple[GT, Inf | None]]
    """False negatives: first those that an inference of another label found, with it, then the others."""
    unmatched_inf: list[Inf]
    """False positives, the confused ones among them."""


class BoxMatches(NamedTuple):
    matches: Any
    """For each box the place of its ground truth, -1 for none, -2 when an ignored one absorbed it."""
    ious: Any
    """Its IoU with that one, else the largest with any that is not ignored."""


def iou(a: object, b: object) -> float:
    """Intersection over union of two boxes or polygons, 0 to 1.

    Of two boxes: 0 when they only touch, have no area, or their corners are swapped.  With a polygon: what
    an odd number of its edges surrounds belongs to it (a bow-tie is its two triangles).  0 when the union has
    no area or a coordinate is not finite.
    """
    return _metrics.iou(a, b)


def _with_iou(inference: Inf, value: float) -> Inf:
    """A copy, frozen or not, with `iou`; other attributes are kept, those beyond its fields too."""
    copied = object.__new__(type(inference))
    try:
        copied.__dict__.update(inference.__dict__, iou=value)
    except AttributeError:
        raise TypeError(f"{type(inference)} has no room for the attribute iou") from None
    return copied


def _check_mode(mode: str) -> None:
    if mode != "pascal":
        raise ValueError(f"mode is {mode!r}, expected 'pascal'")


@dataclass
class _Part:
    """What matches among itself."""

    truths: list[Any] = field(default_factory=list)
    ignored: list[Any] = field(default_factory=list)
    inferences: list[Any] = field(default_factory=list)


def _match(part: _Part, threshold: float) -> InferenceMatches[Any, Any]:
    truths, inferences = tuple(part.truths), tuple(part.inferences)
    matched: list[tuple[Any, Any]] = []
    unmatched = []
    taken = set()
    for place, truth, value in _metrics.match(truths, tuple(part.ignored), inferences, threshold):
        if truth == _DROPPED:
            continue
        inference = _with_iou(inferences[place], value)
        if truth == _NONE:
            unmatched.append(inference)
        else:
            matched.append((truths[truth], inference))
            taken.add(truth)
    return InferenceMatches(matched, [gt for i, gt in enumerate(truths) if i not in taken], unmatched)


def _partition(
    truths: Iterable[Any], inferences: Iterable[Any], ignored: Iterable[Any] | None, fields: Sequence[str]
) -> list[_Part]:
    """By the values of `fields`, a missing one counting as None; in the order in which they come."""
    if not fields:
        return [_Part(list(truths), list(ignored or ()), list(inferences))]
    parts: dict[tuple[Any, ...], _Part] = defaultdict(_Part)
    for name, objects in (("truths", truths), ("inferences", inferences), ("ignored", ignored or ())):
        for o in objects:
            getattr(parts[tuple(getattr(o, f, None) for f in fields)], name).append(o)
    return list(parts.values())


def match_inferences(
    ground_truths: Sequence[GT],
    inferences: Sequence[Inf],
    *,
    ignored_ground_truths: Sequence[GT] | None = None,
    mode: Literal["pascal"] = "pascal",
    iou_threshold: float = 0.5,
    required_match_fields: Sequence[str] | None = None,
) -> InferenceMatches[GT, Inf]:
    """Match the inferences of one image with its ground truths, whatever their labels.

    By descending score (equal ones as they come) each inference takes the ground truth of largest IoU at or
    above the threshold, the first of equal ones, ignored ones last.  Is that one taken, the inference stays
    unmatched, even if another would do.  Is it ignored, the inference is left out; an ignored ground truth
    absorbs any number.

    Args:
        required_match_fields: attributes that must be equal in both for a match.

    Raises:
        ValueError: another mode; polygons too large to compare.
    """
    _check_mode(mode)
    fields = required_match_fields or ()
    result: InferenceMatches[GT, Inf] = InferenceMatches([], [], [])
    for part in _partition(ground_truths, inferences, ignored_ground_truths, fields):
        found = _match(part, iou_threshold)
        result.matched.extend(found.matched)
        result.unmatched_gt.extend(found.unmatched_gt)
        result.unmatched_inf.extend(found.unmatched_inf)
    return result


def _by_label(parts: dict[Any, _Part], name: str, objects: Iterable[Any]) -> None:
    for o in objects:
        getattr(parts[o.label], name).append(o)


def match_inferences_multiclass(
    ground_truths: Sequence[GT],
    inferences: Sequence[Inf],
    *,
    ignored_ground_truths: Sequence[GT] | None = None,
    mode: Literal["pascal"] = "pascal",
    iou_threshold: float = 0.5,
    required_match_fields: Sequence[str] | None = None,
) -> MulticlassInferenceMatches[GT, Inf]:
    """Match the inferences of one image with its ground truths label by label, then see which were confused.

    After each label by itself, as `match_inferences`, all unmatched inferences are matched with all
    unmatched ground truths (and all ignored ones) once more: pairs of different labels are confused.
    """
    _check_mode(mode)
    ignored = ignored_ground_truths or ()
    parts: dict[Any, _Part] = defaultdict(_Part)
    _by_label(parts, "truths", ground_truths)
    _by_label(parts, "inferences", inferences)
    labels = sorted(parts)
    _by_label(parts, "ignored", ignored)
    matched: list[tuple[GT, Inf]] = []
    unmatched_gt: list[GT] = []
    unmatched_inf: list[Inf] = []
    options: dict[str, Any] = {"iou_threshold": iou_threshold, "required_match_fields": required_match_fields}
    for label in labels:
        part = parts[label]
        found = match_inferences(part.truths, part.inferences, ignored_ground_truths=part.ignored, **options)
        matched += found.matched
        unmatched_gt += found.unmatched_gt
        unmatched_inf += found.unmatched_inf
    again = match_inferences(unmatched_gt, unmatched_inf, ignored_ground_truths=ignored, **options)
    confused = [(gt, inf) for gt, inf in again.matched if gt.label != inf.label]  # type: ignore[attr-defined]
    for gt, _ in confused:
        unmatched_gt.remove(gt)
    return MulticlassInferenceMatches(matched, [*confused, *((gt, None) for gt in unmatched_gt)], unmatched_inf)


def _flat(boxes: Any) -> Any:
    boxes = column(boxes)
    if hasattr(boxes, "reshape"):
        if boxes.ndim == 2 and boxes.shape[1] != 4:
            raise ValueError(f"boxes of {boxes.shape[1]} numbers, expected 4")
        return boxes.reshape(-1)
    return [x for box in boxes for x in box] if boxes and not isinstance(boxes[0], (int, float)) else boxes


def match_boxes(
    truths: Numbers,
    boxes: Numbers,
    scores: Numbers,
    *,
    truth_groups: Numbers | None = None,
    groups: Numbers | None = None,
    ignored: Numbers | None = None,
    iou_threshold: float = 0.5,
) -> BoxMatches:
    """Match the boxes of a whole data set at once, by the rules of `match_inferences`.

    Args:
        truths: n boxes, shape (n, 4), as x1, y1, x2, y2.  boxes: m inferences, shape (m, 4).
        scores: m numbers.
        truth_groups, groups: n and m whole numbers; only boxes of the same group match, so the
            number of an image, or image * labels + label.
        ignored: n of 0 and 1.
    """
    matches, ious = _metrics.match_boxes(
        _flat(truths),
        _flat(boxes),
        column(scores),
        None if truth_groups is None else column(truth_groups),
        None if groups is None else column(groups),
        None if ignored is None else column(ignored),
        iou_threshold,
    )
    return BoxMatches(like(matches, boxes, scores), like(ious, boxes, scores))
