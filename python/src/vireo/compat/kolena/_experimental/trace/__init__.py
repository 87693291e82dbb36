# SPDX-License-Identifier: Apache-2.0
"""`kolena_trace`: calls of a function as rows of a dataset, and as results of a model.

`vireo.Vireo.trace` needs no dataset, keeps nested spans and the code's version, and writes to disk while the
server is away; here rows wait in memory until they are sent:

    call     arguments and result wait, at most 100 000 calls; what does not fit is counted
    flush    every `sync_interval` seconds, and at the end of the process
      sent       to the dataset, and to an evaluation of each model
      away       or no access, or the server's own fault: they wait on
      refused    halves are tried, until what is wrong is alone: it is dropped, counted, and the log says why

Decorating asks the server for the id fields of the dataset, but only waits for a moment: a server that is down stops
no import, and is asked again when rows are sent.
"""

from __future__ import annotations

import atexit
import contextlib
import datetime
import functools
import inspect
import json
import threading
import uuid
from collections import defaultdict
from typing import Any, Callable, NamedTuple

from ..... import _forks, _native
from ....._data_object import plain
from ....._errors import NotFoundError, RefusedError, VireoError
from ....._field_types import FieldError
from ....._remote import is_away
from .....workflow._remote import Remote, connected, quoted
from .....workflow._workflow import log
from ...dataset import keep_results, key_of, numbers_of, put_rows, without

DEFAULT_ID = "_kolena_id"
TIMESTAMP = "_kolena_timestamp"
TIME_ELAPSED = "_kolena_time_elapsed"
SYNC_SECONDS = 30.0
ROWS_MAX = 100_000  # that wait; newer ones are dropped
VALUE_BYTES = 1024 * 1024
LOOK_SECONDS = 1.0  # how long decorating a function may wait for the server
_NO_ACCESS = frozenset({401, 403})
_ERRORS_OF_THE_SERVER = 500  # and above, such as a full disk


def _plain(value: Any) -> Any:
    try:
        return plain(value)
    except FieldError:  # dataclasses, pictures ...: as a trace has them
        return json.loads(_native.encode(value, VALUE_BYTES))


def _may_pass(status: int) -> bool:
    """Whether a refusal is not because of what was sent."""
    return status in _NO_ACCESS or status >= _ERRORS_OF_THE_SERVER


class _Call(NamedTuple):
    given: dict[str, Any]
    model: str
    result: dict[str, Any]


class Traced:
    """A traced function: it is called as before.

    Attributes:
        dataset_name, model_name, model_name_field, id_fields: as given, or by default.
        dropped: how many calls were lost: refused, or too many for the memory.
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
        self._given_ids = id_fields
        self.id_fields: list[str] = []
        self._settle_ids(None)
        self._looked = False
        self._interval = sync_interval
        self._timestamps = record_timestamp
        self._version = 0  # of the dataset, that was sent last
        self.dropped = 0
        self._after_fork()
        functools.update_wrapper(self, func)
        atexit.register(self._end)
        _forks.watch(self)
        _forks.at_child_exit(self._end)
        try:
            self._look_for_ids(LOOK_SECONDS)
        except VireoError as exc:
            log.warning("the id fields of the dataset %s are not known yet: %s", self.dataset_name, exc)

    def _after_fork(self) -> None:
        """What waits, the parent sends; its timer does not run in a child."""
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._calls: list[_Call] = []
        self._overflowed = 0
        self._timer: threading.Timer | None = None
        self._ended = False

    def _check_parameter(self, what: str, name: str | None) -> None:
        if name is not None and name != DEFAULT_ID and name not in self._signature.parameters:
            raise ValueError(f"{what} {name} not found in function signature")

    def _settle_ids(self, known: list[str] | None) -> None:
        fields = known or self._given_ids or [DEFAULT_ID]
        for name in fields:
            self._check_parameter("Id Field", name)
        self.id_fields = fields

    def _look_for_ids(self, timeout: float) -> None:
        try:
            known = connected().request("GET", f"/datasets/{quoted(self.dataset_name)}", timeout=timeout)["id_fields"]
        except NotFoundError:
            known = []
        if self._given_ids and known and sorted(self._given_ids) != sorted(known):
            raise ValueError(f"Id Fields {self._given_ids} do not match existing dataset id fields")
        self._settle_ids(known)
        self._looked = True

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
        model = given.get(self.model_name_field or "") or self.model_name
        with self._lock:
            self._calls.append(_Call(given, str(model), result))
            self._bound()
        return output

    def _bound(self) -> None:
        """Let no more wait than there is room for, and not longer than the interval."""
        self._overflowed += len(self._calls[ROWS_MAX:])
        del self._calls[ROWS_MAX:]
        if self._timer is None and not self._ended:
            self._timer = threading.Timer(self._interval, self.flush)
            self._timer.daemon = True
            with contextlib.suppress(RuntimeError):  # the interpreter ends, and so do we soon
                self._timer.start()

    def _drop(self, count: int, why: object) -> None:
        self.dropped += count
        log.warning("%d calls of %s are lost: %s", count, self.dataset_name, why)

    def flush(self) -> None:
        """Send what waits.  It waits on while the server is away."""
        with self._sending:
            with self._lock:
                calls, self._calls, timer, self._timer = self._calls, [], self._timer, None
                overflowed, self._overflowed = self._overflowed, 0
            if timer is not None:
                timer.cancel()
            if overflowed:
                self._drop(overflowed, f"{ROWS_MAX} wait already")
            waiting = self._deliver(calls)
            if waiting:
                with self._lock:
                    self._calls[:0] = waiting
                    self._bound()

    def _end(self) -> None:
        self._ended = True
        self.flush()
        lost, self._calls = self._calls, []
        if lost:
            self._drop(len(lost), "the process ends")

    def _deliver(self, calls: list[_Call]) -> list[_Call]:
        """Send calls; gives back those that are to wait."""
        if not calls:
            return []
        try:
            self._send(calls)
        except Exception as exc:
            if is_away(exc) or (isinstance(exc, RefusedError) and _may_pass(exc.status)):
                log.warning("%d calls of %s wait: %s", len(calls), self.dataset_name, exc)
                return calls
            if len(calls) == 1 or not self._looked:
                self._drop(len(calls), exc)
                return []
            middle = len(calls) // 2
            return self._deliver(calls[:middle]) + self._deliver(calls[middle:])
        return []

    def _send(self, calls: list[_Call]) -> None:
        if not self._looked:
            self._look_for_ids(10)
        remote = Remote(connected())
        points: dict[str, dict[str, Any]] = {}  # the first of each id
        for call in calls:
            points.setdefault(key_of(call.given, self.id_fields), call.given)
        dataset = put_rows(self.dataset_name, list(points.values()), self.id_fields, append_only=True)
        since = self._version if self._version <= dataset.version else 0  # it was deleted and made anew
        numbers = numbers_of(remote, self.dataset_name, self.id_fields, since, dataset.version)
        if not points.keys() <= numbers.keys():
            numbers = numbers_of(remote, self.dataset_name, self.id_fields)
        self._version = dataset.version
        results: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
        for call in calls:
            number = numbers[key_of(call.given, self.id_fields)]
            results[call.model][number] = without(call.result, self.id_fields)
        for model, rows in results.items():
            keep_results(remote, self.dataset_name, model, [(None, rows)])


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
