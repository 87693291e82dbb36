# SPDX-License-Identifier: Apache-2.0
"""`kolena_trace`: calls of a function as rows of a dataset, and as results of a model.

`vireo.Vireo.trace` needs no dataset, keeps nested spans and the code's version, and writes to disk while the
server is away; here rows wait in memory until they are sent.
"""

from __future__ import annotations

import atexit
import datetime
import functools
import inspect
import json
import threading
import uuid
from collections import defaultdict
from typing import Any, Callable

from ..... import _native
from ....._data_object import plain
from ....._errors import NotFoundError, VireoError
from ....._field_types import FieldError
from .....workflow._remote import connected
from .....workflow._workflow import log
from ...dataset import upload_dataset, upload_results

DEFAULT_ID = "_kolena_id"
TIMESTAMP = "_kolena_timestamp"
TIME_ELAPSED = "_kolena_time_elapsed"
SYNC_SECONDS = 30.0
ROWS_MAX = 100_000  # that wait; newer ones are dropped
VALUE_BYTES = 1024 * 1024


def _plain(value: Any) -> Any:
    try:
        return plain(value)
    except FieldError:  # dataclasses, pictures ...: as a trace has them
        return json.loads(_native.encode(value, VALUE_BYTES))


class _Frame:
    """Rows as the dataset calls take a frame."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self._rows = rows
        self.dtypes: dict[str, Any] = {}

    def to_dict(self, _: str) -> list[dict[str, Any]]:
        return self._rows


class Traced:
    """A traced function: it is called as before.

    Attributes:
        dataset_name, model_name, model_name_field, id_fields: as given, or by default.
    """

    def __init__(
        self,
        func: Callable[..., Any],
        dataset_name: str | None,
        model_name: str | None,
        model_name_field: str | None,
        sync_interval: float,
        id_fields: list[str] | None,
        record_timestamp: bool,
    ) -> None:
        self._func = func
        self._signature = inspect.signature(func)
        self.dataset_name = dataset_name or func.__name__
        self.model_name = model_name or f"{self.dataset_name}_model"
        self.model_name_field = model_name_field
        self._check_parameter("Model Name Field", model_name_field)
        self.id_fields = self._ids(id_fields)
        self._interval = sync_interval
        self._timestamps = record_timestamp
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._rows: list[tuple[dict[str, Any], str, dict[str, Any]]] = []
        self._timer: threading.Timer | None = None
        functools.update_wrapper(self, func)
        atexit.register(self.flush)

    def _check_parameter(self, what: str, name: str | None) -> None:
        if name is not None and name != DEFAULT_ID and name not in self._signature.parameters:
            raise ValueError(f"{what} {name} not found in function signature")

    def _ids(self, given: list[str] | None) -> list[str]:
        try:
            known = connected().dataset(self.dataset_name, create=False).id_fields
        except NotFoundError:
            known = []
        if given and known and sorted(given) != sorted(known):
            raise ValueError(f"Id Fields {given} do not match existing dataset id fields")
        fields = known or given or [DEFAULT_ID]
        for name in fields:
            self._check_parameter("Id Field", name)
        return fields

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        given = {name: _plain(value) for name, value in bound.arguments.items()}
        began = datetime.datetime.now(datetime.timezone.utc)
        output = self._func(*args, **kwargs)
        ended = datetime.datetime.now(datetime.timezone.utc)
        found = _plain(output)
        result = found if isinstance(found, dict) and not isinstance(found.get("$type"), str) else {"result": found}
        if self._timestamps:
            given[TIMESTAMP] = began.isoformat()
            result.update({TIMESTAMP: ended.isoformat(), TIME_ELAPSED: (ended - began).total_seconds()})
        for field in self.id_fields:
            if field == DEFAULT_ID:
                given[field] = uuid.uuid4().hex
            if given.get(field) is None:
                raise ValueError(f"Id Field {field} cannot be None in datapoint input")
            result[field] = given[field]
        self._keep(given, str(given.get(self.model_name_field or "") or self.model_name), result)
        return output

    def _keep(self, given: dict[str, Any], model: str, result: dict[str, Any]) -> None:
        with self._lock:
            if len(self._rows) < ROWS_MAX:
                self._rows.append((given, model, result))
            if self._timer is None:
                self._timer = threading.Timer(self._interval, self.flush)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> None:
        """Send what waits.  What cannot be sent waits on, and the log says why."""
        with self._sending:
            with self._lock:
                rows, self._rows, timer, self._timer = self._rows, [], self._timer, None
            if timer is not None:
                timer.cancel()
            try:
                self._send(rows)
            except VireoError as exc:
                log.warning("%d calls of %s could not be sent: %s", len(rows), self.dataset_name, exc)
                with self._lock:
                    self._rows = (rows + self._rows)[:ROWS_MAX]

    def _send(self, rows: list[tuple[dict[str, Any], str, dict[str, Any]]]) -> None:
        if not rows:
            return
        points = {self._id(given): given for given, _, _ in reversed(rows)}  # the first of each id
        upload_dataset(self.dataset_name, _Frame(list(points.values())), id_fields=self.id_fields, append_only=True)
        results: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        for given, model, result in rows:
            results[model][self._id(given)] = result
        for model, by_id in results.items():
            upload_results(self.dataset_name, model, _Frame(list(by_id.values())))

    def _id(self, given: dict[str, Any]) -> str:
        return json.dumps([given[f] for f in self.id_fields], sort_keys=True)


def kolena_trace(
    func: Callable[..., Any] | None = None,
    *,
    dataset_name: str | None = None,
    model_name: str | None = None,
    model_name_field: str | None = None,
    sync_interval: float = SYNC_SECONDS,
    id_fields: list[str] | None = None,
    record_timestamp: bool = True,
) -> Any:
    """Keep the arguments of each call as a row of a dataset, and what it returns as a model's result.

    Args:
        func: when the decorator is used without parentheses.
        dataset_name, model_name: default the function's name, and that with "_model".
        model_name_field: a parameter that names the model instead.
        sync_interval: seconds between two uploads.
        id_fields: parameters that tell rows apart; default a random id.
        record_timestamp: also when the call began and ended, and how long it took.

    Raises:
        ValueError: the function has no such parameter; the dataset has other id fields.
    """

    def decorated(function: Callable[..., Any]) -> Traced:
        return Traced(function, dataset_name, model_name, model_name_field, sync_interval, id_fields, record_timestamp)

    return decorated if func is None else decorated(func)


__all__ = ["kolena_trace"]
