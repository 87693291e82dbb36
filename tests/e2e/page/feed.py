# SPDX-License-Identifier: Apache-2.0
"""Plausible traces for looking at the page: a classifier of handwritten digits in
two versions, an assistant with tools, an inspector of castings.  The same at
every call but for the times, which end now.  Sent as plain OTLP/JSON."""

from __future__ import annotations

import hashlib
import io
import json
import math
import random
import time
from collections.abc import Iterator
from typing import Any

import httpx
from PIL import Image
from sklearn.datasets import load_digits

PROJECT = "Concept Project"
HOUR_NS = 3600 * 10**9
BATCH = 500

V1 = '''def digits(image, threshold=0.5):
    """Tell which digit is written on an 8 by 8 image."""
    x = preprocess(image)
    label = int(model.predict(x)[0])
    # A plain answer, without a word about doubt.
    return {"label": label}
'''
V2 = '''def digits(image, threshold=0.5):
    """Tell which digit is written on an 8 by 8 image, and how sure that is."""
    x = preprocess(image)
    scores = model.predict_proba(x)[0]
    label = int(scores.argmax())
    confidence = float(scores[label])
    if confidence < threshold:
        return {"label": None, "confidence": confidence}
    return {"label": label, "confidence": confidence}
'''
ANSWER = """def answer(question: str) -> str:
    documents = retrieve(question, k=20)
    reply = chat([SYSTEM, {"role": "user", "content": question}], tools=[lookup_order])
    return reply.content
"""
STACK = """Traceback (most recent call last):
  File "examples/quickstart.py", line 58, in digits
    scores = model.predict_proba(x)[0]
  File "/usr/lib/python3/dist-packages/sklearn/linear_model/_logistic.py", line 1424, in predict_proba
    return super()._predict_proba_lr(X)
  File "/usr/lib/python3/dist-packages/sklearn/utils/validation.py", line 2965, in validate_data
    _check_n_features(_estimator, X, reset=reset)
ValueError: X has 63 features, but LogisticRegression is expecting 64 features as input.
"""
HOSTILE = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>'
QUESTIONS = [
    "How do I return a damaged casting?",
    "Where is my order 4711?",
    "Which warranty has the impeller?",
    "Can I change the delivery address?",
]
REPLIES = [
    "You can return it within **30 days**:\n\n1. Open *Orders*\n2. Choose the item\n3. Print the label\n\n"
    "The refund arrives after `inspection`.",
    "Your order left our house this morning and should arrive **tomorrow**.",
    "The impeller has a warranty of 24 months.",
]

Span = dict[str, Any]


def fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def attribute(key: str, value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"key": key, "value": {"boolValue": value}}
    if isinstance(value, int):
        return {"key": key, "value": {"intValue": str(value)}}
    if isinstance(value, float):
        return {"key": key, "value": {"doubleValue": value}}
    return {"key": key, "value": {"stringValue": str(value)}}


