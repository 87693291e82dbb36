# SPDX-License-Identifier: Apache-2.0
"""Frames with annotations and assets in CSV, JSON and Parquet files.  Needs pandas.

Cells that are lists, dicts or data objects become JSON texts, and data objects again when they are read.

Other than Kolena's: a labelled or scored annotation comes back as what it was, and a number with leading
zeros, which may be an id, stays text.
"""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Callable
from typing import Any

from ..._data_object import DataObject, plain, revived

_NUMBER = re.compile(r"[+-]?(0|[1-9]\d*)(\.\d*)?|[+-]?\.\d+")


def _written(cell: Any) -> Any:
    """A cell as CSV has it."""
    return json.dumps(plain(cell)) if isinstance(cell, (list, tuple, dict, DataObject)) else cell


def _guessed(cell: Any) -> Any:
    """What the text of a cell stands for."""
    if isinstance(cell, float) and math.isnan(cell):
        return None
    if not isinstance(cell, str):
        return revived(cell.tolist() if hasattr(cell, "tolist") else cell)
    if cell in ("", "NaN", "null"):
        return None
    if cell.lower() in ("true", "false"):
        return cell.lower() == "true"
    if _NUMBER.fullmatch(cell):
        return float(cell) if "." in cell else int(cell)
    if cell[0] in '[{"':
        try:
            return revived(json.loads(cell))
        except ValueError:
            pass
    quoted = len(cell) > 1 and cell[0] == cell[-1] and cell[0] in "'\""
    return cell[1:-1] if quoted else cell


def _each(frame: Any, change: Callable[[Any], Any]) -> Any:
    """The frame with every cell changed that is not of a column of numbers, truth values or times."""
    import pandas  # type: ignore[import-untyped]

    changed = frame.copy()
    for name, kind in frame.dtypes.items():
        if str(kind) in ("object", "str", "string"):
            cells = [change(cell) for cell in frame[name]]
            texts = all(cell is None or isinstance(cell, str) for cell in cells)
            changed[name] = pandas.Series(cells, index=frame.index, dtype=kind if texts else object)
    return changed


def dataframe_to_csv(df: Any, *args: Any, **kwargs: Any) -> str | None:
    """`df.to_csv(*args, **kwargs)`, with data objects."""
    text: str | None = _each(df, _written).to_csv(*args, **kwargs)
    return text


def dataframe_from_csv(*args: Any, **kwargs: Any) -> Any:
    """`pandas.read_csv(*args, **kwargs)`, with data objects.  Empty cells are None."""
    import pandas

    return _each(pandas.read_csv(*args, **kwargs), _guessed)


def dataframe_to_parquet(df: Any, *args: Any, **kwargs: Any) -> bytes | None:
    """`df.to_parquet(*args, **kwargs)`, with data objects."""
    data: bytes | None = _each(df, lambda cell: json.dumps(plain(cell))).to_parquet(*args, **kwargs)
    return data


def dataframe_from_parquet(*args: Any, **kwargs: Any) -> Any:
    """`pandas.read_parquet(*args, **kwargs)`, with data objects."""
    import pandas

    return _each(pandas.read_parquet(*args, **kwargs), _guessed)


def dataframe_from_json(*args: Any, **kwargs: Any) -> Any:
    """`pandas.read_json(*args, **kwargs)`, with data objects; the JSON may also be given as it is."""
    import pandas

    if args and isinstance(args[0], str) and args[0].lstrip()[:1] in ("{", "["):
        args = (io.StringIO(args[0]), *args[1:])
    return _each(pandas.read_json(*args, **kwargs), revived)


__all__ = [
    "dataframe_from_csv",
    "dataframe_from_json",
    "dataframe_from_parquet",
    "dataframe_to_csv",
    "dataframe_to_parquet",
]
