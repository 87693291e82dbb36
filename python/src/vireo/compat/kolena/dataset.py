# SPDX-License-Identifier: Apache-2.0
"""Kolena's dataset calls, over datasets and evaluations.  Needs pandas.

A row of a frame is a sample:

    input      the id fields, `locator` and `text`: what the model is given
    expected   the columns with annotations, which the page draws
    metadata   everything else, to slice by

Results of a model are an evaluation of the dataset by the evaluator "results",
with one configuration for each eval config.  They stay with their rows through
later commits, as long as the row's input is the same.

Other than there: id fields belong to a dataset and cannot be changed later, and
a commit is a version, "v3" or 3.
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
import urllib.parse
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Union

from ..._data_object import canonical, plain, revived
from ..._dataset import Dataset
from ..._errors import ConflictError, NotFoundError
from ...workflow._remote import SAMPLES_PAGE, Remote, connected, quoted
from ...workflow._upload import Checkpoints, columns_of
from .errors import DuplicateDatapointIdError, IncorrectUsageError, InputValidationError

EVALUATOR = "results"
DATA_TYPE = "data_type"
COLUMNS = "columns"  # in a dataset's metadata: their order
TAGS = "tags"  # in an evaluation's metadata
_GIVEN = ("locator", "text")
_REPORTED = 10  # ids that an error names
_MEDIA = {"image": "IMAGE", "video": "VIDEO", "audio": "AUDIO", "text": "DOCUMENT"}


class EvalConfigResults(NamedTuple):
    """Results of a model under one eval config (a dict, or None)."""

    eval_config: dict[str, Any] | None
    results: Any


class ModelEntity(NamedTuple):
    """A model that has results."""

    name: str
    tags: list[str]


Results = Union[Any, list[EvalConfigResults]]


# ---------------------------------------------------------------- rows


def _frames(given: Any) -> Iterator[Any]:
    if hasattr(given, "to_dict"):
        yield given
    else:
        yield from given


def _rows(given: Any) -> list[dict[str, Any]]:
    """The rows of a frame, or of several, as plain values."""
    rows = [plain(row) for frame in _frames(given) for row in _records(frame)]
    if not rows:
        raise InputValidationError("there are no rows")
    return rows


def _records(frame: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = frame.to_dict("records")
    # In a column of texts, NaN is pandas' word for nothing.
    texts = [name for name, kind in frame.dtypes.items() if str(kind) in ("str", "string")]
    for row in rows:
        for name in texts:
            if not isinstance(row[name], str):
                row[name] = None
    return rows


def _data_type(row: dict[str, Any]) -> str:
    locator, extension = row.get("locator"), row.get("file_extension")
    if not isinstance(locator, str):
        return "DATAPOINT/TEXT" if isinstance(row.get("text"), str) else "DATAPOINT/TABULAR"
    path = f"x.{extension.lstrip('.')}" if isinstance(extension, str) else urllib.parse.urlparse(locator).path
    if path.lower().endswith(".pcd"):
        return "DATAPOINT/POINT_CLOUD"
    media = mimetypes.guess_type(path)[0] or ""
    if media == "application/pdf":
        return "DATAPOINT/DOCUMENT"
    return f"DATAPOINT/{_MEDIA.get(media.partition('/')[0], 'TABULAR')}"


def _inferred_ids(columns: Iterable[str]) -> list[str]:
    names = list(columns)
    if "id" in names:
        return ["id"]
    found: list[str] = [n for n in names if n.startswith("id_") or n.endswith("_id")]
    found = found or sorted({"locator", "text"}.intersection(names))[:1]
    if not found:
        raise InputValidationError("no column looks like an id: give id_fields")
    return found


def key_of(row: dict[str, Any], id_fields: list[str]) -> str:
    try:
        return canonical([row[f] for f in sorted(id_fields)])
    except KeyError as exc:
        raise InputValidationError(f"a row lacks the id field {exc.args[0]!r}") from None


def _unique(rows: list[dict[str, Any]], id_fields: list[str]) -> dict[str, dict[str, Any]]:
    """Rows by their ids."""
    found: dict[str, dict[str, Any]] = {}
    twice: dict[str, dict[str, Any]] = {}
    for row in rows:
        key = key_of(row, id_fields)
        if key in found:
            twice[key] = {f: row[f] for f in id_fields}
        found[key] = row
    if twice:
        named = list(twice.values())[:_REPORTED]
        raise DuplicateDatapointIdError(
            f"several rows have the same id: {', '.join(map(canonical, named))}", duplicate_ids=named
        )
    return found


def _check_ids(fields: list[str]) -> None:
    if not fields:
        raise InputValidationError("id_fields: at least one is needed")
    if len(set(fields)) < len(fields):
        raise InputValidationError(f"id_fields: one is there twice: {', '.join(fields)}")


def _annotated(value: Any) -> bool:
    """Whether there is an annotation in a plain value."""
    if isinstance(value, list):
        return any(map(_annotated, value))
    if isinstance(value, dict):
        return str(value.get(DATA_TYPE)).startswith("ANNOTATION/") or any(map(_annotated, value.values()))
    return False


def _sample(row: dict[str, Any], id_fields: list[str]) -> dict[str, Any]:
    given = {n: row[n] for n in row if n in id_fields or n in _GIVEN}
    expected = {n: v for n, v in row.items() if n not in given and _annotated(v)}
    metadata = {n: v for n, v in row.items() if n not in given and n not in expected}
    return {"input": {**given, DATA_TYPE: _data_type(row)}, "expected": expected or None, "metadata": metadata}


def _row(item: dict[str, Any]) -> dict[str, Any]:
    """The row that a sample was made of, its columns in any order."""
    parts = {**item["input"], **(item["expected"] or {}), **(item["metadata"] or {})}
    return {n: revived(v) for n, v in parts.items() if n != DATA_TYPE}


# ---------------------------------------------------------------- datasets


def upload_dataset(
    name: str, df: Any, *, id_fields: list[str] | None = None, append_only: bool = False, **_: Any
) -> None:
    """Make a dataset what a frame, or an iterator of frames, is; with `append_only` add its rows to it.

    Raises:
        InputValidationError: there are no rows, or no ids; DuplicateDatapointIdError: ids are not unique.
    """
    put_rows(name, _rows(df), id_fields, append_only)


def put_rows(name: str, rows: list[dict[str, Any]], id_fields: list[str] | None, append_only: bool) -> Dataset:
    """`upload_dataset` of plain rows."""
    if not name.strip():
        raise InputValidationError("the name of a dataset must not be empty")
    client = connected()
    try:
        known = client.dataset(name, create=False).id_fields
    except NotFoundError:
        known = []
    fields = (known or _inferred_ids(rows[0])) if id_fields is None else id_fields
    _check_ids(fields)
    _unique(rows, fields)
    try:
        dataset = client.dataset(name, id_fields=fields)
    except ConflictError as exc:
        raise InputValidationError(str(exc)) from None
    samples = (_sample(row, fields) for row in rows)
    (dataset.add if append_only else dataset.replace)(samples)
    before = dataset.metadata.get(COLUMNS, []) if append_only else []
    columns = list(dict.fromkeys([*before, *(n for row in rows for n in row)]))
    if columns != dataset.metadata.get(COLUMNS):
        dataset.update(metadata={**dataset.metadata, COLUMNS: columns})
    return dataset


def _dataset(name: str) -> Dataset:
    try:
        return connected().dataset(name, create=False)
    except NotFoundError:
        raise NotFoundError(f"the dataset {name!r} does not exist", 404, "dataset") from None


def _items(remote: Remote, name: str, commit: str | int | None = None) -> list[dict[str, Any]]:
    if commit is not None and not re.fullmatch(r"v?\d{1,18}", str(commit)):
        raise NotFoundError(
            f"the dataset {name!r} has no commit {commit!r}; they are called 1, 2, 3 ...", 404, "commit"
        )
    path = f"/datasets/{quoted(name)}/samples"
    return list(remote.items(path, page=SAMPLES_PAGE, version=commit))


def _frame(rows: list[dict[str, Any]], first: Iterable[str] = ()) -> Any:
    """Rows as a frame, the columns `first` before others."""
    import pandas  # type: ignore[import-untyped]

    there = dict.fromkeys(n for row in rows for n in row)
    names = dict.fromkeys([*(n for n in first if n in there), *there])
    # Columns of objects: None stays None, and NaN stays NaN.
    return pandas.DataFrame({n: pandas.Series([row.get(n) for row in rows], dtype=object) for n in names})


def download_dataset(name: str, *, commit: str | int | None = None, **_: Any) -> Any:
    """The rows of a dataset as a frame, annotations as objects.

    Raises:
        NotFoundError: there is no such dataset or commit.
    """
    known = _dataset(name)
    items = _items(Remote(connected()), name, commit)
    return _frame(list(map(_row, items)), known.metadata.get(COLUMNS, ()))


def list_datasets() -> list[str]:
    """Their names."""
    return [dataset.name for dataset in connected().datasets()]


# ---------------------------------------------------------------- results


def _model_tag(remote: Remote, model: str) -> str:
    """The version that a name alone stands for, as for the models of workflows."""
    fingerprint = hashlib.sha256(f"model by name: {model}".encode()).hexdigest()
    answer = remote.call("POST", f"/models/{quoted(model)}/versions", {"fingerprint": fingerprint})
    return str(answer["tag"])


def _configuration(eval_config: dict[str, Any] | None) -> dict[str, Any]:
    return {"display_name": canonical(plain(eval_config)), "configuration": plain(eval_config) or {}}


def upload_results(
    dataset: str,
    model: str,
    results: Results,
    thresholded_fields: list[str] | None = None,
    tags: list[str] | None = None,
) -> None:
    """Keep what a model gave for the rows of a dataset; rows of other ids are left out.

    Args:
        results: a frame, an iterator of frames, or a list of EvalConfigResults.
        thresholded_fields: columns that hold lists of dicts with a `threshold`.
        tags: of the evaluation, in place of those it has; None: leave them.

    Raises:
        NotFoundError: there is no such dataset.
        InputValidationError, IncorrectUsageError: the frames make no sense.
    """
    given = results if isinstance(results, list) else [EvalConfigResults(None, results)]
    names = [canonical(plain(config)) for config, _ in given]
    if len(set(names)) < len(names):
        raise IncorrectUsageError("duplicate eval configs are invalid")
    if any(not tag.strip() for tag in tags or ()):
        raise IncorrectUsageError("a tag must not be blank")
    remote = Remote(connected())
    id_fields = _dataset(dataset).id_fields
    rows = [_unique(_rows(frame), id_fields) for _, frame in given]
    for one in rows:
        extra = next(iter(one.values())).keys() - set(id_fields) - set(thresholded_fields or ())
        if not extra:
            raise InputValidationError("results need a column beside the ids")
    numbers = numbers_of(remote, dataset, id_fields)
    found = [
        (config, {numbers[k]: without(row, id_fields) for k, row in one.items() if k in numbers})
        for (config, _), one in zip(given, rows)
    ]
    keep_results(remote, dataset, model, found, tags)


def numbers_of(
    remote: Remote, dataset: str, id_fields: list[str], since: int = 0, until: int | None = None
) -> dict[str, int]:
    """The numbers of a dataset's samples by their ids; with `since` of those that later versions brought."""
    items: Iterable[dict[str, Any]]
    if since:
        changes = remote.items(f"/datasets/{quoted(dataset)}/diff", **{"from": since}, to=until)
        items = (change["to"] for change in changes if change["to"])
    else:
        items = _items(remote, dataset)
    return {key_of(item["input"], id_fields): int(item["number"]) for item in items}


