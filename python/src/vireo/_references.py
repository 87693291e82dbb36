# SPDX-License-Identifier: Apache-2.0
"""Objects that a span keeps whole: images, arrays, frames, bytes, text, JSON, figures.

`prepare(object)` takes a copy now, so that later changes do not matter, and
returns a job that encodes the copy; the job runs on the worker.  What is
immutable is not copied.  A figure is drawn at once: it cannot be copied.

| object | media type | meta |
| --- | --- | --- |
| PIL image, figure, picture-like array | image/png | width, height, mode or shape and dtype |
| other array | application/x-npy, with a thumbnail when it is a matrix | shape, dtype, min, max |
| pandas or Polars frame | application/vnd.vireo.table+json | rows, columns, shown |
| bytes | by their first bytes, else application/octet-stream | |
| text | text/plain | |
| anything else | application/json | |
"""

from __future__ import annotations

import io
import json
import sys
import time
from typing import Any, Callable, NamedTuple

from . import _native
from ._convert import foreign_kind

TABLE_TYPE = "application/vnd.vireo.table+json"
ROWS_MAX = 1000
COLUMNS_MAX = 200
THUMB_PIXELS = 128
ROWS_A_TURN = 50
JSON_MAX = 16 * 1024 * 1024

_MAGIC = [
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PAR1", "application/vnd.apache.parquet"),
]


class Encoded(NamedTuple):
    """A reference as it is sent."""

    media_type: str
    data: bytes
    meta: dict[str, Any]
    thumb: bytes | None = None


class Prepared(NamedTuple):
    """A copy and what makes a reference of it; `size`: bytes that the copy holds."""

    encode: Callable[[], Encoded]
    size: int


# ---------------------------------------------------------------- pictures

_CHANNELS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}


def _picture_mode(image: Any) -> Any:
    return image if image.mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16") else image.convert("RGB")


def _pil_bytes(image: Any) -> bytes:
    channels = _CHANNELS.get(image.mode)
    if channels:  # Pillow's own encoder holds the interpreter's lock
        return _native.png(image.tobytes(), image.width, image.height, channels)
    out = io.BytesIO()
    image.save(out, format="PNG")
    return out.getvalue()


def _pil_thumb(image: Any) -> bytes | None:
    if max(image.size) <= THUMB_PIXELS:
        return None
    small = image.convert("RGBA" if "A" in image.mode else "RGB")
    small.thumbnail((THUMB_PIXELS, THUMB_PIXELS))
    return _pil_bytes(small)


def _pil(image: Any) -> Prepared:
    copy = image.copy()

    def encode() -> Encoded:
        shown = _picture_mode(copy)
        meta = {"width": copy.width, "height": copy.height, "mode": copy.mode}
        return Encoded("image/png", _pil_bytes(shown), meta, _pil_thumb(shown))

    return Prepared(encode, copy.width * copy.height * len(copy.getbands()))


def _figure(figure: Any) -> Prepared:
    out = io.BytesIO()
    figure.savefig(out, format="png")
    data = out.getvalue()

    def encode() -> Encoded:
        from PIL import Image  # matplotlib needs it too

        image = Image.open(io.BytesIO(data))
        meta = {"width": image.width, "height": image.height, "figure": True}
        return Encoded("image/png", data, meta, _pil_thumb(image))

    return Prepared(encode, len(data))


# ---------------------------------------------------------------- arrays


def _picture_like(a: Any) -> bool:
    if str(a.dtype) not in ("uint8", "bool") or a.size == 0:
        return False
    return a.ndim == 2 or (a.ndim == 3 and a.shape[2] in (1, 3, 4))


def _array_png(a: Any) -> bytes:
    """`a`: uint8, (height, width) or (height, width, channels)."""
    import numpy as np

    height, width = a.shape[:2]
    return _native.png(np.ascontiguousarray(a), width, height, a.shape[2] if a.ndim == 3 else 1)


