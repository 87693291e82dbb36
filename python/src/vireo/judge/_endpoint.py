# SPDX-License-Identifier: Apache-2.0
"""An OpenAI-compatible endpoint: chat completions over HTTP, with patience.

Only the standard library.  What may pass is tried again: 408, 409, 429, 5xx,
connections that fail, answers that do not come in time; with a pause that doubles, or
as long as Retry-After says, which then holds for every thread.  A redirect is not
followed, since the key would go along.
"""

from __future__ import annotations

import email.utils
import json
import random
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Callable, NamedTuple

ANSWER_MAX = 8 * 1024 * 1024
PAUSE_SECONDS = (0.5, 30.0)
RETRY_AFTER_MAX = 120.0
_TIMEOUTS = (TimeoutError, socket.timeout)  # one and the same from Python 3.10 on
_AGAIN = frozenset({408, 409, 429, 500, 502, 503, 504, 529})


class EndpointError(Exception):
    """The endpoint did not do it; `status` is 0 when it did not answer."""

    def __init__(self, message: str, status: int = 0, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class Completion(NamedTuple):
    """What came back.  Token counts and cost are None where the endpoint does not tell."""

    text: str
    model: str
    input_tokens: int | None
    output_tokens: int | None
    cost: float | None
    attempts: int


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def _seconds(header: str | None) -> float | None:
    """Retry-After: seconds, or a date."""
    if not header:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


def _problem(data: bytes, status: int) -> str:
    """The message in an error's body."""
    try:
        error = json.loads(data).get("error")
        message = error.get("message") if isinstance(error, dict) else error
    except (ValueError, AttributeError):
        message = None
    return f"HTTP {status}: {str(message or data[:200].decode('utf-8', 'replace') or 'no text')[:500]}"


class Endpoint:
    """Threads: any.

    Args:
        base_url: for example https://api.openai.com/v1.
        api_key: sent as a bearer token; None: none is sent.
        timeout: seconds for one attempt, from connecting to the end of the answer.
        retries: further attempts after the first.
        requests_per_minute: at most; None: as many as there are.

    Raises:
        ValueError: the URL is none.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str | None,
        *,
        timeout: float = 60.0,
        retries: int = 5,
        requests_per_minute: float | None = None,
    ) -> None:
        parts = urllib.parse.urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError(f"{base_url!r} is no URL of an endpoint, such as https://api.openai.com/v1")
        self.url = base_url.rstrip("/") + "/chat/completions"
        self.timeout = timeout
        self.retries = retries
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._opener = urllib.request.build_opener(_NoRedirect)
        self._lock = threading.Lock()
        self._interval = 60.0 / requests_per_minute if requests_per_minute else 0.0
        self._next = 0.0  # no request before
        self._held_until = 0.0  # as the endpoint said; turns before that are void
        self.sleep: Callable[[float], None] = time.sleep

    def complete(self, body: dict[str, Any]) -> Completion:
        """POST /chat/completions.

        Raises:
            EndpointError: after all attempts, or at once where another would not help.
        """
        pause, most = PAUSE_SECONDS
        attempt = 0
        while True:
            attempt += 1
            self._wait_for_turn()
            try:
                return self._read(self._post(body), attempt)
            except EndpointError as exc:
                again = exc.status in _AGAIN or exc.status == 0
                if not again or attempt > self.retries:
                    suffix = f" (after {attempt} attempts)" if attempt > 1 else ""
                    raise EndpointError(f"{exc}{suffix}", exc.status) from exc
                if exc.retry_after is not None:
                    self._nobody_before(min(exc.retry_after, RETRY_AFTER_MAX))
                else:
                    self.sleep(pause * random.uniform(0.7, 1.3))
                    pause = min(most, pause * 2)

    def _wait_for_turn(self) -> None:
        turn = -1.0
        while turn < self._held_until:
            with self._lock:
                now = time.monotonic()
                turn = max(now, self._next)
                self._next = turn + self._interval
            if turn > now:
                self.sleep(turn - now)

    def _nobody_before(self, seconds: float) -> None:
        with self._lock:
            self._held_until = max(self._held_until, time.monotonic() + seconds)
            self._next = max(self._next, self._held_until)

    def _post(self, body: dict[str, Any]) -> bytes:
        data = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        request = urllib.request.Request(self.url, data, self._headers, method="POST")
        end = time.monotonic() + self.timeout
        try:
            with self._opener.open(request, timeout=self.timeout) as answer:
                return self._body(answer, end)
        except urllib.error.HTTPError as exc:
            with exc:
                told = exc.read(65_536)
            raise EndpointError(_problem(told, exc.code), exc.code, _seconds(exc.headers.get("Retry-After"))) from exc
        except _TIMEOUTS as exc:
            raise EndpointError(f"no answer within {self.timeout:g} s") from exc
        except (OSError, ValueError) as exc:  # also urllib's URLError, http.client's errors by their base
            reason = getattr(exc, "reason", exc)
            if isinstance(reason, _TIMEOUTS):
                raise EndpointError(f"no answer within {self.timeout:g} s") from exc
            raise EndpointError(f"not reachable: {reason}") from exc
        except Exception as exc:  # http.client.HTTPException: what came is no HTTP
            raise EndpointError(f"not understood: {type(exc).__name__}: {exc}") from exc

    def _body(self, answer: Any, end: float) -> bytes:
        parts: list[bytes] = []
        size = 0
        while True:
            part = answer.read1(65_536)
            if not part:
                return b"".join(parts)
            parts.append(part)
            size += len(part)
            if size > ANSWER_MAX:
                raise EndpointError(f"the answer has more than {ANSWER_MAX} bytes", 413)
            if time.monotonic() > end:
                raise TimeoutError

    @staticmethod
    def _read(data: bytes, attempt: int) -> Completion:
        try:
            found = json.loads(data)
            message = found["choices"][0]["message"]
            text = message.get("content")
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as exc:
            raise EndpointError("the answer is no chat completion") from exc
        if not isinstance(text, str):
            raise EndpointError(f"the answer has no text: {str(message.get('refusal') or message)[:200]}", 422)
        usage = found.get("usage") if isinstance(found.get("usage"), dict) else {}

        def number(name: str) -> Any:
            value = usage.get(name)
            return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None

        return Completion(
            text,
            str(found.get("model") or ""),
            number("prompt_tokens"),
            number("completion_tokens"),
            number("cost"),
            attempt,
        )
