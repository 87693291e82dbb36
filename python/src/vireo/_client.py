# SPDX-License-Identifier: Apache-2.0
"""Vireo: the client, and all that users call on it."""

from __future__ import annotations

import atexit
import contextvars
import functools
import hashlib
import json
import os
import pathlib
import sys
import time
import urllib.parse
import weakref
from collections.abc import Sequence
from typing import Any, Callable, TypeVar, Union, cast, overload

from . import _convert, _forks, _native, _trace
from ._dataset import Dataset, list_datasets, open_dataset
from ._errors import ConflictError, NotFoundError, RefusedError, UnreachableError, VireoError
from ._judging import Judging, share
from ._model import ModelVersion
from ._span import Hooks, Redact, Span

F = TypeVar("F", bound=Union[Callable[..., Any], type])

EXIT_SECONDS = 2.0
DEFAULT_URL = "http://127.0.0.1:4318"
_OK, _TIMEOUT, _REFUSED = 0, 3, 4  # of enum vireo_status
_REFUSALS: dict[int, type[RefusedError]] = {404: NotFoundError, 409: ConflictError}

_native.configure(_convert.convert, _convert.plan)
_open: weakref.WeakSet[Vireo] = weakref.WeakSet()


def opened(client: _native.Client) -> Vireo | None:
    """The open connection that records by `client`."""
    return next((one for one in list(_open) if one._client is client), None)


@atexit.register
def _close_all() -> None:
    for client in list(_open):
        client.close(client.exit_timeout)


_forks.at_child_exit(_close_all)


def _opentelemetry_parent() -> str | None:
    """The traceparent of OpenTelemetry's current span, if the program uses it and has one."""
    trace = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return None
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"


def _program_name() -> str:
    """The name of the script or package that runs, for spans to be told apart."""
    path = pathlib.PurePath(sys.argv[0] if sys.argv else "")
    name = path.parent.name if path.name == "__main__.py" else path.stem
    return name if name not in ("", "-c", "-m", "-") else "python"


def _trace_id_bytes(text: str) -> bytes:
    """32 hex digits as they are; any other text by its hash, the same in every process."""
    if len(text) == 32:
        try:
            raw = bytes.fromhex(text)
            if any(raw):
                return raw
        except ValueError:
            pass
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]


class Attached:
    """What `Vireo.attach` returns; as a context manager it ends the attachment."""

    def __init__(self, span: _native.SpanBase) -> None:
        self._span = span
        span._activate()

    def __enter__(self) -> Attached:
        return self

    def __exit__(self, *_: object) -> None:
        self.detach()

    def detach(self) -> None:
        """Put back what was current before."""
        self._span._deactivate()