def keep_results(
    remote: Remote,
    dataset: str,
    model: str,
    results: list[tuple[dict[str, Any] | None, dict[int, dict[str, Any]]]],
    tags: list[str] | None = None,
) -> None:
    """Keep rows by the numbers of their samples, for each eval config."""
    evaluation = _evaluation(remote, dataset, model, [config for config, _ in results])
    path = f"/evaluations/{evaluation['id']}"
    with Checkpoints(remote, path, True) as checkpoints:
        for number, row in results[0][1].items():
            checkpoints.add({"number": number, "inference": row})
    for config, rows in results:
        for body in columns_of(list(rows), list(rows.values())):
            remote.call("POST", f"{path}/results", {**body, "case": None, "configuration": canonical(plain(config))})
    done: dict[str, Any] = {"status": "complete", "progress": 1}
    if tags is not None:
        done["metadata"] = {**(evaluation.get("metadata") or {}), TAGS: sorted(set(tags))}
    remote.call("PATCH", path, done)


def without(row: dict[str, Any], id_fields: list[str]) -> dict[str, Any]:
    return {n: v for n, v in row.items() if n not in id_fields}


def _evaluation(remote: Remote, dataset: str, model: str, configs: list[dict[str, Any] | None]) -> dict[str, Any]:
    body = {
        "dataset": {"name": dataset},
        "model": _model_tag(remote, model),
        "evaluator": EVALUATOR,
        "configurations": [_configuration(c) for c in configs],
    }
    return dict(remote.call("POST", "/evaluations", body))


