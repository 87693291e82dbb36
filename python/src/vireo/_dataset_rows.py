# SPDX-License-Identifier: Apache-2.0
"""Rows of files and frames as samples, and their values as JSON has them.

A row is a dict of column to value.  `Columns` says which column is what; without
it, columns that are called as the parts of a sample are those parts, and of any
others the whole row is the input.
"""

from __future__ import annotations

import collections.abc
import csv
import datetime
import decimal
import enum
import importlib
import json
import pathlib
import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Callable, NamedTuple, Union

from ._errors import UsageError
from ._field_types import marked

Row = dict[str, Any]
Path = Union[str, pathlib.Path]
PARTS = ("id", "input", "expected", "metadata", "split")
DEPTH_MAX = 60
# A number whose text is its own: "007", "1e5" and "+1" are ids more often than numbers.
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")

# what a sample only refers to -> what stands for it
Keep = Callable[[Any, str], Any]


# ---------------------------------------------------------------- values


def _of_pandas(value: Any) -> bool:
    """One of the values by which pandas says that nothing is there."""
    kind = type(value)
    return kind.__module__.startswith("pandas.") and kind.__name__ in ("NAType", "NaTType")


def _text_of(value: Any) -> Any:
    """Values whose text says it all; None for others."""
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (decimal.Decimal, uuid.UUID, datetime.timedelta)):
        return str(value)
    return None


