# SPDX-License-Identifier: Apache-2.0
"""Kolena's dataset calls against the real binary."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from conftest import Server
from vireo import NotFoundError, Vireo
from vireo.annotation import LabeledBoundingBox, ScoredLabel
from vireo.compat.kolena.dataset import (
    EvalConfigResults,
    download_dataset,
    download_results,
    get_models,
    list_datasets,
    upload_dataset,
    upload_results,
)
from vireo.compat.kolena.dataset import _data_type as data_type
from vireo.compat.kolena.errors import DuplicateDatapointIdError, IncorrectUsageError, InputValidationError
from vireo.workflow import connect


@pytest.fixture(autouse=True)
def connected(server: Server) -> Iterator[Vireo]:
    client = connect(Vireo("kolena", url=server.url))
    yield client
    client.close(1)


def frame(*numbers: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "locator": [f"s3://bucket/{i}.png" for i in numbers],
            "city": [["Rome", None][i % 2] for i in numbers],
            "width": pd.Series([[math.nan, math.inf, 1.5][i % 3] for i in numbers], dtype=object),
            "boxes": [[LabeledBoundingBox((0, 0), (i + 1, 1), "car")] for i in numbers],
        }
    )


def test_a_dataset_comes_back_as_it_was() -> None:
    upload_dataset("d", frame(0, 1, 2, 3))
    back = download_dataset("d")
    assert list(back.columns) == ["locator", "city", "width", "boxes"]
    assert back["locator"].tolist() == frame(0, 1, 2, 3)["locator"].tolist()
    assert back["city"].tolist() == ["Rome", None, "Rome", None]
    assert [repr(w) for w in back["width"]] == ["nan", "inf", "1.5", "nan"]
    assert back["boxes"][2] == [LabeledBoundingBox((0, 0), (3, 1), "car")]
    assert list_datasets() == ["d"]


def test_uploads_replace_or_append_and_old_commits_stay() -> None:
    upload_dataset("d", frame(0, 1))
    upload_dataset("d", iter([frame(1), frame(2)]))
    assert [x[-5] for x in download_dataset("d")["locator"]] == ["1", "2"]
    upload_dataset("d", frame(2, 3), append_only=True)
    assert [x[-5] for x in download_dataset("d")["locator"]] == ["1", "2", "3"]
    assert [x[-5] for x in download_dataset("d", commit=1)["locator"]] == ["0", "1"]
    for missing in ({"name": "none"}, {"name": "d", "commit": 99}):
        with pytest.raises(NotFoundError):
            download_dataset(**missing)  # type: ignore[arg-type]


def test_ids_are_inferred_or_given_and_must_be_unique() -> None:
    upload_dataset("by id", pd.DataFrame({"id": [1, 2], "locator": ["x", "x"]}))
    upload_dataset("by columns", pd.DataFrame({"id_a": [1, 1], "b_id": [1, 2], "text": ["x", "x"]}))
    upload_dataset("given", pd.DataFrame({"a": [1, 1], "b": [1, 2]}), id_fields=["a", "b"])
    with pytest.raises(DuplicateDatapointIdError, match="s3://bucket/1"):
        upload_dataset("d", frame(0, 1, 1))
    for wrong in (pd.DataFrame({"a": [1]}), pd.DataFrame(), iter(())):
        with pytest.raises(InputValidationError):
            upload_dataset("d", wrong)
    with pytest.raises(InputValidationError):
        upload_dataset("given", pd.DataFrame({"a": [1]}), id_fields=["a"])
    with pytest.raises(InputValidationError):
        upload_dataset(" ", frame(0))
    assert "d" not in list_datasets()


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"locator": "s3://a/b.JPG?versionId=3"}, "IMAGE"),
        ({"locator": "x.mp4"}, "VIDEO"),
        ({"locator": "x", "file_extension": "mp3"}, "AUDIO"),
        ({"locator": "x.pdf"}, "DOCUMENT"),
        ({"locator": "x.csv"}, "DOCUMENT"),
        ({"locator": "x.pcd"}, "POINT_CLOUD"),
        ({"locator": "x.bin"}, "TABULAR"),
        ({"text": "x"}, "TEXT"),
        ({"a": 1}, "TABULAR"),
    ],
)
def test_rows_know_what_they_are(row: dict[str, Any], expected: str) -> None:
    assert data_type(row) == f"DATAPOINT/{expected}"


def results(*numbers: int, shift: float = 0.0) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "locator": [f"s3://bucket/{i}.png" for i in numbers],
            "label": [ScoredLabel("car", i / 10 + shift) for i in numbers],
            "correct": [i % 2 == 0 for i in numbers],
            "error": [math.nan if i == 1 else i + shift for i in numbers],
        }
    )


def test_results_are_joined_by_id_and_accumulate() -> None:
    upload_dataset("d", frame(0, 1, 2, 3))
    upload_results("d", "m", results(0, 1, 99), tags=["night"])
    rows, ((config, found),) = download_results("d", "m")
    assert (config, len(rows), len(found)) == (None, 4, 4)
    assert found["label"].tolist() == [ScoredLabel("car", 0.0), ScoredLabel("car", 0.1), None, None]
    assert found["correct"].tolist() == [True, False, None, None]
    assert math.isnan(found["error"][1])
    upload_results("d", "m", iter([results(1, 2, shift=0.5)]))
    _, ((_, found),) = download_results("d", "m")
    assert [label and label.score for label in found["label"]] == [0.0, 0.6, 0.7, None]
    assert get_models("d") == [("m", ["night"])]


def test_tags_stay_until_others_are_given_and_other_metadata_always(connected: Vireo) -> None:
    upload_dataset("d", frame(0, 1))
    upload_results("d", "m", results(0))
    (path,) = (f"/evaluations/{e['id']}" for e in connected.request("GET", "/evaluations")["items"])
    connected.request("PATCH", path, json.dumps({"metadata": {"note": "mine"}}).encode())
    for tags, expected in (
        (["night", "day"], ["day", "night"]),
        (None, ["day", "night"]),
        (["dusk"], ["dusk"]),
        ([], []),
    ):
        upload_results("d", "m", results(1), tags=tags)
        assert get_models("d") == [("m", expected)]
        assert connected.request("GET", path)["metadata"] == {"note": "mine", "tags": expected}


def test_each_eval_config_has_its_results() -> None:
    upload_dataset("d", frame(0, 1))
    low, high = {"t": 0.1}, {"t": 0.9, "nested": {"a": [1]}}
    upload_results("d", "m", [EvalConfigResults(low, results(0, 1)), EvalConfigResults(high, results(0, shift=1.0))])
    _, found = download_results("d", "m")
    assert [r.eval_config for r in found] == [low, high]
    assert [label and label.score for label in found[1].results["label"]] == [1.0, None]
    with pytest.raises(IncorrectUsageError, match="duplicate eval configs are invalid"):
        upload_results("d", "m", [EvalConfigResults(low, results(0)), EvalConfigResults(low, results(1))])


def test_results_that_make_no_sense_are_refused() -> None:
    upload_dataset("d", frame(0, 1))
    with pytest.raises(NotFoundError):
        upload_results("none", "m", results(0))
    with pytest.raises(NotFoundError, match="no such model"):
        download_results("d", "none")
    with pytest.raises(NotFoundError):
        download_results("none", "m")
    with pytest.raises(InputValidationError, match="beside the ids"):
        upload_results("d", "m", results(0)[["locator"]])
    with pytest.raises(InputValidationError, match="lacks the id"):
        upload_results("d", "m", results(0)[["label"]])
    with pytest.raises(DuplicateDatapointIdError):
        upload_results("d", "m", results(0, 0))
    with pytest.raises(IncorrectUsageError):
        upload_results("d", "m", results(0), tags=[" "])
