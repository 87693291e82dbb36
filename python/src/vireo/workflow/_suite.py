# SPDX-License-Identifier: Apache-2.0
"""Test suites: versioned lists of test cases in fixed versions."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from .._errors import NotFoundError
from ._case import TestCase
from ._remote import SAMPLES_PAGE
from ._sample import TestSample
from ._workflow import Entity, checked_name, checked_tags, log


class SuiteEditor:
    """Edits of a test suite, done when the `with` block ends.

    Attributes:
        tags: a set of texts, to be changed or set.
    """

    def __init__(self, suite: TestSuite, reset: bool) -> None:
        self._suite = suite
        self._cases: dict[str, TestCase] = {} if reset else {c.name: c for c in suite.test_cases}
        self._description: str | None = None
        self.tags: set[str] = set(suite.tags)

    def add(self, test_case: TestCase) -> None:
        """Add a case at the end; another version of it that is there goes.

        Raises:
            WorkflowMismatchError: it is of another workflow.
        """
        if not isinstance(test_case, TestCase):
            raise TypeError(f"expected a TestCase, got {test_case!r:.80}")
        self._suite._must_match(test_case)
        self._cases.pop(test_case.name, None)
        self._cases[test_case.name] = test_case

    def remove(self, test_case: TestCase) -> None:
        """Remove the case of that name, whatever its version; nothing if it is not there."""
        self._cases.pop(test_case.name, None)

    def description(self, description: str) -> None:
        """Describe the suite anew; that makes no new version."""
        if not isinstance(description, str):
            raise TypeError(f"a description is a text, got {description!r:.80}")
        self._description = description

    def _commit(self) -> None:
        suite = self._suite
        body: dict[str, Any] = {}
        wanted = [{"name": c.name, "version": c.version} for c in self._cases.values()]
        if wanted != [{"name": c.name, "version": c.version} for c in suite.test_cases]:
            body["cases"] = wanted
        if self._description not in (None, suite.description):
            body["description"] = self._description
        if set(self.tags) != suite.tags:
            body["tags"] = checked_tags(self.tags)
        if body:
            suite._commit({"base_version": suite.version, **body})


class TestSuite(Entity):
    """A versioned list of test cases, which a model is tested on as a whole.

    Found by name, or made.  Only other cases, or other versions of them, make a new version;
    description and tags belong to all versions.

    Args:
        name: unique in the workflow.
        version: an older version; default the newest.
        description: free text.
        test_cases: for a suite that is new or has none; one that has some keeps them, unless `reset`.
        reset: replace the cases that are there.
        tags: replace the tags; None: leave them.

    Attributes:
        name, version, description, tags: version 0 has no cases.
        test_cases: in their order.

    Raises:
        WorkflowMismatchError: a case is of another workflow.
        NotFoundError: there is no such version.
        ConflictError: somebody else changed it meanwhile.
    """

    __test__ = False
    _test_case_type: type[TestCase]

    version: int
    description: str
    test_cases: list[TestCase]
    tags: set[str]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "_test_case_type" not in vars(cls):
            cls._test_case_type = type("TestCase", (TestCase,), {"workflow": cls.workflow})

    def __init__(
        self,
        name: str,
        version: int | None = None,
        description: str | None = None,
        test_cases: list[TestCase] | None = None,
        reset: bool = False,
        tags: set[str] | None = None,
    ) -> None:
        checked_tags(tags or ())
        try:
            self._fill(self._get(name, version))
        except NotFoundError:
            if version is not None:
                raise
            self._fill(self._create(name, description, tags))
        keep = self.version > 0 and not reset
        if keep and test_cases is not None:
            log.warning("test suite %r has test cases and keeps them; reset=True replaces them", self.name)
        self._populate(None if keep else test_cases, description, tags)

    def _populate(self, cases: list[TestCase] | None, description: str | None, tags: set[str] | None) -> None:
        with self.edit(reset=cases is not None) as editor:
            for case in cases or []:
                editor.add(case)
            if description is not None:
                editor.description(description)
            if tags is not None:
                editor.tags = set(tags)

    @classmethod
    def _get(cls, name: str, version: int | None) -> dict[str, Any]:
        wf = cls.workflow
        return dict(wf.remote.get(wf.path("suites", checked_name(name, "test suite")), version=version))

    @classmethod
    def _create(cls, name: str, description: str | None, tags: set[str] | None) -> dict[str, Any]:
        wf = cls.workflow
        body = {
            "name": checked_name(name, "test suite"),
            "description": description or "",
            "tags": checked_tags(tags or ()),
        }
        return dict(wf.remote.call("POST", wf.path("suites"), body, again=False))

    def _fill(self, values: dict[str, Any]) -> None:
        self._set(
            name=values["name"],
            version=int(values["version"]),
            description=values.get("description") or "",
            tags=set(values.get("tags") or ()),
            test_cases=[self._test_case_type._of(case) for case in values.get("cases") or ()],
        )

    def _commit(self, body: dict[str, Any]) -> None:
        wf = self.workflow
        self._fill(wf.remote.call("POST", wf.path("suites", self.name, "commits"), body, again=False))

    @classmethod
    def create(
        cls,
        name: str,
        description: str | None = None,
        test_cases: list[TestCase] | None = None,
        tags: set[str] | None = None,
    ) -> TestSuite:
        """Make a new suite.

        Raises:
            ConflictError: there is one of that name.
        """
        suite = cls._of(cls._create(name, description, tags))
        suite._populate(test_cases, None, None)
        return suite

    @classmethod
    def load(cls, name: str, version: int | None = None) -> TestSuite:
        """The suite of that name, its newest version by default.

        Raises:
            NotFoundError: there is none.
        """
        return cls._of(cls._get(name, version))

    @classmethod
    def load_all(cls, *, tags: set[str] | None = None) -> list[TestSuite]:
        """All suites of the workflow that have all of `tags`, in the order they were made."""
        wanted = set(checked_tags(tags or ()))
        items = cls.workflow.remote.items(cls.workflow.path("suites"))
        return [cls._of(item) for item in items if wanted <= set(item["tags"])]

    @contextlib.contextmanager
    def edit(self, reset: bool = False) -> Iterator[SuiteEditor]:
        """Edit the suite:

            with suite.edit() as editor:
                editor.add(case)
                editor.tags.add("night")

        All of it is done when the block ends, or nothing if it raises.

        Args:
            reset: start from no cases.

        Raises:
            ConflictError: somebody else changed it since this object was loaded.
        """
        editor = SuiteEditor(self, reset)
        yield editor
        editor._commit()

    def load_test_samples(self) -> list[tuple[TestCase, list[TestSample]]]:
        """Each case with its samples."""
        wf = self.workflow
        found: dict[str, list[TestSample]] = {case.name: [] for case in self.test_cases}
        for item in wf.remote.items(wf.path("suites", self.name, "samples"), page=SAMPLES_PAGE, version=self.version):
            sample = wf.read_sample(item)
            for name in item["cases"]:
                found[name].append(sample)
        return [(case, found[case.name]) for case in self.test_cases]
