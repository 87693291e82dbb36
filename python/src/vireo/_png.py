# SPDX-License-Identifier: Apache-2.0
"""The smallest PNG writer that shows an array; for where Pillow is not installed, and for arrays anyway.

Format: https://www.w3.org/TR/png-3/, 8 bits a sample, no filtering.  zlib gives up the GIL while it works.
"""

from __future__ import annotations

import struct
import zlib

_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # samples a pixel -> grey, grey+alpha, RGB, RGBA


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def encode(pixels: bytes, width: int, height: int, channels: int) -> bytes:
    """A PNG file.

    Args:
        pixels: rows from the top, each `width * channels` bytes.
        channels: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA.

    Raises:
        ValueError: the sizes do not fit together.
    """
    stride = width * channels
    if channels not in _COLOUR_TYPES or width < 1 or height < 1 or len(pixels) != stride * height:
        raise ValueError("pixels, width, height and channels do not fit together")
    rows = b"".join(b"\0" + pixels[i * stride : (i + 1) * stride] for i in range(height))
    return encode_rows(rows, width, height, channels)


def encode_rows(rows: bytes, width: int, height: int, channels: int) -> bytes:
    """The same from rows that each begin with their filter's byte, 0; they are not checked."""
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPES[channels], 0, 0, 0)
    body = _chunk(b"IDAT", zlib.compress(rows, 6))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + body + _chunk(b"IEND", b"")