class Vireo(Judging):
    """A connection to one project.

    Opening needs no server: what is recorded waits in memory and on disk until
    one answers.  Nothing here raises into the traced program, nor waits for
    network or disk, except what asks the server: `flush`, `close`,
    `version_of`, `model`.  Any thread may use it, also after a fork.

    Args:
        project: name of the project.
        api_key: key of the project; default VIREO_API_KEY.  Not needed for a server without accounts.
        url: of the server; default VIREO_URL, else http://127.0.0.1:4318.
        service: name of this program; default OTEL_SERVICE_NAME, else the script's name.
        sample: share of traces to record, 0..1, decided at each trace's first span.
        capture_inputs, capture_outputs: whether calls record them.
        redact: called with the dict of inputs, and with the output, returns what to record instead.
            What it returns must be new: the values are the program's own.  If it raises,
            nothing is recorded in that place but a mark.
        enabled: False turns tracing off; default from VIREO_DISABLED.
        opentelemetry: whether spans without a parent here hang below OpenTelemetry's current span.
        spool_dir: folder that keeps what could not be sent; default VIREO_SPOOL.
        value_bytes: longest input or output recorded, in bytes of JSON; 1 MiB.
        exit_timeout: seconds to wait for the server at exit; what is left stays in the spool.

    Raises:
        ValueError: an option makes no sense, for example a URL that is none.
    """

    def __init__(
        self,
        project: str | None = None,
        api_key: str | None = None,
        url: str | None = None,
        *,
        service: str | None = None,
        sample: float = 1.0,
        capture_inputs: bool = True,
        capture_outputs: bool = True,
        redact: Redact | None = None,
        enabled: bool | None = None,
        opentelemetry: bool = False,
        spool_dir: str | None = None,
        value_bytes: int = 1024 * 1024,
        exit_timeout: float = EXIT_SECONDS,
    ) -> None:
        if enabled is None:
            enabled = os.environ.get("VIREO_DISABLED", "").lower() not in ("1", "true", "yes")
        self.project = project or os.environ.get("VIREO_PROJECT") or "default"
        self.url = (url or os.environ.get("VIREO_URL") or DEFAULT_URL).rstrip("/")
        self.exit_timeout = exit_timeout
        self._defaults = (share(sample), capture_inputs, capture_outputs, redact)
        self._hooks = Hooks(redact)
        self._client = _native.Client(
            self.project,
            api_key,
            url,
            service or os.environ.get("OTEL_SERVICE_NAME") or _program_name(),
            spool_dir,
            Span,
            self._hooks.on_error,
            self._hooks,
            outside=_opentelemetry_parent if opentelemetry else None,
            traceparent=os.environ.get("TRACEPARENT"),
            value_bytes=value_bytes,
            enabled=enabled,
        )
        self._nothing = self._client.remote(None)
        self._judges = {}
        self._assessor = None
        _open.add(self)
        _forks.watch(self)

    def _after_fork(self) -> None:
        self._client.forked()

    # ------------------------------------------------------------ tracing

    @overload
    def trace(self, target: F, /) -> F: ...

    @overload
    def trace(
        self,
        target: None = None,
        /,
        *,
        name: str | None = None,
        kind: str = "model",
        tags: dict[str, Any] | None = None,
        sample: float | None = None,
        capture_inputs: bool | None = None,
        capture_outputs: bool | None = None,
        redact: Redact | None = None,
    ) -> Callable[[F], F]: ...

    def trace(
        self,
        target: F | None = None,
        /,
        *,
        name: str | None = None,
        kind: str = "model",
        tags: dict[str, Any] | None = None,
        sample: float | None = None,
        capture_inputs: bool | None = None,
        capture_outputs: bool | None = None,
        redact: Redact | None = None,
    ) -> Any:
        """Trace every call of a callable, and keep track of its versions.

        Functions, methods, static and class methods, coroutines, generators
        (what they yield is put together), classes with `__call__`, partials
        and other callable objects.  Behaves as the original otherwise.

        Args:
            target: the callable, when used without parentheses.
            name: of the model; default the function's name, `Class.method` for methods.
            kind: what the span is: "model", "llm", "retriever", "tool", "agent", "chain", "embedding" ...
            tags: set on every span.
            sample: share of the traces that start here to record, 0..1.
            capture_inputs, capture_outputs, redact: instead of the client's.

        Raises:
            TypeError: it cannot be traced.
            ValueError: `sample` is outside 0..1.
        """
        options = self._options(name, kind, tags, sample, capture_inputs, capture_outputs, redact)
        if target is None:
            return lambda found: _trace.wrap(self._client, found, options)
        return _trace.wrap(self._client, target, options)

    def _options(
        self,
        name: str | None,
        kind: str,
        tags: dict[str, Any] | None,
        sample: float | None,
        capture_inputs: bool | None,
        capture_outputs: bool | None,
        redact: Redact | None,
    ) -> _trace.Options:
        """A decorator's options, where they are None the client's."""
        default_sample, default_inputs, default_outputs, default_redact = self._defaults
        return _trace.Options(
            name,
            kind,
            tags,
            default_sample if sample is None else share(sample),
            default_inputs if capture_inputs is None else capture_inputs,
            default_outputs if capture_outputs is None else capture_outputs,
            redact or default_redact,
        )

    def span(self, name: str, *, kind: str = "span", tags: dict[str, Any] | None = None) -> Span:
        """Start a span below the current one, or a new trace.

        Args:
            name: of the step.
            kind: "span", "retriever", "tool", "llm", "agent", "chain", "embedding" ...
            tags: to set at once.

        Returns:
            The running span: use it in a `with` or `async with` statement, or call `finish()`.
        """
        span = cast(Span, self._client.start(str(name), kind, None, None, self._defaults[0]))
        if tags:
            span.tag(tags)
        return span

    def start_trace(
        self,
        name: str,
        trace_id: str | None = None,
        *,
        kind: str = "span",
        tags: dict[str, Any] | None = None,
        session: str | None = None,
        user: str | None = None,
    ) -> Span:
        """Start the first span of a trace, for where the decorator does not fit.

        Args:
            name: of the trace.
            trace_id: to be chosen when several processes contribute to one trace: each starts a span
                with the same id.  32 hex digits, or any text, such as an order's number.
            session, user: the conversation and end user that it belongs to.
            kind, tags: as for `span`.

        Returns:
            The running span; it becomes current only inside a `with` statement.
        """
        raw = None if trace_id is None else _trace_id_bytes(str(trace_id))
        span = cast(Span, self._client.start(str(name), kind, False, raw, self._defaults[0]))
        if trace_id is not None and raw is not None and raw.hex() != trace_id:
            span.set_attribute("vireo.trace.key", str(trace_id))
        if tags:
            span.tag(tags)
        if session is not None:
            span.set_session(session)
        if user is not None:
            span.set_user(user)
        return span

    def current_span(self) -> Span:
        """The span that runs here; one that records nothing when there is none."""
        return cast(Span, self._client.current() or self._nothing)

    def current_trace(self) -> Span:
        """The outermost span of the running trace in this process: what is tagged there holds for the trace."""
        return cast(Span, self.current_span().root)

    # ------------------------------------------------------------ context

    def traceparent(self) -> str | None:
        """The W3C traceparent of the current span, for a request to or the environment of another process.

        Set it as the header `traceparent`, or as the variable TRACEPARENT, which a `Vireo` in the
        other process takes up by itself.  None when nothing is current.
        """
        span = self._client.current()
        return span.traceparent if span is not None and span.trace_id.strip("0") else None

    def attach(self, traceparent: str | None) -> Attached:
        """Let spans that start here hang below one of another process.

        Args:
            traceparent: from a request's header; None, or one that is malformed, starts anew.

        Returns:
            A context manager that ends it; or call its `detach()`.
        """
        try:
            span = self._client.remote(traceparent)
        except (ValueError, TypeError):
            span = self._client.remote(None)
        return Attached(span)

    def wrap_context(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """`func`, to run on another thread below what is current now.

        For example `pool.submit(vr.wrap_context(work), item)` or `pool.map(vr.wrap_context(work), items)`.
        """
        context = contextvars.copy_context()

        @functools.wraps(func)
        def run(*args: Any, **kwargs: Any) -> Any:
            return context.copy().run(func, *args, **kwargs)

        return run

    # ------------------------------------------------------------ models

    def version_of(self, model: Callable[..., Any], timeout: float = 10.0) -> str:
        """The tag of a traced callable's version, for example "model:v1".  Asks the server.

        Args:
            model: what `trace` returned, or a method of it.
            timeout: seconds to wait.

        Raises:
            VireoError: it is not traced.
            UnreachableError, RefusedError: the server did not answer, or said no.
        """
        preparation = _trace.preparation_of(model)
        if preparation is None or preparation.client is not self._client:
            raise VireoError(f"{model!r} is not traced by this client")
        end = time.monotonic() + timeout
        preparation(None)
        assert preparation.registration is not None
        # What ran before has its number before.
        self.flush(timeout)
        body = preparation.registration.body().encode()
        path = f"/models/{urllib.parse.quote(preparation.name, safe='')}/versions"
        answer = self.request("POST", path, body, max(0.1, end - time.monotonic()))
        return str(answer["tag"])

    def model(self, tag: str, timeout: float = 10.0) -> ModelVersion:
        """A version of a model: its definition, signature, where and when it was seen.

        Args:
            tag: "name:v2"; the name alone: its latest version.
            timeout: seconds to wait.

        Raises:
            NotFoundError: there is no such version.
            UnreachableError, RefusedError: the server did not answer, or said no.
        """
        name, colon, version = tag.rpartition(":")
        if not colon or not version.lstrip("v").isdigit():
            latest = self.request("GET", f"/models/{urllib.parse.quote(tag, safe='')}", None, timeout)["latest"]
            name, _, version = str(latest).rpartition(":")
        path = f"/models/{urllib.parse.quote(name, safe='')}/versions/{urllib.parse.quote(version, safe='')}"
        return ModelVersion(self.request("GET", path, None, timeout))

    # ------------------------------------------------------------ datasets

    def dataset(
        self,
        name: str,
        *,
        id_fields: Sequence[str] | None = None,
        description: str | None = None,
        metadata: dict[str, Any] | None = None,
        tags: Sequence[str] | None = None,
        create: bool = True,
    ) -> Dataset:
        """The dataset of that name, made if there is none.

        Args:
            name: of the dataset; the tag of a version, "questions:v3", gives the dataset as it was then.
            id_fields: members of the inputs that are the id of a sample, for a new dataset; by default a hash of
                the whole input is.
            description, metadata, tags: of a new dataset.
            create: False: do not make it.

        Raises:
            NotFoundError: there is none, and `create` is False or a version is asked for.
            ConflictError: it is there with other id fields.
        """
        return open_dataset(self, name, id_fields, description, metadata, tags, create)

    def datasets(self) -> list[Dataset]:
        """All datasets by name."""
        return list(list_datasets(self))

    def request(self, method: str, path: str, body: bytes | None = None, timeout: float = 10.0) -> Any:
        """One call of the project's REST API.

        Args:
            method: "GET", "POST", ...
            path: behind /api/v1/projects/{project}, for example "/models".
            body: JSON, or None.
            timeout: seconds.

        Returns:
            The answer's JSON, or None when it has no body.

        Raises:
            UnreachableError, NotFoundError, ConflictError, RefusedError.
        """
        status, http, answer = self._client.request(method, path, body, timeout)
        if status == _OK:
            return json.loads(answer) if answer else None
        raise self._refusal(status, http, answer, f"{method} {path}")

    def _refusal(self, status: int, http: int, answer: bytes, what: str) -> VireoError:
        """The error of a call that failed."""
        if status != _REFUSED:
            return UnreachableError(f"no answer to {what}: {self._client.last_error() or 'not reachable'}")
        message, field = _problem(answer, http)
        return _REFUSALS.get(http, RefusedError)(message, http, field)

    # ------------------------------------------------------------ end

    def flush(self, timeout: float = 10.0) -> bool:
        """Wait until everything recorded so far is delivered.

        Args:
            timeout: seconds to wait at most.

        Returns:
            Whether it was; if not, it is kept and sent later.  Calls that judges assess are judged meanwhile.
        """
        end = time.monotonic() + timeout
        done = self._hooks.worker.drain(timeout)
        if self._assessor is not None:
            done = self._assessor.drain(max(0.0, end - time.monotonic())) and done
        return self._client.flush(max(0.0, end - time.monotonic())) == _OK and done

    def close(self, timeout: float | None = None) -> bool:
        """Deliver for at most `timeout` seconds, keep the rest in the spool, and record nothing more.

        Returns:
            Whether everything was delivered.
        """
        if not self._client.is_open:
            return True
        seconds = self.exit_timeout if timeout is None else timeout
        end = time.monotonic() + seconds
        done = self._hooks.worker.drain(seconds)
        if self._assessor is not None:
            done = self._assessor.drain(max(0.0, end - time.monotonic())) and done
            self._assessor.close()
        _open.discard(self)
        return self._client.close(max(0.0, end - time.monotonic())) == _OK and done

    def counters(self) -> dict[str, int]:
        """What happened to spans and scores so far: delivered, rejected, dropped, cut, spooled, waiting bytes ..."""
        counters = self._client.counters()
        counters["dropped_references"] = self._hooks.dropped_references
        if self._assessor is not None:
            counters.update(self._assessor.counters())
        return counters

    def __enter__(self) -> Vireo:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def page(self, *parts: str) -> str:
        """The address of something on the page: `vr.page("models", "digits")`."""
        return "/".join([self.url, *(urllib.parse.quote(part, safe="") for part in (self.project, *parts))])

    def __repr__(self) -> str:
        return f"<Vireo {self.project!r}{'' if self._client.is_open else ', closed'}>"


def _problem(answer: bytes, http: int) -> tuple[str, str | None]:
    """(message, field) of an application/problem+json."""
    try:
        problem = json.loads(answer)
        return str(problem.get("detail") or problem.get("title") or f"HTTP {http}"), problem.get("field")
    except (ValueError, AttributeError):
        return f"HTTP {http}", None
