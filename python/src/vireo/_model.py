# SPDX-License-Identifier: Apache-2.0
"""ModelVersion: what the server knows about one version of a model."""

from __future__ import annotations

import contextlib
import datetime
import platform
import re
import warnings
from typing import Any, Callable

from ._environment import package_versions
from ._errors import LoadError
from ._load import load

_TAG = re.compile(r"(.+):v(\d+)")


def read_time(text: str | None) -> datetime.datetime | None:
    """RFC 3339 with nanoseconds; Python keeps microseconds."""
    if not text:
        return None
    trimmed = re.sub(r"(\.\d{6})\d+", r"\1", text).replace("Z", "+00:00")
    if "." in trimmed:  # Python 3.10 and older want 3 or 6 digits
        trimmed = re.sub(r"\.(\d+)", lambda m: "." + m.group(1).ljust(6, "0"), trimmed)
    return datetime.datetime.fromisoformat(trimmed)


def split_tag(tag: str) -> tuple[str, int | None]:
    """("name", 2) of "name:v2"; ("name", None) of "name"."""
    found = _TAG.fullmatch(tag)
    return (found.group(1), int(found.group(2))) if found else (tag, None)


class ModelVersion:
    """One version `name:vN`, as it was when it was asked for.

    Attributes:
        tag: `name:vN`.
        name, version: its parts.
        fingerprint: SHA-256 of the normalised definition, 64 hex digits.
        source: the definition as it was written; empty when there was none to read.
        dependencies: dicts with name, kind, module and source of what else it consists of.
        signature, output_type: as declared; `output_type` is None without annotation.
        metadata: what users noted.
        first_seen, last_seen: when it ran, with time zone; None before its first run.
        git: commit, branch and dirty of where it was first registered, or None.
        packages: versions of the packages that it uses.
        python_version: of the interpreter that registered it.
        runs, errors: how often it ran and failed.
    """

    def __init__(self, detail: dict[str, Any]) -> None:
        self.detail = detail
        self.tag: str = detail["tag"]
        self.name, _, _ = self.tag.rpartition(":")
        self.version: int = int(detail["version"])
        self.fingerprint: str = detail.get("fingerprint") or ""
        self.source: str = detail.get("source") or ""
        self.dependencies: list[dict[str, str]] = detail.get("dependencies") or []
        self.signature: str = detail.get("signature") or ""
        self.output_type: str | None = detail.get("output_type") or None
        self.metadata: dict[str, Any] = detail.get("metadata") or {}
        self.created_at = read_time(detail.get("created_at"))
        self.first_seen = read_time(detail.get("first_seen"))
        self.last_seen = read_time(detail.get("last_seen"))
        self.git: dict[str, Any] | None = detail.get("git")
        self.packages: dict[str, str] = detail.get("packages") or {}
        self.python_version: str = detail.get("language_version") or ""
        self.runs: int = int(detail.get("runs") or 0)
        self.errors: int = int(detail.get("errors") or 0)

    def load(self, *, allow_code: bool = False, names: dict[str, Any] | None = None) -> Callable[..., Any]:
        """The callable again, made from the stored definition and what it consists of.

        `vr.evaluate` knows it as this version.

        Args:
            allow_code: must be True: this runs code that the server stores, with all rights of this process.
            names: values for names that are no code and were not stored, such as a trained estimator.

        Raises:
            LoadError: without `allow_code`, without source, or when something that the code needs is missing.
        """
        if not allow_code:
            raise LoadError(f"loading {self.tag} runs its stored code: pass allow_code=True if you trust it")
        self.warn_of_differences()
        found = load(self.tag, self.source, self.dependencies, dict(names or {}), self.packages)
        with contextlib.suppress(AttributeError, TypeError):
            found.__vireo_version__ = self  # type: ignore[attr-defined]
        return found

    def warn_of_differences(self) -> None:
        """Warn when it was made with another Python (but for the last number), or other versions of packages."""
        here, there = platform.python_version(), self.python_version
        other = [f"Python {there} (here {here})"] if there and there.split(".")[:2] != here.split(".")[:2] else []
        installed = package_versions(set(self.packages))
        for name, version in sorted(self.packages.items()):
            if installed.get(name, version) != version:
                other.append(f"{name} {version} (here {installed[name]})")
        if other:
            text = f"{self.tag} was made with {', '.join(other)}: it may behave otherwise here"
            warnings.warn(text, RuntimeWarning, stacklevel=3)

    def __repr__(self) -> str:
        return f"<ModelVersion {self.tag}>"
