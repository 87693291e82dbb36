# SPDX-License-Identifier: Apache-2.0
"""LLMJudge: a prompt, a model behind an OpenAI-compatible endpoint, a structured answer.

    template --fill--> prompt --endpoint--> JSON {reason, score or label} --check--> score
                          ^                                            |
                          '---- once: "answer with JSON only" <-- no --'

Its own calls are traced (type llm, tokens, cost), as traces of their own that name
the judged one; they carry `vireo.judging`, by which no judge takes them up.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from .._code_frames import decoded
from .._code_process import Outcome
from ._endpoint import Completion, Endpoint, EndpointError
from ._outcome import NoScore, Score, as_json, cut, plain_value
from ._panel import Subject
from ._template import MissingValue, Template

if TYPE_CHECKING:
    from .._client import Vireo

FORMAT = "vireo llm judge 1"
DEFAULT_URL = "https://api.openai.com/v1"
SYSTEM = "You are a careful judge. You answer with one JSON object and nothing else."
_FENCE = re.compile(r"^```\w*\s*|\s*```$")
_MODES = ("json_schema", "json_object", "text")  # from the strictest, for endpoints that do not know it


class _Unusable(ValueError):
    """The answer is not what was asked for."""


def endpoint_url() -> str:
    """Where LLM judges go that name no endpoint: VIREO_LLM_URL, OPENAI_BASE_URL, else OpenAI."""
    return os.environ.get("VIREO_LLM_URL") or os.environ.get("OPENAI_BASE_URL") or DEFAULT_URL


def endpoint_key() -> str | None:
    """VIREO_LLM_API_KEY, else OPENAI_API_KEY."""
    return os.environ.get("VIREO_LLM_API_KEY") or os.environ.get("OPENAI_API_KEY")


def _object_in(text: str) -> dict[str, Any]:
    """The JSON object of an answer, perhaps fenced, perhaps with words around it."""
    text = _FENCE.sub("", text.strip())
    first, last = text.find("{"), text.rfind("}")
    if first < 0 or last < first:
        raise _Unusable("there is no JSON object in the answer")
    try:
        found = json.loads(text[first : last + 1])
    except (ValueError, RecursionError) as exc:
        raise _Unusable(f"the answer is no JSON: {exc}") from exc
    if not isinstance(found, dict):
        raise _Unusable("the answer is no JSON object")
    return found


class LLMJudge:
    """Scores by a language model.

    Args:
        name: of the judge; its versions are `name:v1`, ...
        description: for whoever reads the scores.
        prompt: a template with places for what is judged: {outputs}, {inputs}, {inputs.question}, {expected},
            {metadata}, {trace}, {inputs.question|inputs} (the first that is there).
        model: for example "gpt-4.1-mini".
        scale: least and largest score.
        labels: texts to choose from, instead of a number.
        passing_criteria: the least score that passes; or the labels that do.
        base_url: of the endpoint; default VIREO_LLM_URL, OPENAI_BASE_URL, else OpenAI's.
        api_key: default VIREO_LLM_API_KEY, else OPENAI_API_KEY.  Never stored.
        system: the system message.
        temperature, max_tokens: as the endpoint takes them; None leaves them out.
        price: US dollars for a million input and a million output tokens; for the cost of a score.
        timeout, retries, requests_per_minute: see `Endpoint`; concurrency: calls at once.

    The version is made of prompt, model, system message, scale, labels, criteria and temperature.

    Raises:
        ValueError: the template names something else, or the numbers make no sense.
        TypeError: the criteria are neither a number nor labels.
    """

    kind = "llm"

    def __init__(
        self,
        name: str,
        description: str,
        prompt: str,
        *,
        model: str,
        scale: tuple[float, float] = (0.0, 1.0),
        labels: list[str] | None = None,
        passing_criteria: float | list[str] | None = None,
        base_url: str | None = None,
        api_key: str | None = None,
        system: str = SYSTEM,
        temperature: float | None = 0.0,
        max_tokens: int | None = None,
        price: tuple[float, float] | None = None,
        timeout: float = 60.0,
        retries: int = 5,
        requests_per_minute: float | None = None,
        concurrency: int = 4,
    ) -> None:
        if not name or not isinstance(name, str):
            raise ValueError("a judge has a name")
        if not scale[0] < scale[1]:
            raise ValueError("scale is (least, largest)")
        if labels is not None and len(set(labels)) < 2:
            raise ValueError("labels are at least two different texts")
        if concurrency < 1:
            raise ValueError("concurrency is at least 1")
        _check_criteria(passing_criteria, labels)
        self.name = name
        self.description = description
        self.template = Template(prompt)
        self.parameters = self.template.parameters
        self.model = model
        self.scale = (float(scale[0]), float(scale[1]))
        self.labels = list(labels) if labels is not None else None
        self.passing_criteria = passing_criteria
        self.system = system
        self.temperature = temperature
        self.max_tokens = max_tokens
        self.price = price
        self.concurrency = concurrency
        self.base_url = base_url
        self._limits = {"timeout": timeout, "retries": retries, "requests_per_minute": requests_per_minute}
        self.endpoint = Endpoint(
            base_url or endpoint_url(),
            api_key or endpoint_key(),
            timeout=timeout,
            retries=retries,
            requests_per_minute=requests_per_minute,
        )
        self._mode = 0

    # ---------------------------------------------------------------- definition

    def _definition(self) -> dict[str, Any]:
        return {
            "prompt": self.template.text,
            "model": self.model,
            "system": self.system,
            "scale": list(self.scale),
            "labels": self.labels,
            "passing_criteria": self.passing_criteria,
            "temperature": self.temperature,
        }

    def registration(self) -> dict[str, Any]:
        """The body that registers it."""
        made_of = self._definition()
        text = json.dumps([FORMAT, made_of], sort_keys=True, ensure_ascii=True)
        definition = {
            **made_of,
            **self._limits,
            "max_tokens": self.max_tokens,
            "price": list(self.price) if self.price else None,
            "base_url": self.base_url,
            "concurrency": self.concurrency,
        }
        return {
            "fingerprint": hashlib.sha256(text.encode()).hexdigest(),
            "kind": self.kind,
            "description": self.description,
            "source": self.template.text,
            "parameters": self.parameters,
            "definition": {k: v for k, v in definition.items() if v is not None},
        }

    @classmethod
    def from_version(cls, name: str, version: dict[str, Any]) -> LLMJudge:
        """The judge of a stored version; its key comes from the environment.

        Raises:
            ValueError, TypeError: the definition is none of ours.
        """
        stored = dict(version.get("definition") or {})
        known = {k: stored[k] for k in _STORED if k in stored}
        for pair in ("scale", "price"):
            if pair in known:
                known[pair] = tuple(known[pair])
        if not isinstance(stored.get("prompt"), str) or not isinstance(stored.get("model"), str):
            raise ValueError(f"the definition of {name} has no prompt or no model")
        return cls(name, str(version.get("description") or ""), stored["prompt"], **known)

    def bound(self, vr: Vireo | None) -> _Bound:
        """The judge with the client that traces its calls."""
        return _Bound(self, vr)

    # ---------------------------------------------------------------- asking

    def _schema(self) -> dict[str, Any]:
        least, most = self.scale
        verdict: dict[str, Any] = {"type": "number", "description": f"from {least:g} to {most:g}"}
        if self.labels is not None:
            verdict = {"type": "string", "enum": self.labels}
        key = "label" if self.labels is not None else "score"
        properties = {"reason": {"type": "string", "description": "one to three sentences"}, key: verdict}
        return {"type": "object", "properties": properties, "required": ["reason", key], "additionalProperties": False}

    def _wanted(self) -> str:
        if self.labels is not None:
            return f'{{"reason": "why", "label": one of {json.dumps(self.labels, ensure_ascii=False)}}}'
        return f'{{"reason": "why", "score": a number from {self.scale[0]:g} to {self.scale[1]:g}}}'

    def _body(self, messages: list[dict[str, str]]) -> dict[str, Any]:
        body: dict[str, Any] = {"model": self.model, "messages": messages}
        if self.temperature is not None:
            body["temperature"] = self.temperature
        if self.max_tokens is not None:
            body["max_tokens"] = self.max_tokens
        mode = _MODES[self._mode]
        if mode == "json_schema":
            schema = {"name": "judgement", "strict": True, "schema": self._schema()}
            body["response_format"] = {"type": mode, "json_schema": schema}
        elif mode == "json_object":
            body["response_format"] = {"type": mode}
        return body

    def ask(self, messages: list[dict[str, str]]) -> Completion:
        """One answer; an endpoint that refuses structured answers is asked with less."""
        while True:
            mode = self._mode
            try:
                return self.endpoint.complete(self._body(messages))
            except EndpointError as exc:
                if exc.status not in (400, 404, 422) or mode + 1 >= len(_MODES) or "format" not in str(exc):
                    raise
                self._mode = max(self._mode, mode + 1)

    def checked(self, text: str) -> Score:
        """The score in an answer.

        Raises:
            _Unusable
        """
        found = _object_in(text)
        reason = found.get("reason")
        if self.labels is not None:
            label = found.get("label")
            if label not in self.labels:
                raise _Unusable(f"the label {label!r} is none of {self.labels}")
            return Score(label, str(reason or ""), passed=self._passed(label))
        try:
            value = plain_value(found.get("score"))
        except NoScore as exc:
            raise _Unusable(str(exc)) from exc
        if isinstance(value, (bool, str)):
            raise _Unusable(f"the score {value!r} is no number")
        if not self.scale[0] <= value <= self.scale[1]:
            raise _Unusable(f"the score {value} is outside {self.scale[0]:g} to {self.scale[1]:g}")
        return Score(float(value), str(reason or ""), passed=self._passed(value))

    def _passed(self, value: Any) -> bool | None:
        if self.passing_criteria is None:
            return None
        if isinstance(self.passing_criteria, list):
            return value in self.passing_criteria
        return bool(value >= self.passing_criteria)

    def cost_of(self, completion: Completion) -> float | None:
        """US dollars: as the endpoint says, else by the price."""
        if completion.cost is not None or self.price is None or completion.input_tokens is None:
            return completion.cost
        return (completion.input_tokens * self.price[0] + (completion.output_tokens or 0) * self.price[1]) / 1e6

    def __repr__(self) -> str:
        return f"<LLMJudge {self.name}>"


_STORED = (
    "model", "system", "scale", "labels", "passing_criteria", "temperature", "max_tokens", "price", "base_url",
    "timeout", "retries", "requests_per_minute", "concurrency",
)  # fmt: skip


def _check_criteria(criteria: Any, labels: list[str] | None) -> None:
    if criteria is None:
        return
    if labels is not None:
        if not isinstance(criteria, list) or not set(criteria) <= set(labels):
            raise TypeError("with labels, passing_criteria is a list of those that pass")
    elif isinstance(criteria, bool) or not isinstance(criteria, (int, float)):
        raise TypeError("passing_criteria of an LLM judge is the least score that passes")


class _Total(NamedTuple):
    """What the answers to one question took together, usable ones or not."""

    model: str
    input_tokens: int
    output_tokens: int
    cost: float | None
    attempts: int

    def plus(self, done: Completion, cost: float | None) -> _Total:
        total = self.cost if cost is None else (self.cost or 0.0) + cost
        return _Total(
            done.model or self.model,
            self.input_tokens + (done.input_tokens or 0),
            self.output_tokens + (done.output_tokens or 0),
            total,
            self.attempts + done.attempts,
        )

    def told(self) -> dict[str, Any]:
        """As a part of a score, or of the error in its place; nothing without an answer."""
        if not self.attempts:
            return {}
        metadata = {k: v for k, v in self._asdict().items() if k != "cost"}
        return {"metadata": metadata} if self.cost is None else {"metadata": metadata, "cost": self.cost}


class _Bound:
    """An LLM judge at work.  Threads: any."""

    kind = "llm"

    def __init__(self, judge: LLMJudge, vr: Vireo | None) -> None:
        self._judge = judge
        self._vr = vr
        self.name = judge.name
        self.parameters = judge.parameters
        self.concurrency = judge.concurrency

    def judge(self, subject: Subject, tag: str) -> Outcome:
        """See `Runnable`."""
        values = {k: decoded(subject.values.get(k)) for k in self.parameters if subject.values.get(k) is not None}
        try:
            prompt = self._judge.template.fill(values)
        except MissingValue as exc:
            return Outcome(None, f"not judged: {exc}")
        asked = f"{prompt}\n\nAnswer with a JSON object: {self._judge._wanted()}"
        messages = [{"role": "system", "content": self._judge.system}, {"role": "user", "content": asked}]
        total = _Total(self._judge.model, 0, 0, None, 0)
        problem = ""
        for again in (False, True):
            try:
                done = self._traced(subject, tag, messages)
            except EndpointError as exc:
                return Outcome(None, f"{self._judge.model}: {exc}", more=total.told())
            total = total.plus(done, self._judge.cost_of(done))
            try:
                return Outcome(self._rows(self._judge.checked(done.text), total), None)
            except _Unusable as exc:
                problem = f"{exc}: {cut(done.text, 300)!r}"
            if not again:
                correction = (
                    f"That cannot be used: {problem.split(':')[0]}. Answer with JSON only: {self._judge._wanted()}"
                )
                messages = [
                    *messages,
                    {"role": "assistant", "content": cut(done.text, 4_000)},
                    {"role": "user", "content": correction},
                ]
        error = f"{self._judge.model} answered twice with something else: {problem}"
        return Outcome(None, error, more=total.told())

    def _rows(self, score: Score, total: _Total) -> list[dict[str, Any]]:
        score.name = self.name
        return [{**row, **total.told()} for row in as_json([score])]

    def _traced(self, subject: Subject, tag: str, messages: list[dict[str, str]]) -> Completion:
        if self._vr is None:
            return self._judge.ask(messages)
        with self._vr.start_trace(f"judge {self.name}", kind="llm") as span:
            span.set_input({"messages": messages})
            span.set_attribute("vireo.judging", tag)
            span.set_attribute("vireo.judged.trace", subject.trace_id)
            span.set_attribute("vireo.judged.span", subject.span_id)
            span.set_attribute("gen_ai.operation.name", "chat")
            span.set_attribute("gen_ai.request.model", self._judge.model)
            done = self._judge.ask(messages)
            span.set_output(done.text)
            cost = self._judge.cost_of(done)
            for key, value in (
                ("gen_ai.response.model", done.model or None),
                ("gen_ai.usage.input_tokens", done.input_tokens),
                ("gen_ai.usage.output_tokens", done.output_tokens),
                ("gen_ai.usage.cost", cost),
                ("vireo.llm.attempts", done.attempts),
            ):
                if value is not None:
                    span.set_attribute(key, value)
        return done
