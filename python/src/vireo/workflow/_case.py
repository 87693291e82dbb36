# SPDX-License-Identifier: Apache-2.0
"""Test cases: versioned lists of samples with their ground truths.

Every edit that changes something makes a new version; old versions stay.  An
edit names the version that it was made on: when somebody else was quicker it is
refused with ConflictError, and nothing is done.  An edit of more than 32 MB makes
several versions, one after the other.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from .._data_object import canonical
from .._errors import NotFoundError, UsageError
from ._remote import SAMPLES_PAGE
from ._sample import GroundTruth, TestSample
from ._workflow import Entity, checked_name, log, written_pair

Pair = tuple[TestSample, GroundTruth]

PART_BYTES = 32 * 1024 * 1024
PART_EDITS = 200_000


class Editor:
    """Edits of a test case, done in their order when the `with` block ends."""

    def __init__(self, case: TestCase, reset: bool) -> None:
        self._case = case
        self._reset = reset
        self._edits: list[dict[str, Any]] = []
        self._description: str | None = None

    def add(self, test_sample: TestSample, ground_truth: GroundTruth) -> None:
        """Add a sample at the end, or give one that is there another ground truth.

        Raises:
            TypeError: one of them is of another type than the workflow's.
        """
        self._case.workflow.check_pairs([(test_sample, ground_truth)])
        self._edits.append({"op": "add", **written_pair(test_sample, ground_truth)})

    def remove(self, test_sample: TestSample) -> None:
        """Remove a sample; nothing if it is not there."""
        kind = self._case.workflow.test_sample_type
        if not isinstance(test_sample, kind):
            raise TypeError(f"expected {kind.__name__}, got {test_sample!r:.80}")
        self._edits.append({"op": "remove", "input": test_sample.to_input()})

    def description(self, description: str) -> None:
        """Describe the case anew; that alone makes no new version."""
        if not isinstance(description, str):
            raise TypeError(f"a description is a text, got {description!r:.80}")
        self._description = description

    def _commit(self) -> None:
        described = self._description not in (None, self._case.description)
        if not (self._edits or self._reset or described):
            return
        body: dict[str, Any] = {"reset": self._reset}
        if described:
            body["description"] = self._description
        for part in _parts(self._edits):
            self._case._commit({**body, "base_version": self._case.version, "edits": part})
            body = {"reset": False}


def _parts(edits: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Edits in parts that fit a request: nearly always one."""
    part: list[dict[str, Any]] = []
    size = 0
    for edit in edits:
        length = len(canonical(edit))
        if part and (size + length > PART_BYTES or len(part) == PART_EDITS):
            yield part
            part, size = [], 0
        part.append(edit)
        size += length
    yield part


