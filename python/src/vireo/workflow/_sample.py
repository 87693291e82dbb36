# SPDX-License-Identifier: Apache-2.0
"""Samples, ground truths and inferences: what a model is given, what is right, what it answers."""

from typing import Any, Optional, Union

from .._data_object import DataObject, data_object
from .._field_types import FieldError, resolved_hints
from ..asset import ImageAsset, check_clip
from . import _grammar

Metadata = dict[str, Union[str, float, int, bool, list[Union[str, float, int, bool, None]], None]]
"""The type of a sample's field `metadata`: scalars and lists of scalars by name, to slice by.

Metadata is no part of what a sample is: the same input with other metadata is the same sample.
"""


@data_object
class TestSample(DataObject):
    """The input of a model: to be extended, or one of the types below it."""

    __test__ = False  # nothing for pytest to collect
    data_type = "TEST_SAMPLE/CUSTOM"

    def to_input(self) -> dict[str, Any]:
        """What identifies the sample: all but its metadata."""
        values = self.to_dict()
        values.pop(_grammar.METADATA, None)
        return values

    def to_metadata(self) -> dict[str, Any]:
        """Its metadata; empty where it has none."""
        return self.to_dict().get(_grammar.METADATA) or {}


@data_object
class Composite(TestSample):
    """Several basic samples together, each a field."""

    data_type = "TEST_SAMPLE/COMPOSITE"


@data_object
class Image(TestSample):
    """An image, by where it is."""

    data_type = "TEST_SAMPLE/IMAGE"

    locator: str


@data_object
class ImagePair(Composite):
    """Two images."""

    a: Image
    b: Image


@data_object
class Text(TestSample):
    """A text."""

    data_type = "TEST_SAMPLE/TEXT"

    text: str


@data_object
class ImageText(Composite):
    """An image and a text."""

    image: Image
    text: Text


@data_object
class BaseVideo(TestSample):
    """A video, to be extended with fields that have no default."""

    data_type = "TEST_SAMPLE/VIDEO"

    locator: str


@data_object
class Video(BaseVideo):
    """A video or a part of one.

    Attributes:
        thumbnail: a picture to show for it.
        start, end: in seconds.
    """

    thumbnail: Optional[ImageAsset] = None
    start: Optional[float] = None
    end: Optional[float] = None

    def _settle(self) -> None:
        check_clip(self, self.start, self.end)


@data_object
class Document(TestSample):
    """A document such as a PDF, by where it is."""

    data_type = "TEST_SAMPLE/DOCUMENT"

    locator: str


@data_object
class PointCloud(TestSample):
    """Points in space, by where their file is."""

    data_type = "TEST_SAMPLE/POINT_CLOUD"

    locator: str


@data_object
class Audio(TestSample):
    """A sound, by where it is."""

    data_type = "TEST_SAMPLE/AUDIO"

    locator: str


@data_object
class GroundTruth(DataObject):
    """What is right for a sample: to be extended."""


@data_object
class Inference(DataObject):
    """What a model answers to a sample: to be extended."""


BASIC = (Composite, Image, Text, BaseVideo, Document, PointCloud, Audio)


def check_sample_type(cls: type[TestSample]) -> None:
    """Raise FieldError unless `cls` can be a workflow's sample."""
    if not (isinstance(cls, type) and issubclass(cls, TestSample)):
        raise FieldError(f"{cls!r}: a sample extends TestSample")
    if not issubclass(cls, BASIC) and cls.data_type != TestSample.data_type:
        names = ", ".join(t.__name__ for t in BASIC)
        raise FieldError(f"{cls.__name__}: only what extends one of {names} can be a {cls.data_type}")
    parts = sample_parts(cls)
    for name in parts:
        part = resolved_hints(cls)[name]
        if issubclass(part, Composite):
            raise FieldError(f"{cls.__name__}.{name}: a composite in a composite is not possible")
        check_sample_type(part)
    _grammar.check_sample(cls, parts)


def sample_parts(cls: type[TestSample]) -> tuple[str, ...]:
    """Names of the basic samples in a composite one."""
    return _grammar.composite_fields(cls, Composite, TestSample)


def check_answer_type(cls: type[DataObject], base: type[DataObject], sample: type[TestSample]) -> None:
    """Raise FieldError unless `cls` can be the ground truth or inference (`base`) of a workflow of `sample`."""
    if not (isinstance(cls, type) and issubclass(cls, base)):
        raise FieldError(f"{cls!r}: it must extend {base.__name__}")
    _grammar.check_answer(cls, sample_parts(sample))
