# SPDX-License-Identifier: Apache-2.0
"""Evaluation and Comparison: what the server knows of a model version's run over a dataset or suite."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ._remote import Remote

if TYPE_CHECKING:
    from ._client import Vireo


class Evaluation:
    """One model version run over one dataset or suite.

    Attributes:
        id: number in the project.
        model: the version's tag.
        target: what it ran over: kind, name, version ...
        status: "running", "complete" or "failed".
        samples, inferred: how many there are, and how many of them have an inference.
        detail: all of it, as the API told.
    """

    def __init__(self, vr: Vireo, detail: dict[str, Any]) -> None:
        self._vr = vr
        self._remote = Remote(vr)
        self._take(detail)

    def _take(self, detail: dict[str, Any]) -> None:
        self.detail = detail
        self.id = int(detail["id"])
        self.model = str(detail["model"])
        self.target: dict[str, Any] = detail["target"]
        self.status = str(detail["status"])
        self.samples = int(detail.get("samples") or 0)
        self.inferred = self.samples - int(detail.get("remaining") or 0)

    @property
    def path(self) -> str:
        return f"/evaluations/{self.id}"

    @property
    def url(self) -> str:
        """Where the page shows it."""
        return self._vr.page("evaluations", str(self.id))

    def refresh(self) -> Evaluation:
        """Ask the server how it is now."""
        self._take(self._remote.get(self.path))
        return self

    @property
    def metrics(self) -> dict[str, Any]:
        """Of all samples: means of numbers, shares of what is true; or what an evaluator gave."""
        whole = self._remote.get(f"{self.path}/cases")["whole"]
        return dict(whole["metrics"])

    def rows(self) -> list[dict[str, Any]]:
        """A dict for each sample with results: number, id, input, expected, inference, metrics ..."""
        return list(self._remote.items(f"{self.path}/samples"))

    def cases(self) -> list[dict[str, Any]]:
        """Metrics by test case; of a dataset one, "all"."""
        return list(self._remote.get(f"{self.path}/cases")["items"])

    def to_pandas(self) -> Any:
        """A frame of all samples, a column for each metric; `error` tells why there is no inference."""
        found = {row["number"]: row for row in self.rows()}
        for item in self._remote.items(f"{self.path}/inferences"):
            found.setdefault(item["number"], {**item, "metrics": {}})
        rows = [found[number] for number in sorted(found)]
        parts = ("number", "id", "input", "expected", "metadata", "split", "inference", "error", "trace_id")
        flat = [{**{k: row.get(k) for k in parts}, **row["metrics"]} for row in rows]
        return importlib.import_module("pandas").DataFrame(flat, columns=None if flat else list(parts))

    def __repr__(self) -> str:
        of = f"{self.target.get('name')}:v{self.target.get('version')}"
        return f"<Evaluation {self.id}: {self.model} on {of}, {self.status}>"


class Comparison:
    """Two or more evaluations of the same samples.

    Attributes:
        models: the evaluations' models, the baseline first.
        lines: one for each case, stratum and metric, as the API tells: values, differences, tests, verdicts.
        detail: all of it.
    """

    def __init__(self, detail: dict[str, Any]) -> None:
        self.detail = detail
        self.lines: list[dict[str, Any]] = detail["items"]
        self.models = [str(e["model"]) for e in detail["evaluations"]]

    def verdicts(self, case: str = "all") -> dict[str, str]:
        """By metric how the last evaluation stands to the baseline: improved, regressed, same, unknown."""
        lines = [line for line in self.lines if line["case"] == case and not line["stratum"]]
        return {str(line["metric"]): str(line["values"][-1]["verdict"]) for line in lines}

    def __str__(self) -> str:
        """A table: a line for each case, stratum and metric."""
        table = [["case", "metric", *self.models, "change", "p", "verdict"]]
        for line in self.lines:
            last = line["values"][-1]
            name = f"{line['case']} {line['stratum'] or ''}".rstrip()
            told = [_shown(last["delta"]), _shown(last["corrected_p"]), str(last["verdict"])]
            table.append([name, str(line["metric"]), *(_shown(v["value"]) for v in line["values"]), *told])
        widths = [max(len(line[i]) for line in table) for i in range(len(table[0]))]
        return "\n".join("  ".join(text.ljust(w) for text, w in zip(line, widths)).rstrip() for line in table)

    __repr__ = __str__


def _shown(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, (int, float)) else ""
