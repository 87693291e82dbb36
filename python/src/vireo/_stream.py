# SPDX-License-Identifier: Apache-2.0
"""What a generator yielded, put together as its output.

Chunks of text (or of bytes) become one text (or bytes); others a list.  Each
chunk is written down when it is yielded, since the consumer may change it
afterwards; with a redaction the chunks are kept instead, for it to see them
whole.  Bounded: chunks past the limit are only counted.
"""

from __future__ import annotations

from typing import Any, Callable

from . import _native

CHUNKS_MAX = 20_000
BYTES_MAX = 1024 * 1024


class Stream:
    """Collects chunks; `into()` records them on a span."""

    def __init__(self, keep: bool, redact: Callable[[Any], Any] | None) -> None:
        self._keep = keep
        self._redact = redact
        self._kind: type | None = None  # of all chunks so far, when that is str or bytes
        self._chunks: list[Any] = []
        self._bytes = 0
        self._cut = False
        self.count = 0

    def add(self, chunk: Any) -> None:
        self.count += 1
        if not self._keep or self._cut:
            return
        if self.count == 1 and type(chunk) in (str, bytes):
            self._kind = type(chunk)
        if self._kind is not None and type(chunk) is not self._kind:
            self._give_up_joining()
        written = chunk if self._kind is not None or self._redact else _native.encode(chunk, BYTES_MAX - self._bytes)
        self._bytes += len(written) if isinstance(written, (str, bytes)) else 64
        self._chunks.append(written)
        self._cut = self._bytes >= BYTES_MAX or len(self._chunks) >= CHUNKS_MAX

    def _give_up_joining(self) -> None:
        self._kind = None
        if self._redact is None:
            self._chunks = [_native.encode(c) for c in self._chunks]

    def _value(self) -> Any:
        if self._kind is str:
            return "".join(self._chunks)
        return b"".join(self._chunks) if self._kind is bytes else self._chunks

    def into(self, span: _native.SpanBase) -> None:
        """Record the output on `span`, and how many chunks it came in."""
        span.set_attribute("vireo.output.chunks", self.count)
        if not self._keep:
            return
        if self._kind is not None or self._redact is not None:
            span._output(self._value(), self._redact)
            if self._cut:
                span.set_attribute("vireo.output.truncated", True)
            return
        chunks = self._chunks + ([b'{"$truncated":%d}' % self.count] if self._cut else [])
        span._output_json(b"[" + b",".join(chunks) + b"]")
        span.set_attribute("vireo.output.type", "generator")
