# SPDX-License-Identifier: Apache-2.0
"""Pictures of activation maps, to be laid over images as a `BitmapMask`.  Needs NumPy; `encode_png` Pillow, too."""

from __future__ import annotations

import io
import math
from typing import Any

from ...errors import InputValidationError

_MAX = 255


class Colormap:
    """From an intensity, 0 to 255, to a colour.  A map of one's own extends it with `red`, `green` and `blue`.

    Args:
        fade_low_activation: whether low intensities are transparent.
    """

    def __init__(self, fade_low_activation: bool = True) -> None:
        self.fade_low_activation = fade_low_activation

    def red(self, intensity: Any) -> Any:
        """0 to 255."""
        raise NotImplementedError

    def green(self, intensity: Any) -> Any:
        """0 to 255."""
        raise NotImplementedError

    def blue(self, intensity: Any) -> Any:
        """0 to 255."""
        raise NotImplementedError

    def alpha(self, intensity: Any) -> Any:
        """0 (transparent) to 255: a logistic curve around the middle, or 255 without fading."""
        return _MAX / (1 + math.exp((_MAX / 2 - int(intensity)) / 8)) if self.fade_low_activation else _MAX

    def colorize(self, intensity: Any) -> Any:
        """Red, green, blue and alpha as an array."""
        import numpy

        channels = (self.red, self.green, self.blue, self.alpha)
        return numpy.array([int(channel(intensity)) for channel in channels], dtype=numpy.uint8)


class ColormapJet(Colormap):
    """MATLAB's "Jet": dark blue, blue, cyan, green, yellow, red, dark red."""

    @staticmethod
    def _ramp(intensity: float) -> int:
        """0 up to 1/8 of the range, rising up to 3/8, full up to 5/8, falling up to 7/8, 0."""
        eighths = 8 * intensity / _MAX
        return round(_MAX * max(0.0, min(1.0, (eighths - 1) / 2, (7 - eighths) / 2)))

    def red(self, intensity: Any) -> Any:
        return self._ramp(float(intensity) - _MAX / 4)

    def green(self, intensity: Any) -> Any:
        return self._ramp(float(intensity))

    def blue(self, intensity: Any) -> Any:
        return self._ramp(float(intensity) + _MAX / 4)


def colorize_activation_map(activation_map: Any, colormap: Colormap | None = None) -> Any:
    """A picture of an activation map.

    Args:
        activation_map: an array of shape (height, width) or (height, width, 1), of uint8, or of floats from 0 to 1.
        colormap: default Jet, low activations transparent.

    Returns:
        An array of shape (height, width, 4), uint8: red, green, blue, alpha.

    Raises:
        InputValidationError: the array is empty, or of another shape or type.
    """
    import numpy

    values = activation_map
    if values.size == 0:
        raise InputValidationError("the activation map is empty")
    if values.dtype.kind == "f" and bool(((values >= 0) & (values <= 1)).all()):
        values = numpy.rint(values * _MAX).astype(numpy.uint8)
    if values.dtype != numpy.uint8:
        raise InputValidationError(f"expected uint8, or floats from 0 to 1, got {values.dtype}")
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[:, :, 0]
    if values.ndim != 2:
        raise InputValidationError(f"expected the shape (h, w) or (h, w, 1), got {values.shape}")
    chosen = colormap or ColormapJet()
    return numpy.stack([chosen.colorize(numpy.uint8(i)) for i in range(_MAX + 1)])[values]


def encode_png(image: Any, mode: str) -> io.BytesIO:
    """A picture as a PNG file in memory.

    Args:
        image: an array of shape (h, w), (h, w, 1), (h, w, 3) or (h, w, 4), uint8.
        mode: how Pillow calls what its channels are: "L", "RGB", "RGBA".

    Raises:
        InputValidationError: the array is empty, or fits neither these shapes nor the mode.
    """
    from PIL import Image

    if image.size == 0:
        raise InputValidationError("the image is empty")
    if image.ndim not in (2, 3):
        raise InputValidationError(f"expected the shape (h, w), (h, w, 1), (h, w, 3) or (h, w, 4), got {image.shape}")
    channels = 1 if image.ndim == 2 else image.shape[2]
    try:
        expected = len(Image.new(mode, (1, 1)).getbands())
    except (KeyError, ValueError):
        raise InputValidationError(f"Pillow knows no mode {mode!r}") from None
    if channels != expected:
        raise InputValidationError(f"an image of the mode {mode!r} has not {channels} channels")
    picture = Image.fromarray(image[:, :, 0] if image.ndim == 3 and channels == 1 else image)
    data = io.BytesIO()
    (picture if picture.mode == mode else picture.convert(mode)).save(data, format="png")
    data.seek(0)
    return data


__all__ = ["Colormap", "ColormapJet", "colorize_activation_map", "encode_png"]