def _evaluations(remote: Remote, dataset: str, model: str | None) -> list[dict[str, Any]]:
    """Those of the dataset, the newest first."""
    return list(remote.items("/evaluations", dataset=dataset, model=model, evaluator=EVALUATOR))


def download_results(
    dataset: str, model: str, commit: str | int | None = None, **_: Any
) -> tuple[Any, list[EvalConfigResults]]:
    """The rows of a dataset, and for each eval config a frame of the model's results, row by row; null where
    there is none.

    Raises:
        NotFoundError: there is no such dataset, or the model has no results for it.
    """
    known = _dataset(dataset)
    remote = Remote(connected())
    found = _evaluations(remote, dataset, model)
    if not found:
        raise NotFoundError(f"no such model: {model!r} has no results for {dataset!r}", 404, "model")
    items = _items(remote, dataset, commit)
    rows = list(map(_row, items))
    ids = [{f: row.get(f) for f in known.id_fields} for row in rows]
    results = []
    for eval_config, by_number in _results(remote, found):
        aligned = [{**i, **by_number.get(item["number"], {})} for i, item in zip(ids, items)]
        results.append(EvalConfigResults(eval_config, _frame(aligned, known.id_fields)))
    return _frame(rows, known.metadata.get(COLUMNS, ())), results


