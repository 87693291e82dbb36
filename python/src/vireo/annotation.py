# SPDX-License-Identifier: Apache-2.0
"""Annotations: boxes, polygons, labels and segments that are drawn over what they describe.

They may stand in samples, ground truths, inferences and metrics, alone or in
lists, and may carry more fields than they declare.  Boxes, polygons and
segments have labelled and scored variants.  Coordinates are pixels from the
upper left corner, times are seconds.
"""

import dataclasses
import math

from ._data_object import DataObject, data_object
from ._field_types import FieldError

Point = tuple[float, float]
Point3D = tuple[float, float, float]


@data_object
class Annotation(DataObject):
    """The base of all annotations."""


@data_object
class BoundingBox(Annotation):
    """An upright rectangle on an image or video.

    Corners given in another order are put in order, so that `top_left` is what it says.

    Attributes:
        top_left, bottom_right: corners (x, y), in pixels.
        width, height, area: derived.
        aspect_ratio: derived, width / height; 0 when the height is 0.
    """

    data_type = "ANNOTATION/BOUNDING_BOX"

    top_left: Point
    bottom_right: Point
    width: float = dataclasses.field(init=False)
    height: float = dataclasses.field(init=False)
    area: float = dataclasses.field(init=False)
    aspect_ratio: float = dataclasses.field(init=False)

    def _settle(self) -> None:
        (x0, y0), (x1, y1) = self.top_left, self.bottom_right
        if x0 > x1:
            x0, x1 = x1, x0
        if y0 > y1:
            y0, y1 = y1, y0
        object.__setattr__(self, "top_left", (x0, y0))
        object.__setattr__(self, "bottom_right", (x1, y1))
        width, height = x1 - x0, y1 - y0
        object.__setattr__(self, "width", width)
        object.__setattr__(self, "height", height)
        object.__setattr__(self, "area", width * height)
        object.__setattr__(self, "aspect_ratio", width / height if height else 0.0)


@data_object
class LabeledBoundingBox(BoundingBox):
    """A box with a label."""

    label: str


@data_object
class ScoredBoundingBox(BoundingBox):
    """A box with a score."""

    score: float


@data_object
class ScoredLabeledBoundingBox(BoundingBox):
    """A box with a label and a score."""

    label: str
    score: float


@data_object
class BoundingBox3D(Annotation):
    """A box in a point cloud.

    Attributes:
        center: (x, y, z).
        dimensions: lengths along x, y and z before rotation.
        rotations: about x, y and z, in radians.
        volume: derived, the product of the dimensions.
    """

    data_type = "ANNOTATION/BOUNDING_BOX_3D"

    center: Point3D
    dimensions: Point3D
    rotations: Point3D
    volume: float = dataclasses.field(init=False)

    def _settle(self) -> None:
        object.__setattr__(self, "volume", math.prod(self.dimensions))


@data_object
class LabeledBoundingBox3D(BoundingBox3D):
    """A box in a point cloud with a label."""

    label: str


@data_object
class ScoredBoundingBox3D(BoundingBox3D):
    """A box in a point cloud with a score."""

    score: float


@data_object
class ScoredLabeledBoundingBox3D(BoundingBox3D):
    """A box in a point cloud with a label and a score."""

    label: str
    score: float


@data_object
class Polygon(Annotation):
    """A closed outline on an image or video; the first point need not be repeated.

    Attributes:
        points: at least three corners (x, y), in pixels.
    """

    data_type = "ANNOTATION/POLYGON"

    points: list[Point]

    def _settle(self) -> None:
        if len(self.points) < 3:
            raise FieldError(f"{type(self).__name__}.points: a polygon has at least 3 points, got {len(self.points)}")


@data_object
class LabeledPolygon(Polygon):
    """An outline with a label."""

    label: str


@data_object
class ScoredPolygon(Polygon):
    """An outline with a score."""

    score: float


@data_object
class ScoredLabeledPolygon(Polygon):
    """An outline with a label and a score."""

    label: str
    score: float


@data_object
class Polyline(Annotation):
    """A line of straight parts on an image or video."""

    data_type = "ANNOTATION/POLYLINE"

    points: list[Point]


