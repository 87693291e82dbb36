# SPDX-License-Identifier: Apache-2.0
"""`vr.evaluate`: a model over a dataset, with judges and evaluators.

    what has no inference --model, traced--> checkpoints --> what has not all its columns --judges--> results, scores

Both halves ask the server what is missing, so a run that broke off goes on where its
last checkpoint was, and a further judge costs only its own judgements.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import functools
import inspect
import json
import time
from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, cast

from . import _definition, _trace
from ._code_child import call_with, finished, whole_text
from ._code_frames import decoded
from ._code_process import Code, CodePool
from ._columns import KEY, Columns, Scores, merged_metadata
from ._dataset import Dataset
from ._errors import LoadError, VireoError
from ._evaluation import Evaluation
from ._model import ModelVersion, split_tag
from ._remote import Remote
from ._side_by_side import side_by_side
from .judge._judge import PARAMETERS, body
from .judge._outbox import Outbox
from .judge._outcome import NoScore, as_json, cut, scores_of
from .judge._panel import CodeJudge, Panel, Runnable, Subject

if TYPE_CHECKING:
    from ._client import Vireo

CHECKPOINT = 200
CHECKPOINT_SECONDS = 2.0
MODEL_SECONDS = 300.0
MODEL_BYTES = 8 * 1024**3
BODY_BYTES = 16 * 1024 * 1024  # of one checkpoint
_CURES = {
    "--allow-code": "pass allow_code=True if you trust it",
    "--endpoint": "set VIREO_LLM_URL to that, or give the LLMJudge itself",
}


# ---------------------------------------------------------------- the model


class Model:
    """What is evaluated: `call(input)`, with its name and fingerprint for the traces."""

    def __init__(self, tag: str, name: str, fingerprint: str, call: Callable[[Any], Any]) -> None:
        self.tag = tag
        self.name = name
        self.fingerprint = fingerprint
        self.call = call


def _callable_model(vr: Vireo, model: Any) -> Model:
    if isinstance(model, type) or not callable(model):
        raise TypeError(f"a model is a callable or a tag such as 'model:v1', not {model!r}")
    loaded = getattr(model, "__vireo_version__", None)
    if isinstance(loaded, ModelVersion):
        return Model(loaded.tag, loaded.name, loaded.fingerprint, lambda value: finished(call_with(model, value)))
    found = _trace.preparation_of(model)
    if found is None or found.client is not vr._client:
        found = cast(_trace.Preparation, _trace.preparation_of(vr.trace(model)))
        target = found.target
    elif inspect.ismethod(model):
        target = functools.partial(found.target, model.__self__)
    elif "__vireo__" in getattr(model, "__dict__", {}):
        target = found.target
    else:  # an instance whose class' __call__ is traced
        target = functools.partial(found.target, model)
    tag = vr.version_of(_Prepared(found))
    assert found.registration is not None
    fingerprint = found.registration.definition.fingerprint
    return Model(tag, found.name, fingerprint, lambda value: finished(call_with(target, value)))


class _Prepared:
    """Stands for a traced callable, for `version_of`."""

    def __init__(self, preparation: _trace.Preparation) -> None:
        self.__vireo__ = preparation

    def __call__(self) -> None: ...


class StoredError(Exception):
    """The stored code failed, in its process."""


def _stored_model(vr: Vireo, tag: str, allow_code: bool, pool: CodePool) -> Model:
    if not allow_code:
        raise LoadError(f"evaluating {tag} runs its stored code: pass allow_code=True if you trust it")
    version = vr.model(tag)
    if not version.source:
        raise LoadError(f"{version.tag} was registered without source")
    version.warn_of_differences()
    part = {"source": version.source, "dependencies": version.dependencies, "packages": version.packages}
    code = Code(f"{version.tag}@{version.fingerprint}", [part])

    def call(value: Any) -> Any:
        outcome = pool.run("infer", code, {"inputs": whole_text(value)}, MODEL_SECONDS, MODEL_BYTES)
        if outcome.error is not None:
            raise StoredError(outcome.error)
        return decoded(outcome.result)

    return Model(version.tag, version.name, version.fingerprint, call)


# ---------------------------------------------------------------- threads


def in_threads(work: Callable[[Any], Any], items: Iterable[Any], threads: int) -> Generator[Any, None, None]:
    """`work` of each item as it is done, in any order; see `side_by_side`."""
    pool = concurrent.futures.ThreadPoolExecutor(threads, thread_name_prefix="vireo-evaluate")
    return side_by_side(pool, work, items, threads)


def in_batches(results: Generator[Any, None, None], send: Callable[[list[Any]], None]) -> None:
    """Send what comes, a batch at a time; also what came before an error.  When a batch cannot be sent, nothing
    more is asked for."""
    batch: list[Any] = []
    since = time.monotonic()
    with contextlib.closing(results):
        try:
            for result in results:
                batch.append(result)
                if len(batch) >= CHECKPOINT or time.monotonic() - since > CHECKPOINT_SECONDS:
                    batch, due = [], batch
                    send(due)
                    since = time.monotonic()
        finally:
            if batch:
                send(batch)


# ---------------------------------------------------------------- evaluators


Evaluator = Callable[..., Any]


def _evaluator_parameters(evaluator: Evaluator) -> list[str]:
    names = list(inspect.signature(evaluator).parameters)
    wrong = [n for n in names if n not in PARAMETERS or n == "trace"]
    if wrong or not names:
        raise TypeError(f"an evaluator takes any of outputs, inputs, expected, metadata by name, not {wrong}")
    return names


def _name_of(evaluator: Evaluator) -> str:
    return str(getattr(evaluator, "__name__", type(evaluator).__name__))


def keyed(evaluators: list[Evaluator]) -> dict[str, Evaluator]:
    """The evaluators by name and definition: one that was changed has to look at all samples again.

    Raises:
        TypeError: one takes something else, or two have the same name.
    """
    names = [_name_of(e) for e in evaluators]
    for name, evaluator in zip(names, evaluators):
        _evaluator_parameters(evaluator)
        if names.count(name) > 1:
            raise TypeError(f"two evaluators are called {name}, which names their columns")
    return {f"{name}@{_definition.define(e).fingerprint[:16]}": e for name, e in zip(names, evaluators)}


def evaluated(evaluator: Evaluator, values: dict[str, Any]) -> Scores:
    """What an evaluator says of one sample.  It runs here: it is the caller's own code."""
    name = _name_of(evaluator)
    try:
        result = evaluator(**{k: values[k] for k in _evaluator_parameters(evaluator)})
        return as_json(scores_of(result, name))
    except NoScore as exc:
        return [{"name": name, "error": str(exc)}]
    except Exception as exc:
        return [{"name": name, "error": cut(f"{type(exc).__name__}: {exc}", 1000)}]


