# SPDX-License-Identifier: Apache-2.0
"""Datasets against the real server: what goes in comes back, in every version."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import io
import json
import math
import pathlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from conftest import Server
from vireo import (
    ConflictError,
    Dataset,
    FileReference,
    NotFoundError,
    RefusedError,
    UnreachableError,
    Vireo,
    VireoError,
)
from vireo._dataset_rows import _cell
from vireo.annotation import BoundingBox


@pytest.fixture
def vr(server: Server) -> Iterator[Vireo]:
    with Vireo("tests of datasets", url=server.url) as client:
        yield client


def inputs(dataset: Dataset, **how: Any) -> list[Any]:
    return [s.input for s in dataset.samples(**how)]


def test_a_dataset_is_found_or_made_and_every_version_stays(vr: Vireo) -> None:
    dataset = vr.dataset("questions", description="d", tags=["a"]).add(
        [
            {"input": {"q": "2 + 2"}, "expected": 4, "metadata": {"hard": False}},
            {"input": {"q": "3 + 3"}, "split": "test"},
        ],
        message="first",
        by="me",
    )
    assert dataset.tag == "questions:v1" and len(dataset) == 2
    assert vr.dataset("questions").description == "d"
    dataset.add([{"input": {"q": "2 + 2"}, "expected": "four"}, {"input": {"q": "new"}}])
    assert dataset.version == 2 and len(dataset) == 3
    dataset.add([])
    dataset.add([{"input": {"q": "new"}}])
    assert dataset.version == 2
    assert [s.expected for s in dataset] == ["four", None, None]
    assert [s.expected for s in dataset.samples(version=1)] == [4, None]
    assert [s.expected for s in vr.dataset("questions:v1")] == [4, None]
    assert len(dataset.at("v1")) == 2 and dataset.at(1).tag == "questions:v1"
    sample = next(iter(dataset.at(1)))
    assert sample.metadata == {"hard": False} and sample.split is None and sample.number == 1
    assert dataset.sample(sample.id) == next(iter(dataset))
    assert dataset.split("test").split_name == "test" and inputs(dataset.split("test")) == [{"q": "3 + 3"}]
    assert len(dataset.split("test")) == 1 and dataset.splits() == {None: 2, "test": 1}
    newest, first = dataset.commits()
    assert (first.message, first.by, first.added, first.samples) == ("first", "me", 2, 2)
    assert (newest.version, newest.added, newest.changed) == (2, 1, 1)
    diff = dataset.diff(1)
    assert [s.input for s in diff.added] == [{"q": "new"}] and diff.removed == []
    assert [(a.expected, b.expected) for a, b in diff.changed] == [(4, "four")]
    dataset.remove(sample.id)
    dataset.remove(["unknown"])
    assert dataset.version == 3 and len(dataset) == 2
    dataset.replace(iter([{"input": 1}]))
    assert inputs(dataset) == [1] and len(dataset.diff(3).removed) == 2
    assert [d.name for d in vr.datasets()] == ["questions"]
    dataset.update(name="renamed", metadata={"x": 1})
    assert dataset.tag == "renamed:v4" and vr.dataset("renamed", create=False).metadata == {"x": 1}
    dataset.delete()
    with pytest.raises(NotFoundError):
        vr.dataset("renamed", create=False)
    with pytest.raises(NotFoundError):
        vr.dataset("renamed:v1")


class Colour(enum.Enum):
    RED = "red"


def test_values_come_back_as_what_they_are(vr: Vireo) -> None:
    box = BoundingBox(top_left=(1, 2), bottom_right=(3, 4))
    value = {
        "nan": math.nan, "inf": [math.inf, -math.inf], "none": None, "int": 2**70, "text": "\u2028ü\0",
        "tuple": (1, 2.5), "numpy": np.float32(0.5), "vector": np.arange(3), "colour": Colour.RED,
        "day": datetime.date(2026, 1, 2), "price": decimal.Decimal("1.10"), 7: True, "set": {2, 1},
        "box": box, "empty": {}, "nested": {"a": [{}]},
    }  # fmt: skip
    dataset = vr.dataset("values").add([{"input": value, "expected": math.nan}])
    back = next(iter(dataset))
    assert math.isnan(back.expected) and math.isnan(back.input.pop("nan"))
    assert back.input.pop("box")["data_type"] == "ANNOTATION/BOUNDING_BOX"
    assert back.input == {
        "inf": [math.inf, -math.inf], "none": None, "int": 2**70, "text": "\u2028ü\0", "tuple": [1, 2.5],
        "numpy": 0.5, "vector": [0, 1, 2], "colour": "red", "day": "2026-01-02",
        "price": "1.10", "7": True, "set": [1, 2], "empty": {}, "nested": {"a": [{}]},
    }  # fmt: skip
    before = dataset.version
    dataset.add(list(dataset))
    assert dataset.version == before


@dataclasses.dataclass
class Odd:
    x: int = 1


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        ({"expected": 1}, r"samples\[1\]: has no input"),
        ({"input": 1, "expcted": 1}, r"samples\[1\]: 'expcted' is none of id, input"),
        ("text", r"samples\[1\]: must be a dict, not str"),
        ({"input": {"a": [Odd()]}}, r"samples\[1\].input.a: a sample cannot hold Odd"),
        ({"input": 1, "metadata": 3}, r"samples\[1\].metadata"),
        ({"input": 0}, r"samples\[1\].id: stands twice"),
        ({"input": "x" * (1 << 20)}, r"samples\[1\]: a sample may have at most"),
    ],
)
def test_a_wrong_sample_is_named_and_nothing_is_changed(vr: Vireo, sample: Any, message: str) -> None:
    dataset = vr.dataset("wrong")
    with pytest.raises(VireoError, match=message):
        dataset.add([{"input": 0}, sample])
    assert dataset.version == 0 and list(dataset) == []


def test_what_makes_no_sense_is_refused(vr: Vireo) -> None:
    dataset = vr.dataset("d").add([{"input": 1}])
    for samples in ({"input": 1}, "text", 7):
        with pytest.raises(ValueError, match="list of dicts"):
            dataset.add(samples)
    with pytest.raises(ValueError, match="nothing to replace"):
        dataset.replace([])
    for part in (dataset.at(1), dataset.split("x")):
        with pytest.raises(ValueError, match="only shows a part"):
            part.add([{"input": 2}])
        with pytest.raises(ValueError, match="only shows a part"):
            part.apply({"id": 1})
        with pytest.raises(ValueError, match="only shows a part"):
            part.from_traces()
    for version in ("x", "v", "v-1", "1.5", "²", -1):
        with pytest.raises(ValueError, match="a version is a number"):
            dataset.at(version)
    with pytest.raises(ConflictError) as refused:
        dataset.add([{"input": 2}], base_version=0)
    assert refused.value.field == "base_version"
    assert dataset.add([{"input": 2}], base_version=1).version == 2
    with pytest.raises(ValueError, match="shares"):
        dataset.assign_splits({})
    with pytest.raises(NotFoundError):
        list(dataset.samples(version=9))


def test_rows_are_known_by_named_fields(vr: Vireo) -> None:
    dataset = vr.dataset("orders", id_fields=["order"])
    dataset.add([{"order": 17, "text": "a"}, {"input": {"order": "x", "text": "b"}}])
    assert [s.id for s in dataset] == ["17", "x"]
    dataset.add([{"order": 17, "text": "c"}])
    assert inputs(dataset) == [{"order": 17, "text": "c"}, {"order": "x", "text": "b"}]
    with pytest.raises(RefusedError, match="order"):
        dataset.add([{"input": {"text": "b"}}])
    with pytest.raises(ConflictError):
        vr.dataset("orders", id_fields=["text"])
    assert vr.dataset("orders", id_fields=["order"]).version == 2


def test_large_commits_arrive_whole(vr: Vireo) -> None:
    dataset = vr.dataset("large").add({"input": {"n": n}, "split": "train"} for n in range(45_000))
    assert dataset.version == 1 and len(dataset) == 45_000
    assert [s.input["n"] for s in dataset] == list(range(45_000))
    dataset.replace({"input": {"n": n}, "split": "train"} for n in range(5_000, 50_000))
    assert next(dataset.commits()).removed == 5_000
    with pytest.raises(VireoError, match=r"samples\[44000\]"):
        dataset.add({"input": n} if n < 44_000 else {} for n in range(50_000))
    assert dataset.version == 2
    dataset.assign_splits({"train": 3, "test": 1}, seed=7)
    counts = dataset.splits()
    assert set(counts) == {"train", "test"} and 0.23 < counts["test"] / 45_000 < 0.27
    before = dataset.version
    assert dataset.assign_splits({"train": 3, "test": 1}, seed=7).version == before


def test_what_a_large_commit_failed_of_is_told_not_what_came_after(vr: Vireo, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = vr.dataset("large")
    request = vr.request

    def away(method: str, path: str, *more: Any) -> Any:
        if method == "DELETE":
            raise UnreachableError("and then it was away")
        return request(method, path, *more)

    monkeypatch.setattr(vr, "request", away)
    with pytest.raises(VireoError, match=r"samples\[44000\]"):
        dataset.add({"input": n} if n < 44_000 else {} for n in range(50_000))


def test_counting_reads_no_samples(vr: Vireo, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = vr.dataset("counted").add([{"input": n, "split": "test" if n < 3 else None} for n in range(10)])
    same = vr.dataset("counted")
    same.add([{"input": 10, "split": "test"}])
    request = vr.request
    read: list[str] = []

    def watched(method: str, path: str, *more: Any) -> Any:
        read.extend([path] if "/samples" in path else [])
        return request(method, path, *more)

    monkeypatch.setattr(vr, "request", watched)
    assert (len(same), len(same.split("test")), len(same.split("none")), len(same.at(2).split("test"))) == (11, 4, 0, 4)
    assert (len(dataset), len(same.at(1)), len(same.at(9))) == (10, 10, 0)
    assert read == []
    assert len(dataset.split("test")) == len(same.at(1).split("test")) == 3  # these of an old version are


# ---------------------------------------------------------------- files, frames


def test_csv_has_columns_as_asked(vr: Vireo, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        '\ufeffkey,question,answer,city,part\n007,"say ""hi"", you",2.50,Köln,train\n8,\n', encoding="utf-8"
    )
    with pytest.raises(ValueError, match="line 3: 2 cells, the header has 5"):
        vr.dataset("csv").from_csv(path)
    path.write_text('\ufeffkey,question,answer,city,part\n007,"say ""hi"", you",2.50,Köln,train\n8,,[1],,\n')
    dataset = vr.dataset("csv").from_csv(
        path, input="question", expected="answer", metadata=["city"], split="part", id="key"
    )
    assert [s.to_dict() for s in dataset] == [
        {"id": "007", "input": 'say "hi", you', "expected": 2.5, "metadata": {"city": "Köln"}, "split": "train"},
        {"id": "8", "input": None, "expected": [1], "metadata": {"city": None}, "split": None},
    ]
    assert inputs(vr.dataset("whole").from_csv(path, typed=False))[1] == {
        "key": "8", "question": None, "answer": "[1]", "city": None, "part": None,
    }  # fmt: skip
    rest = vr.dataset("rest").from_csv(path, expected=["answer", "city"], id="key", replace=True)
    assert next(iter(rest)).expected == {"answer": 2.5, "city": "Köln"}
    assert set(next(iter(rest)).input) == {"question", "part"}
    with pytest.raises(ValueError, match="no column 'nope'"):
        vr.dataset("rest").from_csv(path, input="nope")
    path.write_text("a,a\n1,2\n")
    with pytest.raises(ValueError, match="twice"):
        vr.dataset("rest").from_csv(path)


def test_cells_of_text_files() -> None:
    cells = {
        "": None, "7": 7, "-7": -7, "007": "007", "1e5": "1e5", "0.50": 0.5, "true": True, "True": "True", "[1": "[1",
        '{"a": 1}': {"a": 1}, "null": "null", "nan": "nan", " 7": " 7", "+1": "+1", "-": "-", "1.": "1.",
    }  # fmt: skip
    assert {text: _cell(text, True) for text in cells} == cells


def test_jsonl_and_what_was_exported(vr: Vireo, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a.jsonl"
    samples = [
        {"id": "a", "input": {"x": 1}, "expected": math.nan, "metadata": {}, "split": "s"},
        {"id": "b", "input": [1]},
    ]
    path.write_text("\n".join(map(json.dumps, samples)) + "\n\n")
    dataset = vr.dataset("jsonl").from_jsonl(path)
    assert [s.id for s in dataset] == ["a", "b"] and math.isnan(dataset.sample("a").expected)
    path.write_text('{"q": 1}\n{"q": 2}\n')
    assert inputs(vr.dataset("plain").from_jsonl(path, input="q")) == [1, 2]
    for text, message in (("{\n", "line 1"), ('{"a": 1}\n[1]\n', "line 2: must be an object")):
        path.write_text(text)
        with pytest.raises(ValueError, match=message):
            vr.dataset("plain").from_jsonl(path)


def test_frames_go_in_and_come_out(vr: Vireo, tmp_path: pathlib.Path) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "question": ["a", None, "c"],
            "score": [1.5, math.nan, math.inf],
            "count": pandas.array([1, None, 3], dtype="Int64"),
            "when": pandas.to_datetime(["2026-01-02", None, "2026-01-03"]),
        },
        index=[5, 6, 7],
    )
    dataset = vr.dataset("pandas").from_pandas(frame, expected="count")
    first, second, third = dataset
    assert first.input == {"question": "a", "score": 1.5, "when": "2026-01-02T00:00:00"} and first.expected == 1
    assert second.input["question"] is None and math.isnan(second.input["score"]) and second.input["when"] is None
    assert third.input["score"] == math.inf and second.expected is None
    out = dataset.to_pandas()
    assert list(out.columns) == ["id", "split", "input.question", "input.score", "input.when", "expected"]
    assert out["input.score"].iloc[0] == 1.5 and len(out) == 3
    assert vr.dataset("empty").to_pandas().shape == (0, 3)
    direct = vr.dataset("direct").add(frame)
    assert len(direct) == 3 and set(next(iter(direct)).input) == set(frame.columns)


def test_polars_and_parquet(vr: Vireo, tmp_path: pathlib.Path) -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"q": ["a", None], "n": [1, 2], "tags": [["x"], []], "f": [math.nan, None]})
    back = inputs(vr.dataset("polars").from_polars(frame))
    assert back[1] == {"q": None, "n": 2, "tags": [], "f": None} and math.isnan(back[0]["f"])
    assert len(vr.dataset("lazy").add(frame.lazy())) == 2
    path = tmp_path / "a.parquet"
    frame.write_parquet(path)
    dataset = vr.dataset("parquet").from_parquet(path, input=["q", "tags"], id="n")
    assert [(s.id, s.input) for s in dataset] == [("1", {"q": "a", "tags": ["x"]}), ("2", {"q": None, "tags": []})]


def test_files_are_kept_by_reference(vr: Vireo, tmp_path: pathlib.Path) -> None:
    image_module = pytest.importorskip("PIL.Image")
    image = image_module.new("RGB", (4, 3), (10, 20, 30))
    path = tmp_path / "note.txt"
    path.write_text("hello")
    large = np.arange(10_000).reshape(100, 100)
    dataset = vr.dataset("files").add(
        [{"input": {"image": image, "file": path, "raw": b"\x00\x01", "array": large}, "expected": [image]}]
    )
    sample = next(iter(dataset))
    assert all(isinstance(v, FileReference) for v in sample.input.values())
    picture = sample.input["image"]
    assert picture.media_type == "image/png" and picture.name == "image" and picture.meta["width"] == 4
    assert picture.load().getpixel((0, 0)) == (10, 20, 30) and picture == sample.expected[0]
    assert image_module.open(io.BytesIO(picture.read())).size == (4, 3)
    assert sample.input["file"].name == "note.txt" and sample.input["file"].load() == "hello"
    assert sample.input["raw"].load() == b"\x00\x01"
    assert (sample.input["array"].load() == large).all()
    # The same bytes make the same sample, whoever sends them, and a sample can be put into another dataset.
    assert dataset.add([{"input": sample.input, "expected": [image.copy()]}]).version == 1
    assert next(iter(vr.dataset("copy").add(dataset))).input["image"] == picture
    with pytest.raises(OSError, match="nothing"):
        dataset.add([{"input": tmp_path / "nothing"}])


def test_traces_become_samples(vr: Vireo) -> None:
    @vr.trace
    def double(x: int) -> int:
        vr.current_span().tag(country="DE" if x < 3 else "FR")
        return 2 * x

    for x in range(5):
        double(x)
    assert vr.flush(20)
    dataset = vr.dataset("traces").from_traces(
        "tag.country:DE", expected="output", metadata_tags=["country"], split="new"
    )
    assert sorted((s.input["x"], s.expected) for s in dataset) == [(0, 0), (1, 2), (2, 4)]
    sample = next(iter(dataset))
    assert sample.metadata["country"] == "DE" and sample.metadata["model"] == "double:v1" and sample.split == "new"
    dataset.from_traces(trace_ids=[sample.metadata["trace_id"]])
    assert dataset.version == 1
    with pytest.raises(RefusedError, match="where"):
        dataset.from_traces("nofield:1")
