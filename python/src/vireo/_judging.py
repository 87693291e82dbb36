# SPDX-License-Identifier: Apache-2.0
"""What `Vireo` knows of judges and scores."""

from __future__ import annotations

import urllib.parse
from typing import TYPE_CHECKING, Any, Callable, TypeVar, Union, cast

from . import _native, _trace
from ._dataset import Sample
from ._errors import RefusedError
from ._span import Redact

if TYPE_CHECKING:
    from ._evaluation import Comparison, Evaluation
    from .judge._assess import Assessor, Assigned

F = TypeVar("F", bound=Union[Callable[..., Any], type])
Scored = Union[str, _native.SpanBase, Sample]


def _target(scored: Scored, span_id: str | None, model: str | None = None) -> dict[str, Any]:
    if isinstance(scored, Sample):
        if span_id is not None:
            raise ValueError("a sample has no spans")
        return {"number": scored.number, "model": model}
    if model is not None:
        raise ValueError("model says whose answer to a sample is meant; a trace knows its model")
    if isinstance(scored, _native.SpanBase):
        if not scored.trace_id.strip("0"):
            raise ValueError("this span was not recorded, so it cannot be scored")
        return {"trace_id": scored.trace_id, "span_id": span_id or scored.span_id}
    return {"trace_id": str(scored)} if span_id is None else {"trace_id": str(scored), "span_id": span_id}


def share(sample: float) -> float:
    """`sample` as a number of 0..1."""
    if not 0.0 <= sample <= 1.0:
        raise ValueError("sample is a share between 0 and 1")
    return float(sample)