def _shrunk(a: Any) -> Any:
    step = max(1, -(-max(a.shape[:2]) // THUMB_PIXELS))
    return a[::step, ::step]


def _stretched(a: Any) -> Any:
    """A matrix of numbers as grey levels, its least value black and its greatest white."""
    import numpy as np

    values = np.nan_to_num(a.astype("float64"))
    low, high = float(values.min()), float(values.max())
    return ((values - low) * (255.0 / ((high - low) or 1.0))).astype("uint8")


def _matrix_like(a: Any) -> bool:
    return bool(a.ndim == 2 and min(a.shape) >= 4 and a.dtype.kind in "biuf")


def _array_meta(a: Any) -> dict[str, Any]:
    import numpy as np

    meta: dict[str, Any] = {"shape": list(a.shape), "dtype": str(a.dtype)}
    finite = a[np.isfinite(a)] if a.dtype.kind == "f" else a
    if finite.size and a.dtype.kind in "iuf":
        meta.update(min=finite.min().item(), max=finite.max().item())
    return meta


def _encode_array(a: Any) -> Encoded:
    import numpy as np

    meta = _array_meta(a)
    if _picture_like(a):
        levels = a.astype("uint8") * 255 if a.dtype.kind == "b" else a
        meta.update(width=a.shape[1], height=a.shape[0])
        thumb = _array_png(_shrunk(levels)) if max(a.shape[:2]) > THUMB_PIXELS else None
        return Encoded("image/png", _array_png(levels), meta, thumb)
    out = io.BytesIO()
    np.save(out, a, allow_pickle=False)
    thumb = _array_png(_stretched(_shrunk(a))) if _matrix_like(a) else None
    return Encoded("application/x-npy", out.getvalue(), meta, thumb)


def _array(a: Any) -> Prepared:
    if a.dtype.hasobject:
        return _json(a)
    copy = a.copy()
    return Prepared(lambda: _encode_array(copy), copy.nbytes)


def _tensor(t: Any) -> Prepared:
    return _array(t.detach().cpu().numpy())


# ---------------------------------------------------------------- tables


def _table(columns: list[str], rows: list[list[Any]], total: int, width: int) -> Encoded:
    written = []
    for i, row in enumerate(rows):
        written.append(_native.encode(row, JSON_MAX))
        if i % ROWS_A_TURN == 0:
            time.sleep(0)  # let go of the interpreter's lock: an event loop may wait for it
    data = b'{"columns":%s,"rows":[%s],"total_rows":%d}' % (json.dumps(columns).encode(), b",".join(written), total)
    return Encoded(TABLE_TYPE, data, {"rows": total, "columns": width, "shown": len(rows)})


def _none_if_missing(value: Any) -> Any:
    return None if value is None or value != value else value


def _pandas(df: Any) -> Prepared:
    total, width = df.shape
    part = df.iloc[:ROWS_MAX, :COLUMNS_MAX].copy()

    def encode() -> Encoded:
        plain = type(part.index).__name__ == "RangeIndex"
        table = part if plain else part.reset_index()
        series = [[_none_if_missing(v) for v in table.iloc[:, i].tolist()] for i in range(table.shape[1])]
        rows = [list(row) for row in zip(*series)]
        return _table([str(c) for c in table.columns], rows, total, width)

    return Prepared(encode, int(part.memory_usage(deep=False).sum()))


def _polars(df: Any) -> Prepared:
    total, width = df.shape
    part = df[:, :COLUMNS_MAX].head(ROWS_MAX)  # immutable columns: a view is a snapshot
    return Prepared(
        lambda: _table(part.columns, [list(row) for row in part.rows()], total, width), part.estimated_size()
    )


# ---------------------------------------------------------------- the rest


def _sniff(data: bytes) -> str:
    if data[:4] == b"RIFF" and data[8:12] in (b"WEBP", b"WAVE"):
        return "image/webp" if data[8:12] == b"WEBP" else "audio/wav"
    return next((media for magic, media in _MAGIC if data.startswith(magic)), "application/octet-stream")


def _raw_meta(media_type: str, data: bytes) -> tuple[dict[str, Any], bytes | None]:
    """Size and thumbnail of a picture given as bytes, with Pillow if the program uses it."""
    if not media_type.startswith("image/") or "PIL" not in sys.modules:
        return {}, None
    try:
        from PIL import Image

        image = Image.open(io.BytesIO(data))
        return {"width": image.width, "height": image.height}, _pil_thumb(image)
    except Exception:
        return {}, None


def _bytes(data: Any) -> Prepared:
    copy = bytes(data)
    media_type = _sniff(copy)
    return Prepared(lambda: Encoded(media_type, copy, *_raw_meta(media_type, copy)), len(copy))


def _text(text: str) -> Prepared:
    return Prepared(
        lambda: Encoded("text/plain", text.encode("utf-8", "replace"), {"characters": len(text)}),
        len(text),
    )


def _json(thing: Any) -> Prepared:
    data = _native.encode(thing, JSON_MAX)
    return Prepared(lambda: Encoded("application/json", data, {}), len(data))


_FOREIGN: dict[tuple[str, str], Callable[[Any], Prepared]] = {
    ("PIL", "Image"): _pil,
    ("numpy", "ndarray"): _array,
    ("torch", "Tensor"): _tensor,
    ("pandas", "DataFrame"): _pandas,
    ("polars", "DataFrame"): _polars,
}


def _is_figure(kind: type) -> bool:
    return any(b.__name__ == "Figure" and b.__module__.startswith("matplotlib.") for b in kind.__mro__)


def prepare(thing: Any) -> Prepared:
    """A copy of `thing` as it is now.  May raise what the object's own methods raise."""
    if isinstance(thing, str):
        return _text(thing)
    if isinstance(thing, (bytes, bytearray, memoryview)):
        return _bytes(thing)
    kind = type(thing)
    foreign = foreign_kind(kind)
    if foreign in _FOREIGN:
        return _FOREIGN[foreign](thing)
    if foreign is not None and foreign[1] == "Series":
        return prepare(thing.to_frame())
    if _is_figure(kind):
        return _figure(thing)
    figure = getattr(thing, "figure", None)
    if kind.__module__.startswith("matplotlib.") and figure is not None and _is_figure(type(figure)):
        return _figure(figure)
    return _json(thing)