@data_object
class Polyline3D(Annotation):
    """A line of straight parts in a point cloud."""

    data_type = "ANNOTATION/POLYLINE_3D"

    points: list[Point3D]


@data_object
class Keypoints(Annotation):
    """Points on an image or video.

    One more field, `skeleton=[(0, 1), ...]`, tells which of them to connect.
    """

    data_type = "ANNOTATION/KEYPOINTS"

    points: list[Point]


@data_object
class Keypoints3D(Annotation):
    """Points in a point cloud."""

    data_type = "ANNOTATION/KEYPOINTS_3D"

    points: list[Point3D]


@data_object
class SegmentationMask(Annotation):
    """A class for every pixel, as a grey image of 8 bits.

    Attributes:
        labels: the label of each grey value; others are background.
        locator: where the image is.
    """

    data_type = "ANNOTATION/SEGMENTATION_MASK"

    labels: dict[int, str]
    locator: str


@data_object
class BitmapMask(Annotation):
    """Any picture to be laid over an image or video."""

    data_type = "ANNOTATION/BITMAP_MASK"

    locator: str


@data_object
class Label(Annotation):
    """A class of the whole sample."""

    data_type = "ANNOTATION/LABEL"

    label: str


@data_object
class ScoredLabel(Label):
    """A class with its score."""

    score: float


ClassificationLabel = Label
ScoredClassificationLabel = ScoredLabel


@data_object
class TimeSegment(Annotation):
    """A stretch of audio or video.

    One more field, `group`, tells segments of different speakers apart.

    Attributes:
        start, end: in seconds.
    """

    data_type = "ANNOTATION/TIME_SEGMENT"

    start: float
    end: float


@data_object
class LabeledTimeSegment(TimeSegment):
    """A stretch of audio or video with a label."""

    label: str


@data_object
class ScoredTimeSegment(TimeSegment):
    """A stretch of audio or video with a score."""

    score: float


@data_object
class ScoredLabeledTimeSegment(TimeSegment):
    """A stretch of audio or video with a label and a score."""

    label: str
    score: float


@data_object
class TextSegment(Annotation):
    """A part of a text.

    Attributes:
        text_field: the name of the field that holds the text.
        start, end: the first character, and the one behind the last.
    """

    data_type = "ANNOTATION/TEXT_SEGMENT"

    text_field: str
    start: int
    end: int

    def _settle(self) -> None:
        if not 0 <= self.start < self.end:
            raise FieldError(f"{type(self).__name__}: 0 <= start < end must hold, got {self.start} and {self.end}")


@data_object
class LabeledTextSegment(TextSegment):
    """A part of a text with a label."""

    label: str


@data_object
class ScoredTextSegment(TextSegment):
    """A part of a text with a score."""

    score: float


@data_object
class ScoredLabeledTextSegment(TextSegment):
    """A part of a text with a label and a score."""

    label: str
    score: float


@data_object
class CustomAnnotation(Annotation):
    """Anything else, told apart by its kind; not drawn."""

    data_type = "ANNOTATION/CUSTOM"

    kind: str


__all__ = [
    "Annotation",
    "BitmapMask",
    "BoundingBox",
    "BoundingBox3D",
    "ClassificationLabel",
    "CustomAnnotation",
    "Keypoints",
    "Keypoints3D",
    "Label",
    "LabeledBoundingBox",
    "LabeledBoundingBox3D",
    "LabeledPolygon",
    "LabeledTextSegment",
    "LabeledTimeSegment",
    "Polygon",
    "Polyline",
    "Polyline3D",
    "ScoredBoundingBox",
    "ScoredBoundingBox3D",
    "ScoredClassificationLabel",
    "ScoredLabel",
    "ScoredLabeledBoundingBox",
    "ScoredLabeledBoundingBox3D",
    "ScoredLabeledPolygon",
    "ScoredLabeledTextSegment",
    "ScoredLabeledTimeSegment",
    "ScoredPolygon",
    "ScoredTextSegment",
    "ScoredTimeSegment",
    "SegmentationMask",
    "TextSegment",
    "TimeSegment",
]