# ---------------------------------------------------------------- the run


class _Judged(NamedTuple):
    """A sample with its old columns, and by judge or evaluator its new scores."""

    number: int
    old: dict[str, Any]
    new: dict[str, Scores]


def _texts(sample: dict[str, Any]) -> dict[str, str]:
    """What judges see of a sample."""
    return {
        "inputs": json.dumps(sample["input"]),
        "outputs": json.dumps(sample["inference"]),
        "expected": json.dumps(sample.get("expected")),
        "metadata": json.dumps(sample.get("metadata") or {}),
    }


class Run:
    """One call of `vr.evaluate`."""

    def __init__(
        self,
        vr: Vireo,
        evaluation: Evaluation,
        model: Model,
        workers: int,
        progress: Any,
        metadata: dict[str, Any],
    ) -> None:
        self._vr = vr
        self._remote = Remote(vr)
        self._evaluation = evaluation
        self._model = model
        self._workers = workers
        self._progress = progress
        self._metadata = merged_metadata(evaluation.detail.get("metadata") or {}, metadata)

    def begin(self) -> None:
        """Note that it runs, and the caller's metadata, which may be new."""
        _note(self._vr, self._evaluation, status="running", metadata=self._metadata)

    # -- inferences

    def infer(self, everything: bool) -> None:
        """Run the model on the samples without inference (or all), in checkpoints."""
        path = f"{self._evaluation.path}/remaining"
        which = "true" if everything else None
        total = self._remote.get(path, all=which, limit=1)["total"]
        if not total:
            return
        with self._progress("infer", total) as bar:

            def send(batch: list[dict[str, Any]]) -> None:
                data = body({"inferences": batch, "reset": everything})
                if len(data) > BODY_BYTES and len(batch) > 1:
                    send(batch[: len(batch) // 2])
                    send(batch[len(batch) // 2 :])
                    return
                self._remote.call("POST", f"{self._evaluation.path}/inferences", data)
                bar.advance(len(batch))

            # Listed before the first checkpoint changes what is missing.
            samples = list(self._remote.items(path, all=which))
            in_batches(in_threads(self._infer, samples, self._workers), send)

    def _infer(self, sample: dict[str, Any]) -> dict[str, Any]:
        span = self._vr._client.start(self._model.name, "model", False)
        span.set_attribute("vireo.model.name", self._model.name)
        span.set_attribute("vireo.model.fingerprint", self._model.fingerprint)
        span.set_attribute("vireo.evaluation", self._evaluation.id)
        value = decoded(json.dumps(sample["input"]))
        span._input(value)
        began = time.perf_counter()
        found: dict[str, Any] = {"number": sample["number"]}
        if span.recording:
            found["trace_id"] = span.trace_id
        try:
            with span:
                output = self._model.call(value)
                span._output(output)
                found["inference"] = json.loads(whole_text(output))
        except Exception as exc:
            found["error"] = cut(f"{type(exc).__name__}: {exc}", 1000)
        found["latency_ms"] = (time.perf_counter() - began) * 1000
        return found

    # -- judges

    def judge(self, judges: dict[str, Runnable], evaluators: dict[str, Evaluator], again: bool) -> None:
        """Give each inference the columns that it lacks."""
        if not judges and not evaluators:
            return
        names = [*judges, *evaluators]
        columns = Columns(self._metadata.get(KEY) or {}, names)
        known = self._without_retired(columns)
        if again:
            known = {}
        todo = []
        for sample in self._remote.items(f"{self._evaluation.path}/inferences"):
            old = known.get(sample["number"], {})
            missing = [n for n in names if columns.missing(n, old)]
            if missing and sample.get("inferred", True) and not sample.get("error"):
                todo.append((sample, old, missing))
        panel, outbox = Panel(), Outbox(self._vr.request)

        def work(item: tuple[dict[str, Any], dict[str, Any], list[str]]) -> _Judged:
            sample, old, missing = item
            new = self._judged(sample, {n: judges[n] for n in missing if n in judges}, panel, outbox)
            values = {k: decoded(v) for k, v in _texts(sample).items()}
            new.update({key: evaluated(e, values) for key, e in evaluators.items() if key in missing})
            return _Judged(sample["number"], old, new)

        if not todo:
            return
        with self._progress("judge", len(todo)) as bar:

            def send(batch: list[_Judged]) -> None:
                rows = {one.number: columns.renewed(one.old, one.new) for one in batch}
                self._note_columns(columns)
                self._send_results(rows)
                outbox.pump(hurry=True)
                bar.advance(len(batch))

            in_batches(in_threads(work, todo, self._workers), send)
        self._settle(outbox)

    def _without_retired(self, columns: Columns) -> dict[int, dict[str, Any]]:
        """The columns that the samples have, by number.

        Those of older versions go first: left there until a newer one comes to the sample, they would be taken for its
        own once the run breaks off.
        """
        known: dict[int, dict[str, Any]] = {row["number"]: row["metrics"] for row in self._evaluation.rows()}
        retired = columns.retired
        cleared = {n: columns.renewed(old, {}) for n, old in known.items() if retired.intersection(old)}
        numbers = list(cleared)
        for at in range(0, len(numbers), CHECKPOINT):
            part = numbers[at : at + CHECKPOINT]
            self._send_results({n: {**dict.fromkeys(retired), **cleared[n]} for n in part})
        self._note_columns(columns)
        return {**known, **cleared}

    def _note_columns(self, columns: Columns) -> None:
        if columns.stored() != (self._metadata.get(KEY) or {}):
            self._metadata[KEY] = columns.stored()
            _note(self._vr, self._evaluation, metadata=self._metadata)

    def _judged(
        self, sample: dict[str, Any], judges: dict[str, Runnable], panel: Panel, outbox: Outbox
    ) -> dict[str, Scores]:
        """What judges say of one sample; it goes to its trace too."""
        found: dict[str, Scores] = {}
        for tag, judge in judges.items():
            try:
                values = self._with_trace(_texts(sample), sample, judge)
            except VireoError as exc:
                found[tag] = [{"name": judge.name, "error": f"the trace could not be read: {exc}"}]
                continue
            rows = panel.judge(tag, judge, Subject(str(sample.get("trace_id") or ""), "", None, values))
            found[tag] = rows
            if sample.get("trace_id"):
                outbox.add([{k: v for k, v in row.items() if k != "span_id"} for row in rows])
        return found

    def _with_trace(self, texts: dict[str, str], sample: dict[str, Any], judge: Runnable) -> dict[str, str | None]:
        if "trace" not in judge.parameters or not sample.get("trace_id"):
            return dict(texts)
        self._vr._client.flush(10.0)
        return {**texts, "trace": json.dumps(self._remote.get(f"/traces/{sample['trace_id']}"))}

    def _send_results(self, rows: dict[int, dict[str, Any]]) -> None:
        names = sorted({name for row in rows.values() for name in row})
        columns = {name: [row.get(name) for row in rows.values()] for name in names}
        results = {"case": None, "configuration": None, "numbers": list(rows), "columns": columns}
        self._remote.call("POST", f"{self._evaluation.path}/results", body(results))

    def _settle(self, outbox: Outbox) -> None:
        end = time.monotonic() + 60
        while not outbox.pump(hurry=True) and time.monotonic() < end:
            time.sleep(0.1)
        if outbox.waiting:
            raise VireoError(f"{outbox.waiting} scores could not be stored: {outbox.last_problem}")


# ---------------------------------------------------------------- entry


def target_of(dataset: Any) -> dict[str, Any]:
    """The part of POST /evaluations that says over what: a Dataset, "questions", "questions:v3"."""
    if isinstance(dataset, str):
        known_as, number = split_tag(dataset)
        return {"name": known_as} if number is None else {"name": known_as, "version": number}
    if not isinstance(dataset, Dataset):
        raise TypeError(f"a dataset is what vr.dataset() gives, or a name, not {type(dataset).__name__}")
    target: dict[str, Any] = {"name": dataset.name, "version": dataset.version}
    return target if dataset.split_name is None else {**target, "split": dataset.split_name}


def runnable_judges(vr: Vireo, judges: list[Any], pool: CodePool, allow_code: bool) -> dict[str, Runnable]:
    """Judges by tag: of this client, or stored ones after the caller's word."""
    from .judge._llm import endpoint_url
    from .judge._service import Judges, Refused

    stored = Judges(vr, pool, allow_code, {endpoint_url().rstrip("/")})
    found: dict[str, Runnable] = {}
    for one in judges:
        tag = one if isinstance(one, str) else vr.add_judge(one)
        if tag in vr._judges:
            judge, version = vr._judges[tag]
            code = version["kind"] == "code"
            found[tag] = CodeJudge(pool, judge.name, version) if code else judge.bound(vr)
            continue
        try:
            found[tag] = stored.get(stored.tag_of(tag))
        except Refused as exc:
            cure = _CURES.get(exc.option)
            raise LoadError(f"{exc.problem}: {cure}" if cure else str(exc)) from exc
    return found


def evaluate(
    vr: Vireo,
    model: Any,
    dataset: Any,
    judges: list[Any],
    evaluators: list[Evaluator],
    *,
    name: str | None,
    workers: int,
    reset: bool,
    allow_code: bool,
    metadata: dict[str, Any] | None,
    progress: Any,
) -> Evaluation:
    """See `Vireo.evaluate`."""
    looking = keyed(evaluators)
    pool = CodePool(workers)
    try:
        of = _stored_model(vr, model, allow_code, pool) if isinstance(model, str) else _callable_model(vr, model)
        found = runnable_judges(vr, judges, pool, allow_code)
        wanted = {
            "dataset": target_of(dataset),
            "model": of.tag,
            "evaluator": name or "vireo.evaluate",
            "judges": list(found),
            "metadata": metadata,
        }
        detail = Remote(vr).call("POST", "/evaluations", body({k: v for k, v in wanted.items() if v is not None}))
        evaluation = Evaluation(vr, detail)
        run = Run(vr, evaluation, of, workers, progress, metadata or {})
        try:
            run.begin()
            run.infer(reset)
            vr.flush(30)
            run.judge(found, looking, reset)
        except BaseException as exc:
            _failed(vr, evaluation, exc)
            raise
        evaluation.refresh()
        missing = evaluation.samples - evaluation.inferred
        status = "complete" if evaluation.inferred or not missing else "failed"
        _note(vr, evaluation, status=status, message=f"{missing} samples without inference" if missing else "")
        return evaluation.refresh()
    finally:
        pool.close()


def _note(vr: Vireo, evaluation: Evaluation, again: bool = True, **fields: Any) -> None:
    Remote(vr).call("PATCH", evaluation.path, body(fields), again=again)


def _failed(vr: Vireo, evaluation: Evaluation, exc: BaseException) -> None:
    with contextlib.suppress(VireoError):  # the first problem is the one to tell
        _note(vr, evaluation, again=False, status="failed", message=cut(f"{type(exc).__name__}: {exc}", 500))