def plain(value: Any, keep: Keep, where: str, depth: int = 0) -> Any:
    """`value` as JSON has it; `keep` is asked for what a sample only refers to.

    Raises:
        UsageError: something in it can be neither.
    """
    kind = type(value)
    if value is None or kind is str or kind is int or kind is bool:
        return value
    if kind is float:
        return marked(value)
    if depth > DEPTH_MAX:
        raise UsageError(f"{where}: nested deeper than {DEPTH_MAX}")
    if isinstance(value, enum.Enum):
        return plain(value.value, keep, where, depth + 1)
    if isinstance(value, collections.abc.Mapping):
        return {str(k): plain(v, keep, f"{where}.{k}", depth + 1) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        items = sorted(value, key=repr) if isinstance(value, (set, frozenset)) else value
        return [plain(v, keep, where, depth + 1) for v in items]
    if _of_pandas(value):
        return None
    for base in (str, int, float):
        if isinstance(value, base):
            return plain(base(value), keep, where, depth + 1)
    text = _text_of(value)
    return _foreign(value, keep, where, depth) if text is None else text


def _foreign(value: Any, keep: Keep, where: str, depth: int) -> Any:
    described = getattr(value, "_described", None)  # a file that another sample refers to
    if isinstance(described, dict):
        return {"reference": described}
    if hasattr(value, "_written") and hasattr(value, "to_dict"):  # data objects: annotations, assets
        return plain(value.to_dict(), keep, where, depth + 1)
    kept = keep(value, where.rpartition(".")[2])
    if kept is not None:
        return kept
    if hasattr(value, "tolist") and hasattr(value, "dtype"):  # NumPy, of one value or few
        return plain(value.tolist(), keep, where, depth + 1)
    raise UsageError(f"{where}: a sample cannot hold {type(value).__name__} ({value!r:.60})")


# ---------------------------------------------------------------- columns


class Columns(NamedTuple):
    """Which columns are what.  A name: the column's value; several: a dict of them; None: see `Columns.of`."""

    input: str | Sequence[str] | None = None
    expected: str | Sequence[str] | None = None
    metadata: Sequence[str] = ()
    split: str | None = None
    id: str | None = None

    def named(self) -> set[str]:
        """Every column that is something."""
        names: set[str] = set(self.metadata)
        for part in (self.input, self.expected, self.split, self.id):
            names.update([part] if isinstance(part, str) else part or ())
        return names

    def sample(self, row: Row, where: str) -> Row:
        """The sample of a row.

        Raises:
            UsageError: a column is not there.
        """
        missing = sorted(self.named() - row.keys())
        if missing:
            raise UsageError(f"{where}: there is no column {missing[0]!r}; there are {', '.join(map(repr, row))}")
        if self == Columns():
            return _by_name(row)
        named = self.named()
        rest = [c for c in row if c not in named]
        sample: Row = {"input": _pick(row, rest if self.input is None else self.input)}
        if self.expected is not None:
            sample["expected"] = _pick(row, self.expected)
        if self.metadata:
            sample["metadata"] = _pick(row, self.metadata)
        for name, column in (("split", self.split), ("id", self.id)):
            if column is not None and row[column] is not None:
                sample[name] = str(row[column])
        return sample


def _pick(row: Row, columns: str | Sequence[str]) -> Any:
    return row[columns] if isinstance(columns, str) else {c: row[c] for c in columns}


def _by_name(row: Row) -> Row:
    if "input" not in row:
        return {"input": row}
    return {k: v for k, v in row.items() if k in PARTS}


# ---------------------------------------------------------------- files


def _cell(text: str, typed: bool) -> Any:
    """A cell of a text file: nothing, a number, a truth value, JSON, else the text."""
    if text == "":
        return None
    if not typed:
        return text
    if text in ("true", "false"):
        return text == "true"
    if _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    if text[0] in "[{":
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def csv_rows(path: Path, delimiter: str, typed: bool) -> Iterator[Row]:
    """Rows of a CSV file with a header."""
    with pathlib.Path(path).open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        try:
            names = next(reader, [])
            if len(set(names)) < len(names):
                twice = next(n for n in names if names.count(n) > 1)
                raise UsageError(f"{path}: the column {twice!r} is there twice")
            for cells in reader:
                if not cells:
                    continue
                if len(cells) != len(names):
                    raise UsageError(f"{path}, line {reader.line_num}: {len(cells)} cells, the header has {len(names)}")
                yield {n: _cell(c, typed) for n, c in zip(names, cells)}
        except (csv.Error, UnicodeDecodeError) as exc:
            raise UsageError(f"{path}, line {reader.line_num}: {exc}") from None


def jsonl_rows(path: Path) -> Iterator[Row]:
    """Objects of a file with one a line; NaN and infinities as Python writes them are welcome."""
    with pathlib.Path(path).open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as exc:
                raise UsageError(f"{path}, line {number}: {exc}") from None
            if not isinstance(row, dict):
                raise UsageError(f"{path}, line {number}: must be an object, not {type(row).__name__}")
            yield row


def parquet_rows(path: Path) -> Iterator[Row]:
    """Rows of a Parquet file, read with PyArrow, Polars or pandas, whichever is there.

    Raises:
        UsageError: none of them is installed.
    """
    try:
        pq = importlib.import_module("pyarrow.parquet")
    except ImportError:
        yield from _parquet_with_frames(path)
        return
    with pq.ParquetFile(path) as file:
        columns = [file.schema.column(i) for i in range(len(file.schema))]
        written = [c.path for c in columns if c.logical_type.type == "JSON"]
        for batch in file.iter_batches(10_000):
            for row in batch.to_pylist():
                row.update({c: json.loads(row[c]) for c in written if row[c] is not None})
                yield row


def _parquet_with_frames(path: Path) -> Iterator[Row]:
    for name, read in (("polars", polars_rows), ("pandas", pandas_rows)):
        try:
            frame = importlib.import_module(name).read_parquet(path)
        except ImportError:
            continue
        yield from read(frame)
        return
    raise UsageError("reading Parquet needs PyArrow, Polars or pandas: pip install pyarrow")


# ---------------------------------------------------------------- frames


def pandas_rows(frame: Any) -> Iterator[Row]:
    """Rows of a pandas frame.  A missing value is None but in columns of floats, where it is a NaN."""
    if not frame.columns.is_unique:
        raise UsageError("two columns of the frame have one name")
    series = []
    for i, name in enumerate(frame.columns):
        column = frame.iloc[:, i]
        values: list[Any] = column.tolist()
        if getattr(column.dtype, "kind", "O") != "f" or not hasattr(column.dtype, "itemsize"):
            values = [None if _is_missing(v) else v for v in values]
        series.append((str(name), values))
    for i in range(len(frame)):
        yield {name: values[i] for name, values in series}


def _is_missing(value: Any) -> bool:
    return value is None or _of_pandas(value) or (isinstance(value, float) and value != value)


def polars_rows(frame: Any) -> Iterator[Row]:
    """Rows of a Polars frame."""
    if type(frame).__name__ == "LazyFrame":
        frame = frame.collect()
    rows: Iterable[Row] = frame.iter_rows(named=True)
    yield from rows