class TestCase(Entity):
    """A versioned list of samples with their ground truths, for example one slice of what may come.

    Found by name, or made.  Samples are put into a case that is new or has none; one that has some keeps
    them, unless `reset`.

    Args:
        name: unique in the workflow.
        version: an older version; default the newest.
        description: free text.
        test_samples: pairs of sample and ground truth.
        reset: replace what is there.

    Attributes:
        name, version, description: version 0 has no samples.
        size: how many samples it has.

    Raises:
        TypeError: a sample or ground truth is of another type than the workflow's.
        NotFoundError: there is no such version.
        ConflictError: somebody else changed it meanwhile.
    """

    __test__ = False

    version: int
    description: str
    size: int

    def __init__(
        self,
        name: str,
        version: int | None = None,
        description: str | None = None,
        test_samples: list[Pair] | None = None,
        reset: bool = False,
    ) -> None:
        pairs = list(test_samples or [])
        self.workflow.check_pairs(pairs)
        try:
            self._fill(self._get(name, version))
        except NotFoundError:
            if version is not None:
                raise
            self._fill(self._create(name, description))
        else:
            if self.version > 0 and not reset:
                if test_samples is not None:
                    log.warning("test case %r has samples and keeps them; reset=True replaces them", self.name)
                if description not in (None, self.description):
                    log.warning("test case %r keeps its description; reset=True replaces it", self.name)
                return
        self._populate(pairs, description, test_samples is not None)

    def _populate(self, pairs: list[Pair], description: str | None, given: bool) -> None:
        if given and not pairs:
            log.warning("test case %r: no samples are given, so none are put into it", self.name)
        with self.edit(reset=bool(pairs)) as editor:
            if description is not None:
                editor.description(description)
            for sample, truth in pairs:
                editor.add(sample, truth)

    @classmethod
    def _get(cls, name: str, version: int | None) -> dict[str, Any]:
        wf = cls.workflow
        return dict(wf.remote.get(wf.path("cases", checked_name(name, "test case")), version=version))

    @classmethod
    def _create(cls, name: str, description: str | None) -> dict[str, Any]:
        wf = cls.workflow
        body = {"name": checked_name(name, "test case"), "description": description or ""}
        return dict(wf.remote.call("POST", wf.path("cases"), body, again=False))

    def _fill(self, values: dict[str, Any]) -> None:
        self._set(
            name=values["name"],
            version=int(values["version"]),
            description=values.get("description") or "",
            size=int(values.get("samples") or 0),
        )

    def _commit(self, body: dict[str, Any]) -> None:
        wf = self.workflow
        self._fill(wf.remote.call("POST", wf.path("cases", self.name, "commits"), body, again=False))

    @classmethod
    def create(cls, name: str, description: str | None = None, test_samples: list[Pair] | None = None) -> TestCase:
        """Make a new case.

        Raises:
            ConflictError: there is one of that name.
        """
        pairs = list(test_samples or [])
        cls.workflow.check_pairs(pairs)
        case = cls._of(cls._create(name, description))
        case._populate(pairs, None, test_samples is not None)
        return case

    @classmethod
    def load(cls, name: str, version: int | None = None) -> TestCase:
        """The case of that name, its newest version by default.

        Raises:
            NotFoundError: there is none.
        """
        return cls._of(cls._get(name, version))

    @classmethod
    def load_all(cls) -> list[TestCase]:
        """All cases of the workflow in the order they were made, the newest version of each."""
        return [cls._of(item) for item in cls.workflow.remote.items(cls.workflow.path("cases"))]

    @classmethod
    def init_many(cls, data: list[tuple[str, list[Pair]]], reset: bool = False) -> list[TestCase]:
        """Many cases at once, each as the constructor would; all of them or none.

        Args:
            data: pairs of name and samples with ground truths.
            reset: replace what is there.

        Raises:
            UsageError: a name is there twice.
        """
        names = [checked_name(name, "test case") for name, _ in data]
        if len(set(names)) < len(names):
            raise UsageError(f"a test case is there twice: {next(n for n in names if names.count(n) > 1)!r}")
        cases = []
        for name, (_, pairs) in zip(names, data):
            cls.workflow.check_pairs(list(pairs))
            cases.append({"name": name, "samples": [written_pair(s, t) for s, t in pairs]})
        if not cases:
            return []
        path = cls.workflow.path("cases", "bulk")
        answer = cls.workflow.remote.call("POST", path, {"reset": reset, "cases": cases}, again=False)
        return [cls._of(item) for item in answer["items"]]

    @contextlib.contextmanager
    def edit(self, reset: bool = False) -> Iterator[Editor]:
        """Edit the case:

            with case.edit() as editor:
                editor.add(sample, ground_truth)
                editor.remove(other)

        All of it is done when the block ends, or nothing if it raises.

        Args:
            reset: start from no samples.

        Raises:
            ConflictError: somebody else changed it since this object was loaded.
        """
        editor = Editor(self, reset)
        yield editor
        editor._commit()

    def iter_test_samples(self) -> Iterator[Pair]:
        """The samples of this version with their ground truths, in their order."""
        wf = self.workflow
        for item in wf.remote.items(wf.path("cases", self.name, "samples"), page=SAMPLES_PAGE, version=self.version):
            yield wf.read_pair(item)

    def load_test_samples(self) -> list[Pair]:
        """The samples of this version with their ground truths, in their order."""
        return list(self.iter_test_samples())
