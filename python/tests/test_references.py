# SPDX-License-Identifier: Apache-2.0
"""What `span.log` keeps, and that it keeps it as it was."""

from __future__ import annotations

import asyncio
import io
import json
import threading
import time
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from vireo import Vireo, _native


@pytest.fixture
def logged(vr: Vireo, spans: Any, fake: Any) -> Any:
    """Log one object; what came: (reference, bytes)."""

    def log(value: Any, **options: Any) -> tuple[dict[str, Any], bytes]:
        with vr.span("s") as span:
            span.log("thing", value, **options)
        reference = spans()[-1].reference("thing")
        media_type, data = fake.blobs[reference["sha256"]]
        assert media_type == reference["media_type"]
        assert len(data) == reference["size"]
        return reference, data

    return log


def test_a_pil_image(logged: Any, fake: Any) -> None:
    image = Image.effect_noise((300, 200), 50).convert("RGB")
    reference, data = logged(image)
    assert reference["media_type"] == "image/png"
    assert reference["meta"] == {"width": 300, "height": 200, "mode": "RGB"}
    assert Image.open(io.BytesIO(data)).tobytes() == image.tobytes()
    thumb = Image.open(io.BytesIO(fake.blobs[reference["thumb"]][1]))
    assert max(thumb.size) == 128


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "YCbCr", "I", "F", "I;16"])
def test_every_mode_of_image(logged: Any, mode: str) -> None:
    reference, data = logged(Image.new(mode, (200, 4)))
    assert Image.open(io.BytesIO(data)).size == (200, 4)
    assert reference["meta"]["mode"] == mode


def test_a_picture_like_array(logged: Any) -> None:
    a = (np.arange(48) * 5).astype("uint8").reshape(4, 4, 3)
    reference, data = logged(a)
    assert reference["media_type"] == "image/png"
    assert reference["meta"]["shape"] == [4, 4, 3]
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), a)
    _, data = logged(np.eye(3, dtype=bool))
    assert np.asarray(Image.open(io.BytesIO(data))).tolist() == (np.eye(3, dtype="uint8") * 255).tolist()


def test_other_arrays_are_kept_exactly_and_matrices_shown(logged: Any, fake: Any) -> None:
    a = np.random.default_rng(1).normal(size=(300, 20))
    a[0, 0] = np.nan
    reference, data = logged(a)
    assert reference["media_type"] == "application/x-npy"
    assert np.array_equal(np.load(io.BytesIO(data)), a, equal_nan=True)
    assert Image.open(io.BytesIO(fake.blobs[reference["thumb"]][1])).size == (7, 100)
    reference, data = logged(np.arange(5))
    assert reference["meta"] == {"shape": [5], "dtype": "int64", "min": 0, "max": 4}
    assert not reference.get("thumb")
    reference, _ = logged(np.array([{"a": 1}], dtype=object))
    assert reference["media_type"] == "application/json"


@pytest.mark.parametrize("library", [pd, pl])
def test_frames_are_tables(logged: Any, library: Any) -> None:
    frame = library.DataFrame({"n": [1, 2, 3], "x": [0.5, None, 2.0], "s": ["a", None, "c"]})
    reference, data = logged(frame)
    assert reference["media_type"] == "application/vnd.vireo.table+json"
    table = json.loads(data)
    assert table["columns"] == ["n", "x", "s"]
    assert table["rows"] == [[1, 0.5, "a"], [2, None, None], [3, 2.0, "c"]]
    assert reference["meta"] == {"rows": 3, "columns": 3, "shown": 3}


def test_large_frames_are_cut_and_an_index_is_shown(logged: Any) -> None:
    frame = pd.DataFrame({"v": range(5000)}, index=[f"row{i}" for i in range(5000)])
    reference, data = logged(frame)
    table = json.loads(data)
    assert table["columns"] == ["index", "v"]
    assert table["rows"][1] == ["row1", 1]
    assert (len(table["rows"]), table["total_rows"]) == (1000, 5000)
    assert reference["meta"]["rows"] == 5000
    assert json.loads(logged(pd.Series([1, 2], name="s"))[1])["columns"] == ["s"]


def test_bytes_text_and_json(logged: Any) -> None:
    out = io.BytesIO()
    Image.new("RGB", (5, 6)).save(out, "JPEG")
    reference, data = logged(out.getvalue())
    assert (reference["media_type"], data) == ("image/jpeg", out.getvalue())
    assert reference["meta"] == {"width": 5, "height": 6}
    assert logged(b"\x00\x01")[0]["media_type"] == "application/octet-stream"
    reference, data = logged("grün")
    assert (reference["media_type"], data.decode()) == ("text/plain", "grün")
    assert json.loads(logged({"a": [1, np.int8(2)]})[1]) == {"a": [1, 2]}
    assert logged("<b>", media_type="text/html")[0]["media_type"] == "text/html"
    assert logged(b"")[1] == b""