class Judging:
    """A part of `Vireo`: see there."""

    _client: _native.Client
    _options: Callable[..., _trace.Options]
    request: Callable[..., Any]
    _judges: dict[str, tuple[Any, dict[str, Any]]]
    _assessor: Assessor | None

    # ------------------------------------------------------------ judges

    def add_judge(self, judge: Any, timeout: float = 10.0) -> str:
        """Register a judge; the same definition is the same version.

        Args:
            judge: a `vireo.judge.Judge` or `LLMJudge`.
            timeout: seconds to wait for the server.

        Returns:
            Its tag, for example "random-judge:v1".

        Raises:
            TypeError: it is no judge, or the source of its functions cannot be read.
            UnreachableError, RefusedError: the server did not answer, or said no.
        """
        from .judge._judge import body

        if not hasattr(judge, "registration"):
            raise TypeError(f"a Judge or an LLMJudge, not {type(judge).__name__}")
        fields = judge.registration()
        path = f"/judges/{urllib.parse.quote(judge.name, safe='')}/versions"
        tag = str(self.request("POST", path, body(fields), timeout)["tag"])
        self._judges[tag] = (judge, fields)
        return tag

    def assess(
        self,
        *judges: Any,
        sample: float = 1.0,
        name: str | None = None,
        kind: str = "model",
        tags: dict[str, Any] | None = None,
        capture_inputs: bool | None = None,
        capture_outputs: bool | None = None,
        redact: Redact | None = None,
    ) -> Callable[[F], F]:
        """Trace every call of a callable and score it with judges, never on the caller's thread.

        Code judges run in a process of their own, with limits; what goes wrong there becomes
        an error in place of the score.

        Args:
            judges: tags that `add_judge` of this client returned, or judges to add now.
            sample: share of the traces to score, 0..1, chosen by the trace's id; all are traced.
            name, kind, tags, capture_inputs, capture_outputs, redact: as for `trace`.

        Raises:
            TypeError: there is no judge, or the target cannot be traced.
            ValueError: this client does not know a tag, or `sample` is outside 0..1.
            UnreachableError, RefusedError: a judge had to be added and could not.
        """
        assigned = self._assigned(judges, share(sample))
        options = self._options(name, kind, tags, None, capture_inputs, capture_outputs, redact)
        return lambda found: _trace.wrap(self._client, found, options._replace(judges=assigned))

    def _assigned(self, judges: tuple[Any, ...], sample: float) -> tuple[Assigned, ...]:
        from .judge._assess import Assessor, Assigned

        if not judges or (len(judges) == 1 and callable(judges[0]) and not hasattr(judges[0], "registration")):
            raise TypeError("assess needs a judge: @vr.assess(judge_tag)")
        found = []
        for one in judges:
            tag = one if isinstance(one, str) else self.add_judge(one)
            if tag not in self._judges:
                raise ValueError(f"{tag!r} was not added by this client: vr.add_judge(judge) returns the tag to use")
            judge, version = self._judges[tag]
            found.append(Assigned(tag, judge, version, sample))
        if self._assessor is None:
            self._assessor = Assessor(cast(Any, self))
        return tuple(found)

    # ------------------------------------------------------------ scores

    def score(
        self,
        scored: Scored,
        name: str,
        value: Any = None,
        passed: bool | None = None,
        reason: str | None = None,
        *,
        span_id: str | None = None,
        by: str | None = None,
        source: str = "code",
        metadata: dict[str, Any] | None = None,
        model: str | None = None,
        timeout: float = 10.0,
    ) -> None:
        """Score a trace, a span or a sample; a later score of the same name (and `by`) replaces an earlier one.

        Args:
            scored: a span, a trace's id (with `span_id`: that span of it), or a sample of a dataset.
            name: of the score.
            value: a number, a bool or a label.
            passed: the verdict.
            reason: why.
            by: who or what says so.
            source: "code", "llm" or "person".
            metadata: anything else, as JSON; not of samples.
            model: of a sample, the version whose answer to it is scored.
            timeout: seconds to wait for the server.

        Raises:
            ValueError: the value is no score, or the span was not recorded.
            UnreachableError, RefusedError: the server did not answer, or said no.
        """
        from .judge._outcome import Score, as_json, scores_of

        scores = as_json(scores_of([Score(value, reason, passed=passed, name=name, metadata=metadata)], name))
        row = {**_target(scored, span_id, model), "source": source, "by": by, **scores[0]}
        self._send_scores(scored, row, timeout)

    def feedback(
        self,
        scored: Scored,
        value: Any = True,
        reason: str | None = None,
        *,
        name: str = "feedback",
        user: str | None = None,
        span_id: str | None = None,
        model: str | None = None,
        timeout: float = 10.0,
    ) -> None:
        """What a person thinks of a trace, a span or a sample.

        Args:
            scored, span_id, model: as for `score`.
            value: True or False for thumbs up or down; or a number, or a label.
            reason: why.
            name: to tell several kinds of feedback apart.
            user: who says so; each user has one feedback of a name, which may be changed.

        Raises:
            ValueError: the value is no score, or the span was not recorded.
            UnreachableError, RefusedError: the server did not answer, or said no.
        """
        from .judge._outcome import plain_value

        plain = plain_value(value)
        row = {"name": name, "kind": "feedback", "source": "person", "by": user, "value": plain, "reason": reason}
        if isinstance(plain, bool):
            row["passed"] = plain
        self._send_scores(scored, {**_target(scored, span_id, model), **row}, timeout)

    def expect(
        self,
        scored: Scored,
        expected: Any,
        reason: str | None = None,
        *,
        name: str = "expected",
        user: str | None = None,
        span_id: str | None = None,
        timeout: float = 10.0,
    ) -> None:
        """Note what the output should have been: judges see it as `expected`.

        Args:
            scored, span_id: as for `score`.
            expected: anything that can be written as JSON.
            reason: why.
            name: to tell several expectations apart.
            user: who says so.

        Raises:
            ValueError: it is no JSON, or the span was not recorded.
            UnreachableError, RefusedError: the server did not answer, or said no.
        """
        row = {"name": name, "kind": "expectation", "source": "person", "by": user, "expected": expected}
        self._send_scores(scored, {**_target(scored, span_id), **row, "value": None, "reason": reason}, timeout)

    # ------------------------------------------------------------ evaluations

    def evaluate(
        self,
        model: Any,
        dataset: Any,
        judges: list[Any] | None = None,
        evaluators: list[Callable[..., Any]] | None = None,
        *,
        name: str | None = None,
        workers: int = 1,
        reset: bool = False,
        allow_code: bool = False,
        metadata: dict[str, Any] | None = None,
        progress: bool | None = None,
    ) -> Evaluation:
        """Run a model over a dataset and judge what it gives; only what is missing is done.

        Each inference is traced; scores become columns of the results and scores of the traces.
        What went wrong with one sample is noted there; the others go on.

        Args:
            model: a callable, traced or not; or a version's tag, whose stored code then runs in a process of its own.
            dataset: what `dataset()` gives, or "questions", or "questions:v3".  A sample's input that is a dict is
                passed by name where that fits the model's parameters.
            judges: tags or judges.
            evaluators: functions of any of `outputs`, `inputs`, `expected`, `metadata` that return what a rubric may;
                they run in this program.
            name: of the evaluation, to tell several of one model on one dataset apart.
            workers: samples at once.
            reset: infer and judge everything again.
            allow_code: whether stored code may run: of a model given by its tag, of judges that others added.
            metadata: to keep with it.
            progress: whether to show a bar on standard error; default: on a terminal.

        Raises:
            LoadError: stored code would have to run and was not allowed, or there is none.
            TypeError: something is no model, dataset, judge or evaluator.
            UnreachableError, RefusedError: the server did not answer, or said no; what was done is kept.
        """
        from ._evaluate import evaluate
        from ._progress import Progress

        return evaluate(
            cast(Any, self),
            model,
            dataset,
            list(judges or []),
            list(evaluators or []),
            name=name,
            workers=max(1, workers),
            reset=reset,
            allow_code=allow_code,
            metadata=metadata,
            progress=lambda what, total: Progress(what, total, shown=progress),
        )

    def compare(
        self,
        *evaluations: Any,
        baseline: Any = None,
        metrics: list[str] | None = None,
        stratify: str | None = None,
        higher: list[str] | None = None,
        lower: list[str] | None = None,
        correction: str | None = None,
        timeout: float = 60.0,
    ) -> Comparison:
        """Compare evaluations of the same samples, with paired tests.

        Args:
            evaluations: two or more, or their numbers.
            baseline: one of them; default the last one, so that `compare(new, old)` tells what is new.
            metrics: default all that are numbers or booleans.
            stratify: "metadata.city", "metadata.age:quantiles=4", "metadata.age:edges=18,65".
            higher, lower: metrics of which more is better, or less; default by their names, and where these say
                nothing the verdict is "unknown".
            correction: for many comparisons: "holm", "bh" or "none".
            timeout: seconds to wait for the server.

        Raises:
            ValueError: fewer than two evaluations.
            UnreachableError, RefusedError: the server did not answer, or said no.
        """
        from ._evaluation import Comparison

        ids = [int(getattr(e, "id", e)) for e in evaluations]
        if len(ids) < 2:
            raise ValueError("compare takes two evaluations or more")
        base = ids[-1] if baseline is None else int(getattr(baseline, "id", baseline))
        # The baseline first, what is compared with it behind: the page's order.
        ordered = [base, *(i for i in reversed(ids) if i != base)]
        fields = {"evaluations": ",".join(map(str, ordered)), "baseline": str(base)}
        lists = {"metrics": metrics, "higher": higher, "lower": lower}
        fields.update({key: ",".join(names) for key, names in lists.items() if names})
        fields.update({k: v for k, v in {"stratify": stratify, "correction": correction}.items() if v})
        detail = self.request("GET", f"/comparisons?{urllib.parse.urlencode(fields)}", None, timeout)
        return Comparison(detail)

    def evaluation(self, number: int, timeout: float = 10.0) -> Evaluation:
        """An evaluation by its number.

        Raises:
            NotFoundError: there is none.
        """
        from ._evaluation import Evaluation

        return Evaluation(cast(Any, self), self.request("GET", f"/evaluations/{int(number)}", None, timeout))

    def _send_scores(self, scored: Scored, row: dict[str, Any], timeout: float) -> None:
        from .judge._judge import body

        plain = {k: v for k, v in row.items() if v is not None or k == "value"}
        home = scored.home if isinstance(scored, Sample) else ""
        answer = self.request("POST", f"{home}/scores", body({"scores": [plain]}), timeout) or {}
        for problem in answer.get("rejected") or []:
            raise RefusedError(str(problem.get("detail") or "the score was refused"), 400, problem.get("field"))
