# SPDX-License-Identifier: Apache-2.0
"""Assets: files that belong to a sample, by where they are.  Nothing is uploaded."""

from typing import Optional

from ._data_object import DataObject, data_object
from ._field_types import FieldError


@data_object
class Asset(DataObject):
    """The base of all assets."""


@data_object
class _Located(Asset):
    locator: str


@data_object
class ImageAsset(_Located):
    """An image."""

    data_type = "ASSET/IMAGE"


@data_object
class PlainTextAsset(_Located):
    """A text file."""

    data_type = "ASSET/PLAIN_TEXT"


@data_object
class BinaryAsset(_Located):
    """Any file."""

    data_type = "ASSET/BINARY"


@data_object
class PointCloudAsset(_Located):
    """Points as .pcd, .npy or .npz (then with one more field, `npz_key`); right-handed, z upwards."""

    data_type = "ASSET/POINT_CLOUD"


@data_object
class AudioAsset(_Located):
    """A sound file."""

    data_type = "ASSET/AUDIO"


@data_object
class MeshAsset(_Located):
    """A surface as .ply."""

    data_type = "ASSET/MESH"


@data_object
class BaseVideoAsset(_Located):
    """A video, to be extended with fields that have no default."""

    data_type = "ASSET/VIDEO"


def check_clip(thing: DataObject, start: Optional[float], end: Optional[float]) -> None:
    """A part of a video: neither time is negative, and it does not end before it starts."""
    for name, time in (("start", start), ("end", end)):
        if time is not None and not time >= 0:
            raise FieldError(f"{type(thing).__name__}.{name}: {time} s is not a time in a video")
    if start is not None and end is not None and start > end:
        raise FieldError(f"{type(thing).__name__}: the start, {start} s, is after the end, {end} s")


@data_object
class VideoAsset(BaseVideoAsset):
    """A video or a part of one.

    Attributes:
        thumbnail: a picture to show for it.
        start, end: in seconds.
        frame_rate: frames per second.
    """

    thumbnail: Optional[ImageAsset] = None
    start: Optional[float] = None
    end: Optional[float] = None
    frame_rate: Optional[float] = None

    def _settle(self) -> None:
        check_clip(self, self.start, self.end)
        if self.frame_rate is not None and not self.frame_rate > 0:
            raise FieldError(f"{type(self).__name__}.frame_rate: {self.frame_rate} is not more than 0")


__all__ = [
    "Asset",
    "AudioAsset",
    "BaseVideoAsset",
    "BinaryAsset",
    "ImageAsset",
    "MeshAsset",
    "PlainTextAsset",
    "PointCloudAsset",
    "VideoAsset",
]