def test_figures_are_drawn(logged: Any) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots()
    axes.plot([1, 2, 3])
    reference, data = logged(figure)
    assert reference["media_type"] == "image/png"
    assert data.startswith(b"\x89PNG")
    assert logged(axes)[0]["meta"]["figure"] is True
    plt.close(figure)


def test_objects_are_kept_as_they_were(vr: Vireo, spans: Any, fake: Any) -> None:
    a = np.zeros((4, 4), dtype="uint8")
    buffer = bytearray(b"before")
    frame = pd.DataFrame({"a": [1]})
    image = Image.new("L", (2, 2))
    changed = threading.Event()
    vr._hooks.worker.submit(lambda: assert_true(changed.wait(10)))  # nothing is encoded before the change
    with vr.span("s") as span:
        span.log("i", image)
        span.log("a", a)
        span.log("b", buffer)
        span.log("f", frame)
        a[:] = 255
        buffer[:] = b"after!"
        frame.loc[0, "a"] = 9
        image.putpixel((0, 0), 255)
        changed.set()
    got = spans()[0]
    assert np.asarray(Image.open(io.BytesIO(fake.blobs[got.reference("a")["sha256"]][1]))).max() == 0
    assert fake.blobs[got.reference("b")["sha256"]][1] == b"before"
    assert json.loads(fake.blobs[got.reference("f")["sha256"]][1])["rows"] == [[1]]
    assert Image.open(io.BytesIO(fake.blobs[got.reference("i")["sha256"]][1])).getpixel((0, 0)) == 0


def assert_true(value: bool) -> None:
    assert value


def test_what_cannot_be_logged_is_told_and_nothing_raises(vr: Vireo, spans: Any) -> None:
    class Bad:
        __module__ = "pandas.fake"

        @property
        def shape(self) -> Any:
            raise RuntimeError("no shape")

    Bad.__name__ = "DataFrame"
    with vr.span("s") as span:
        span.log("bad", Bad())
        span.log("hostile", {"x": Bad()})
    got = spans()[0]
    assert "RuntimeError" in got.attributes["vireo.dropped.bad"]
    assert got.reference("hostile")["media_type"] == "application/json"


def test_the_end_of_a_span_is_its_own_not_that_of_its_images(vr: Vireo, spans: Any) -> None:
    image = Image.effect_noise((2000, 1500), 100)
    with vr.span("quick") as span:
        span.log("a", image)
        span.log("b", image)
    got = spans()[0]
    assert got.reference("a")["sha256"] == got.reference("b")["sha256"]
    assert got.end - got.start < 500_000_000


async def test_big_images_do_not_hold_the_event_loop(vr: Vireo, spans: Any) -> None:
    image = Image.effect_noise((3000, 2000), 100)
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0)
            longest = max(longest, time.perf_counter() - before)

    watcher = asyncio.create_task(watch())
    await asyncio.sleep(0.01)
    async with vr.span("s") as span:
        span.log("page", image)
    while span._client.hooks.worker._waiting:
        await asyncio.sleep(0.005)
    watcher.cancel()
    assert longest < 0.25  # encoding takes a second; bench/ measures exactly
    assert spans()[0].reference("page")["meta"]["width"] == 3000


def test_memory_for_waiting_references_is_bounded(vr: Vireo, spans: Any) -> None:
    block = np.random.default_rng(0).integers(0, 255, (2000, 2000), dtype="uint8")
    with vr.span("s") as span:
        for i in range(100):
            span.log(f"r{i}", block)
    dropped = vr.counters()["dropped_references"]
    assert dropped > 0
    got = spans()[0]
    kept = sum(k.startswith("vireo.reference.") for k in got.attributes)
    assert kept + sum(k.startswith("vireo.dropped.") for k in got.attributes) == 100


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([1, 2, 3, 4]), st.randoms())
@settings(deadline=None)
def test_png_files_are_read_back_equal(width: int, height: int, channels: int, random: Any) -> None:
    pixels = random.randbytes(width * height * channels)
    image = Image.open(io.BytesIO(_native.png(pixels, width, height, channels)))
    assert image.mode == {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[channels]
    assert (image.size, image.tobytes()) == ((width, height), pixels)


def test_png_sizes_that_do_not_fit_are_refused() -> None:
    for wrong in [(b"", 0, 1, 1), (b"abc", 2, 1, 1), (b"a", 1, 1, 5)]:
        with pytest.raises(ValueError, match="fit together"):
            _native.png(*wrong)
