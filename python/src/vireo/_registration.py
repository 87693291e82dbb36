# SPDX-License-Identifier: Apache-2.0
"""What the server is told about a model version, once per process."""

from __future__ import annotations

import json
import threading
from typing import Any

from . import _environment, _native
from ._definition import Definition

SOURCE_MAX = 1_000_000
DEPENDENCIES_MAX = 1000
DEPENDENCIES_BYTES = 2_000_000
SIGNATURE_MAX = 16_000


def clean(text: str) -> str:
    """`text` as UTF-8 can hold it."""
    return text.encode("utf-8", "replace").decode("utf-8")


def stored_code(definition: Definition) -> dict[str, Any]:
    """Source and dependencies, as many as the server keeps: what `_load.load` takes."""
    kept: list[dict[str, str]] = []
    size = 0
    for one in definition.dependencies[:DEPENDENCIES_MAX]:
        size += len(one.source)
        if size > DEPENDENCIES_BYTES:
            break
        kept.append({"name": one.name, "kind": one.kind, "module": one.module, "source": clean(one.source)})
    return {"source": clean(definition.source)[:SOURCE_MAX], "dependencies": kept}


class Registration:
    """A definition on its way to the server.

    The body is made on the worker: asking git and the packages takes milliseconds.
    """

    def __init__(self, name: str, definition: Definition) -> None:
        self.name = name
        self.definition = definition
        self._body: str | None = None
        self._lock = threading.Lock()

    def submit(self, client: _native.Client) -> None:
        """Queue it for the server."""

        def send() -> None:
            client.register(self.name, self.body())

        if client.is_open and not client.hooks.worker.submit(send):
            send()

    def body(self) -> str:
        """The JSON body of a registration."""
        with self._lock:
            if self._body is None:
                self._body = json.dumps(self._fields(), ensure_ascii=False)
            return self._body

    def _fields(self) -> dict[str, Any]:
        d = self.definition
        git = _environment.git_info(d.filename)
        fields = {
            "fingerprint": d.fingerprint,
            **stored_code(d),
            "signature": clean(d.signature)[:SIGNATURE_MAX],
            "output_type": clean(d.output_type)[:SIGNATURE_MAX] if d.output_type else None,
            "language": "python",
            "language_version": _environment.python_version(),
            "packages": _environment.package_versions(d.packages),
            "git": {k: v for k, v in git.items() if v is not None} if git else None,
        }
        return {k: v for k, v in fields.items() if v is not None}