def _results(
    remote: Remote, evaluations: list[dict[str, Any]]
) -> list[tuple[dict[str, Any] | None, dict[int, dict[str, Any]]]]:
    """For each eval config the rows of all evaluations by the numbers of samples; newer ones win."""
    found: dict[str, tuple[dict[str, Any] | None, dict[int, dict[str, Any]]]] = {}
    for evaluation in reversed(evaluations):
        path = f"/evaluations/{evaluation['id']}"
        for configuration in remote.get(path)["configurations"]:
            name = configuration["display_name"]
            config = None if name == "null" else configuration["configuration"]
            rows = found.setdefault(name, (config, {}))[1]
            for item in remote.items(f"{path}/samples", configuration=name):
                if item["metrics"]:
                    rows[item["number"]] = {n: revived(v) for n, v in item["metrics"].items()}
    return list(found.values())


def get_models(dataset: str) -> list[ModelEntity]:
    """The models that have results for a dataset, with their tags."""
    _dataset(dataset)
    found: dict[str, ModelEntity] = {}
    for evaluation in _evaluations(Remote(connected()), dataset, None):
        name = str(evaluation["model"]).rpartition(":")[0]
        tags = (evaluation.get("metadata") or {}).get(TAGS) or []
        found[name] = ModelEntity(name, sorted({*tags, *(found[name].tags if name in found else ())}))
    return list(found.values())


__all__ = [
    "EvalConfigResults",
    "ModelEntity",
    "download_dataset",
    "download_results",
    "get_models",
    "list_datasets",
    "upload_dataset",
    "upload_results",
]