class Feed:
    """Makes traces and sends them; `url` is the server's."""

    def __init__(self, url: str, project: str = PROJECT, now_ns: int | None = None) -> None:
        self.http = httpx.Client(base_url=url, timeout=60, trust_env=False)
        self.project = project
        self.api = f"/api/v1/projects/{project}"
        self.random = random.Random(7)
        self.now_ns = now_ns or time.time_ns()
        self.images = load_digits()

    def prepare(self) -> None:
        """The project, its models' versions and the references."""
        self.http.post("/api/v1/projects", json={"name": self.project}).raise_for_status()
        numpy = {"numpy": "2.4.5", "scikit-learn": "1.9.1", "vireo": "0.1.0"}
        git = {"commit": "1a2b3c4d5e6f77889900aabbccddeeff00112233", "branch": "main", "dirty": True}
        self.register("digits", V1, "(image, threshold=0.5)", "dict", numpy, git, 16)
        git = {"commit": "8f3b2c1d9e0a7766554433221100ffeeddccbbaa", "branch": "main", "dirty": False}
        self.register("digits", V2, "(image, threshold=0.5)", "dict", numpy | {"numpy": "2.4.6"}, git, 16.0)
        self.register("assistant", ANSWER, "(question: str) -> str", "str", {"openai": "2.9.0"}, git, None)
        metadata = {"owner": "vision team", "framework": "scikit-learn", "accuracy": 0.973, "labels": list(range(10))}
        self.http.patch(f"{self.api}/models/digits", json={"metadata": metadata}).raise_for_status()
        self.pictures = [self.picture(i) for i in range(40)]
        rows = [[f"handbook/section-{i}.md", round(0.98 - i * 0.013, 3), 120 + i * 37 % 400] for i in range(60)]
        table = json.dumps({"columns": ["document", "score", "words"], "rows": rows}).encode()
        self.table = self.put("application/vnd.vireo.table+json", table, {"rows": 60, "columns": 3})

    def register(
        self, name: str, source: str, signature: str, output: str, packages: dict[str, str], git: Any, scale: Any
    ) -> None:
        body = {
            "fingerprint": fingerprint(source),
            "source": source,
            "signature": signature,
            "output_type": output,
            "packages": packages,
            "git": git,
            "language": "python",
            "language_version": "3.11.7",
            "dependencies": []
            if scale is None
            else [
                {
                    "name": "preprocess",
                    "kind": "function",
                    "source": "def preprocess(image):\n    x = np.asarray(image, dtype=np.float64)\n"
                    f"    return x.reshape(1, -1) / {scale}\n",
                }
            ],
        }
        self.http.post(f"{self.api}/models/{name}/versions", json=body).raise_for_status()

    def put(self, media_type: str, data: bytes, meta: dict[str, Any]) -> str:
        """Keep a blob; the reference that a span carries."""
        sha256 = hashlib.sha256(data).hexdigest()
        answer = self.http.put(f"{self.api}/blobs/{sha256}", content=data, headers={"content-type": media_type})
        answer.raise_for_status()
        return json.dumps({"media_type": media_type, "size": len(data), "sha256": sha256, "meta": meta})

    def picture(self, index: int) -> str:
        out = io.BytesIO()
        Image.fromarray((self.images.images[index] * 15.9).astype("uint8")).save(out, format="PNG")
        return self.put("image/png", out.getvalue(), {"width": 8, "height": 8, "shape": [8, 8], "dtype": "float64"})

    def span(self, trace: str, name: str, start_ns: int, length_ns: float, parent: Span | None, **more: Any) -> Span:
        error: str | None = more.pop("error", None)
        attributes = [attribute(k, v) for k, v in more.items() if v is not None]
        span: Span = {
            "traceId": trace,
            "spanId": f"{self.random.getrandbits(64) | 1:016x}",
            "name": name,
            "kind": 1,
            "startTimeUnixNano": str(start_ns),
            "endTimeUnixNano": str(start_ns + int(length_ns)),
            "attributes": attributes,
            "status": {"code": 2, "message": error} if error else {"code": 1},
        }
        if parent:
            span["parentSpanId"] = parent["spanId"]
        if error:
            kind = "ValueError" if "features" in error else "TimeoutError"
            stack = STACK if kind == "ValueError" else f"{kind}: {error}\n"
            exception = {"exception.type": kind, "exception.message": error, "exception.stacktrace": stack}
            event = {"name": "exception", "timeUnixNano": span["endTimeUnixNano"]}
            span["events"] = [event | {"attributes": [attribute(k, v) for k, v in exception.items()]}]
        return span

    def trace_id(self) -> str:
        return f"{self.random.getrandbits(128) | 1:032x}"

    def digits(self, start_ns: int, version: int, failing: bool) -> list[Span]:
        r = self.random
        index = r.randrange(40)
        label = int(self.images.target[index])
        length = (0.9e6 if version == 2 else 0.34e6) * (0.7 + r.random() ** 3 * 6)
        confidence = round(0.6 + 0.4 * r.random(), 3)
        output = {"label": label} if version == 1 else {"label": label, "confidence": confidence}
        pixels = {"$type": "ndarray", "shape": [8, 8], "dtype": "float64"}
        values = {"values": self.images.images[index].tolist()}
        root = self.span(
            self.trace_id(),
            "digits",
            start_ns,
            length,
            None,
            **{
                "vireo.type": "function",
                "vireo.model.name": "digits",
                "vireo.model.fingerprint": fingerprint(V1 if version == 1 else V2),
                "vireo.input": json.dumps({"image": pixels | values, "threshold": 0.5}),
                "vireo.output": None if failing else json.dumps(output),
                "vireo.output.type": None if failing else "dict",
                "vireo.tag.tier": r.choice(["free", "free", "pro"]),
                "vireo.tag.country": r.choice(["DE", "FR", "US", "US", "JP"]),
                "vireo.tag.label": label,
                "vireo.reference.image": self.pictures[index],
                "ratio": 1.0,
            },
            error="X has 63 features, but LogisticRegression is expecting 64 features as input." if failing else None,
        )
        part = self.span(
            root["traceId"],
            "preprocess",
            start_ns + int(length * 0.08),
            length * 0.3,
            root,
            **{"vireo.type": "function"},
        )
        return [root, part]

    def assistant(self, start_ns: int, failing: bool) -> list[Span]:
        r = self.random
        question, reply = r.choice(QUESTIONS), r.choice(REPLIES)
        ms = 10**6
        thinking = (500 + r.random() * 1400) * ms
        who = {"session.id": f"s-{r.randrange(40)}", "user.id": f"u-{r.randrange(12)}"}
        trace = self.trace_id()
        error = "the tool did not answer within 2 s" if failing else None
        root = self.span(
            trace,
            "answer",
            start_ns,
            260 * ms + thinking,
            None,
            **{
                "vireo.type": "agent",
                "vireo.model.name": "assistant",
                "vireo.model.fingerprint": fingerprint(ANSWER),
                "vireo.input": json.dumps({"question": question}),
                "vireo.output": None if failing else json.dumps(reply),
                "vireo.tag.tier": r.choice(["free", "pro"]),
                "vireo.tag.channel": r.choice(["chat", "mail"]),
            }
            | who,
            error=error,
        )
        found = [{"document": f"handbook/section-{i}.md", "score": round(0.98 - i * 0.013, 3)} for i in range(4)]
        retrieve = self.span(
            trace,
            "retrieve",
            start_ns + 4 * ms,
            180 * ms,
            root,
            **{
                "vireo.type": "retriever",
                "vireo.input": json.dumps({"query": question, "k": 20}),
                "vireo.output": json.dumps(found),
                "vireo.reference.candidates": self.table,
            },
        )
        embed = self.span(
            trace,
            "embed",
            start_ns + 9 * ms,
            70 * ms,
            retrieve,
            **{"vireo.type": "embedding", "gen_ai.request.model": "text-embedding-3-small"},
        )
        search = self.span(
            trace,
            "vector search",
            start_ns + 82 * ms,
            98 * ms,
            retrieve,
            **{"vireo.type": "tool", "db.system": "postgresql", "db.statement": "select * from chunks limit 20"},
        )
        call = {"function": {"name": "lookup_order", "arguments": '{"order": 4711, "fields": ["state", "eta"]}'}}
        messages = [
            {"role": "system", "content": "You help customers of a foundry. Answer in a few sentences."},
            {"role": "user", "content": question},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "content": '{"state": "shipped", "eta": "2026-11-22"}'},
        ]
        chat = self.span(
            trace,
            "chat gpt-5-mini",
            start_ns + 190 * ms,
            thinking,
            root,
            **{
                "vireo.type": "llm",
                "vireo.input": json.dumps(messages),
                "vireo.output": json.dumps({"role": "assistant", "content": reply}),
                "gen_ai.provider.name": "openai",
                "gen_ai.request.model": "gpt-5-mini",
                "gen_ai.request.temperature": 0.2,
                "gen_ai.usage.input_tokens": 420 + r.randrange(300),
                "gen_ai.usage.output_tokens": 40 + r.randrange(90),
            },
        )
        tool = self.span(
            trace,
            "lookup_order",
            start_ns + 200 * ms + int(thinking * 0.3),
            thinking * 0.2,
            chat,
            **{
                "vireo.type": "tool",
                "vireo.input": '{"order": 4711}',
                "vireo.output": None if failing else '{"state": "shipped"}',
            },
            error=error,
        )
        store = self.span(trace, "store answer", start_ns + 200 * ms + int(thinking), 40 * ms, root)
        return [root, retrieve, embed, search, chat, tool, store]

    def inspector(self, start_ns: int) -> list[Span]:
        r = self.random
        verdict = "def_front" if r.random() < 0.2 else "ok_front"
        more = {
            "vireo.type": "function",
            "vireo.model.name": "casting-defects",
            "vireo.input": json.dumps({"image": f"cast_{verdict[:2]}_0_{r.randrange(90)}.jpeg"}),
            "vireo.output": json.dumps(verdict),
            "vireo.tag.line": r.choice(["A", "B"]),
            "vireo.tag.shift": r.choice(["early", "late", "night"]),
        }
        return [self.span(self.trace_id(), "inspect", start_ns, 38e6 * (0.8 + r.random()), None, **more)]

    def traces(self, count: int, hours: float = 20.0) -> Iterator[Span]:
        """Spread over the last hours, in waves; v2 of the classifier takes over in the middle."""
        r = self.random
        for i in range(count):
            share = (i + r.random()) / count
            ago_ns = int(hours * HOUR_NS * (1 - share) * (1 + 0.03 * math.sin(share * 23))) + 2 * 10**9
            kind = i % 20
            if kind < 12:
                version = 2 if share > 0.55 else 1
                yield from self.digits(self.now_ns - ago_ns, version, i % (120 if version == 2 else 40) == 0)
            elif kind < 16:
                yield from self.assistant(self.now_ns - ago_ns, i % 60 == 13)
            else:
                yield from self.inspector(self.now_ns - ago_ns)

    def hostile(self) -> list[Span]:
        """What must never run in the page."""
        more = {
            "vireo.type": HOSTILE,
            "vireo.input": HOSTILE,
            "vireo.output": f"<p>{HOSTILE}</p>",
            "vireo.tag.evil": HOSTILE,
            HOSTILE: HOSTILE,
        }
        return [self.span("ee" * 16, f"hostile {HOSTILE}", self.now_ns - HOUR_NS, 1e6, None, **more)]

    def large(self, count: int) -> list[Span]:
        """One trace of many spans."""
        start = self.now_ns - 2 * HOUR_NS
        spans = [self.span("ff" * 16, "batch", start, count * 2e5, None, **{"vireo.type": "chain"})]
        for i in range(1, count):
            parent = spans[max(0, i - 1 - self.random.randrange(12))]
            spans.append(self.span("ff" * 16, f"step {i}", start + i * 200_000, 2e6, parent))
        return spans

    def send(self, spans: Iterator[Span] | list[Span]) -> int:
        """Send in batches; the number of spans."""
        batch: list[Span] = []
        total = 0
        for span in spans:
            batch.append(span)
            if len(batch) == BATCH:
                total += self._send(batch)
                batch = []
        return total + (self._send(batch) if batch else 0)

    def _send(self, batch: list[Span]) -> int:
        resource = [attribute("service.name", "shop-api"), attribute("host.name", "worker-3")]
        scope = {"scope": {"name": "vireo", "version": "0.1.0"}, "spans": batch}
        body = {"resourceSpans": [{"resource": {"attributes": resource}, "scopeSpans": [scope]}]}
        answer = self.http.post("/v1/traces", json=body, headers={"x-vireo-project": self.project})
        answer.raise_for_status()
        assert not answer.json().get("partialSuccess", {}).get("rejectedSpans"), answer.text
        return len(batch)

    def close(self) -> None:
        self.http.close()


def feed_all(url: str, count: int = 400) -> None:
    feed = Feed(url)
    feed.prepare()
    feed.send(feed.traces(count))
    feed.close()
