# SPDX-License-Identifier: Apache-2.0
"""Kolena's files of frames, and its pictures of activation maps."""

from __future__ import annotations

import io
import math
import pathlib
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from vireo.annotation import LabeledBoundingBox, ScoredLabel
from vireo.asset import ImageAsset
from vireo.compat.kolena.errors import InputValidationError
from vireo.compat.kolena.io import (
    dataframe_from_csv,
    dataframe_from_json,
    dataframe_from_parquet,
    dataframe_to_csv,
    dataframe_to_parquet,
)
from vireo.compat.kolena.workflow.visualization import Colormap, ColormapJet, colorize_activation_map, encode_png


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "locator": ["s3://a/1.png", "s3://a/2.png", "007"],
            "boxes": [[LabeledBoundingBox((0, 0), (i + 1, 1), "car", occluded=True)] for i in range(3)],
            "best": [ScoredLabel("car", 0.5), None, ScoredLabel('a "cat"', 1.0)],
            "nested": [{"asset": ImageAsset("s3://a/mask.png"), "values": [1, None, 1.5]}, {}, None],
            "text": ["{not json", "'quoted'", "[1, 2"],
            "any": pd.Series([True, "1e5", None], dtype=object),
            "number": [1.5, math.nan, 3],
        }
    )


@pytest.mark.parametrize("how", ["csv", "json", "parquet", "json text"])
def test_frames_with_data_objects_come_back(how: str, tmp_path: pathlib.Path) -> None:
    path, given = tmp_path / "frame", frame()
    if how == "csv":
        given["text"] = ["{not json", "plain", "[1, 2"]  # quotes are no part of a cell's text in Kolena's CSV
        assert dataframe_to_csv(given, path, index=False) is None
        back = dataframe_from_csv(path)
    elif how == "parquet":
        dataframe_to_parquet(given, path)
        back = dataframe_from_parquet(path)
    else:
        given = given.drop(columns="any")  # which pandas reads as dates
        text = given.to_json(default_handler=lambda x: x.to_dict())
        path.write_text(text)
        back = dataframe_from_json(text if how == "json text" else path)
    assert list(back.columns) == list(given.columns)
    for name in given.columns:
        for found, expected in zip(back[name], given[name]):
            nothing = expected is None or (isinstance(expected, float) and math.isnan(expected))
            assert pd.isna(found) if nothing else found == expected and type(found) is type(expected), name
    assert back["boxes"][2][0].occluded is True


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("12", 12),
        ("-0.5", -0.5),
        ("007", "007"),
        ("1e5", "1e5"),
        ("True", True),
        ("null", None),
        ("'a b'", "a b"),
        ('"7"', "7"),
        ("[1, 2", "[1, 2"),
        ('{"a": [1]}', {"a": [1]}),
        ("x", "x"),
    ],
)
def test_cells_of_text_are_what_they_look_like(cell: str, expected: Any) -> None:
    text = pd.DataFrame({"a": [cell, "text"]}).to_csv(index=False)
    found = dataframe_from_csv(io.StringIO(text), keep_default_na=False)["a"][0]
    assert pd.isna(found) if expected is None else found == expected


def test_activation_maps_are_coloured_by_jet() -> None:
    values = np.arange(256, dtype=np.uint8).reshape(16, 16)
    picture = colorize_activation_map(values)
    assert picture.shape == (16, 16, 4)
    assert picture.dtype == np.uint8
    flat = picture.reshape(-1, 4)
    # Ramps between eighths of the range: blue first, then green, then red.
    knots = {
        "blue": [-0.125, 0.125, 0.375, 0.625],
        "green": [0.125, 0.375, 0.625, 0.875],
        "red": [0.375, 0.625, 0.875, 1.125],
    }
    for channel, name in enumerate(("red", "green", "blue")):
        expected = np.interp(np.arange(256) / 255, knots[name], [0, 255, 255, 0])
        assert np.abs(flat[:, channel] - expected).max() <= 0.5 + 1e-9
    expected = 255 / (1 + np.exp((127.5 - np.arange(256)) / 8))
    assert np.abs(flat[:, 3] - np.floor(expected)).max() == 0
    assert (colorize_activation_map(values, ColormapJet(False))[:, :, 3] == 255).all()
    same = colorize_activation_map(values[:, :, None] / 255.0)
    assert (same == picture).all()
    assert values.max() == 255  # the input stays as it was


def test_a_colormap_of_ones_own() -> None:
    class Grey(Colormap):
        def red(self, intensity: Any) -> Any:
            return intensity

        green = blue = red

    assert colorize_activation_map(np.array([[7]], np.uint8), Grey(False)).tolist() == [[[7, 7, 7, 255]]]


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((0, 3)),
        np.zeros((2, 2), int),
        np.full((2, 2), 1.5),
        np.zeros((2, 2, 3), np.uint8),
        np.zeros(3, np.uint8),
    ],
)
def test_activation_maps_that_are_none(wrong: Any) -> None:
    with pytest.raises(InputValidationError):
        colorize_activation_map(wrong)


@pytest.mark.parametrize(("mode", "shape"), [("L", (4, 5)), ("L", (4, 5, 1)), ("RGB", (4, 5, 3)), ("RGBA", (4, 5, 4))])
def test_pictures_become_png(mode: str, shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8)
    back = Image.open(encode_png(pixels, mode))
    assert back.mode == mode
    assert (np.asarray(back).reshape(shape) == pixels).all()


@pytest.mark.parametrize(
    ("pixels", "mode"),
    [(np.zeros((0, 0)), "L"), (np.zeros(3), "L"), (np.zeros((2, 2, 3), np.uint8), "L"), (np.zeros((2, 2)), "NONE")],
)
def test_pictures_that_are_none(pixels: Any, mode: str) -> None:
    with pytest.raises(InputValidationError):
        encode_png(pixels, mode)
