# SPDX-License-Identifier: Apache-2.0
"""An OpenAI-compatible endpoint that answers as told: prose, errors, slowly, not at all."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Union


@dataclass
class Reply:
    """One answer: a text as a chat completion, or a status with headers; `delay` seconds later."""

    text: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    raw: bytes | None = None


Answer = Union[Reply, Callable[[dict[str, Any]], Reply]]


def score(value: float, reason: str = "because") -> Reply:
    return Reply(json.dumps({"reason": reason, "score": value}))


class LLMStub:
    """Answers in turn with `answers`, then with `otherwise`.  Keeps the requests and how many ran at once."""

    def __init__(self, *answers: Answer, otherwise: Answer | None = None) -> None:
        outer = self
        self.answers = list(answers)
        self.otherwise: Answer = otherwise or score(0.8)
        self.requests: list[dict[str, Any]] = []
        self.times: list[float] = []
        self.keys: list[str | None] = []
        self.most_at_once = 0
        self._now = 0
        self._lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with outer._lock:
                    outer._now += 1
                    outer.most_at_once = max(outer.most_at_once, outer._now)
                    outer.requests.append(body)
                    outer.times.append(time.monotonic())
                    outer.keys.append(self.headers["Authorization"])
                    answer = outer.answers.pop(0) if outer.answers else outer.otherwise
                reply = answer if isinstance(answer, Reply) else answer(body)
                time.sleep(reply.delay)
                with outer._lock:
                    outer._now -= 1
                self.send(reply, body)

            def send(self, reply: Reply, body: dict[str, Any]) -> None:
                message = {"role": "assistant", "content": reply.text}
                answer: Any = {
                    "id": "chatcmpl-1",
                    "object": "chat.completion",
                    "created": 1700000000,
                    "model": body.get("model", "") + "-2026",
                    "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                    "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
                }
                if reply.status != 200:
                    answer = {"error": {"message": reply.text or "no", "type": "error", "code": None, "param": None}}
                data = reply.raw if reply.raw is not None else json.dumps(answer).encode()
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.http.handle_error = lambda *_: None  # type: ignore[method-assign]
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/v1"
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()
