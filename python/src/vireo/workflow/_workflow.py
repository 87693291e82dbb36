# SPDX-License-Identifier: Apache-2.0
"""A workflow: the types of sample, ground truth and inference that models and suites share."""

from __future__ import annotations

import logging
from typing import Any, TypeVar

from .._client import Vireo
from .._data_object import DataObject, canonical, plain
from .._errors import FrozenObjectError, UsageError, WorkflowMismatchError
from . import _grammar
from ._remote import Remote, connected, quoted
from ._sample import GroundTruth, Inference, TestSample, check_answer_type, check_sample_type

log = logging.getLogger("vireo")

NAME_MAX = 200  # bytes of UTF-8, as the server has it

E = TypeVar("E", bound="Entity")


def checked_name(name: str, what: str) -> str:
    """`name` without surrounding spaces.

    Raises:
        UsageError: nothing is left of it, or it is too long.
    """
    if not isinstance(name, str) or not name.strip():
        raise UsageError(f"the name of a {what} must be a text that is not empty, got {name!r}")
    if len(name.strip().encode("utf-8", "replace")) > NAME_MAX:
        raise UsageError(f"the name of a {what} has at most {NAME_MAX} bytes: {name[:40]!r}...")
    return name.strip()


class Workflow:
    """What is tested: a name and three types.

    The types are told to the server once, as a schema; other fields make a new version of it.

    Attributes:
        name: unique in the project.
        test_sample_type, ground_truth_type, inference_type: the types.

    Raises:
        UsageError: the name is empty or too long.
        FieldError: a type has a field that is not possible: which one.
    """

    def __init__(
        self,
        name: str,
        test_sample_type: type[TestSample],
        ground_truth_type: type[GroundTruth],
        inference_type: type[Inference],
        *,
        client: Vireo | None = None,
    ) -> None:
        self.name = checked_name(name, "workflow")
        # pydantic 1 hides a class that declares no fields behind a proxy.
        test_sample_type = getattr(test_sample_type, "__dataclass__", test_sample_type)
        ground_truth_type = getattr(ground_truth_type, "__dataclass__", ground_truth_type)
        inference_type = getattr(inference_type, "__dataclass__", inference_type)
        check_sample_type(test_sample_type)
        check_answer_type(ground_truth_type, GroundTruth, test_sample_type)
        check_answer_type(inference_type, Inference, test_sample_type)
        self.test_sample_type = test_sample_type
        self.ground_truth_type = ground_truth_type
        self.inference_type = inference_type
        self._client = client
        self._registered: Vireo | None = None

    def schema(self) -> dict[str, Any]:
        """The three types as the server keeps them: their fields by name, with their types as text."""
        return {
            "sample": _grammar.schema_of(self.test_sample_type),
            "ground_truth": _grammar.schema_of(self.ground_truth_type),
            "inference": _grammar.schema_of(self.inference_type),
        }

    @property
    def remote(self) -> Remote:
        """The connection; the first use tells the server about the workflow."""
        client = self._client or connected()
        remote = Remote(client)
        if self._registered is not client:
            remote.call("POST", "/workflows", {"name": self.name, "schema": self.schema()})
            self._registered = client
        return remote

    def path(self, *parts: str) -> str:
        """The path of something in this workflow."""
        return "/".join(["/workflows", quoted(self.name), *map(quoted, parts)])

    def read_sample(self, item: dict[str, Any]) -> TestSample:
        """The sample of an item of a list."""
        metadata = item.get("metadata")
        values = item["input"]
        return self.test_sample_type.from_dict({**values, _grammar.METADATA: metadata} if metadata else values)

    def read_pair(self, item: dict[str, Any]) -> tuple[TestSample, GroundTruth]:
        """The sample and ground truth of an item of a list."""
        return self.read_sample(item), self.ground_truth_type.from_dict(item.get("expected") or {})

    def check_pairs(self, pairs: list[tuple[Any, Any]]) -> None:
        """Raise TypeError unless all are of this workflow's types, and tell which one is not."""
        for i, pair in enumerate(pairs):
            if not (isinstance(pair, tuple) and len(pair) == 2):
                raise TypeError(f"test_samples[{i}]: expected a pair of sample and ground truth, got {pair!r:.80}")
            for value, kind in zip(pair, (self.test_sample_type, self.ground_truth_type)):
                if not isinstance(value, kind):
                    raise TypeError(f"test_samples[{i}]: expected {kind.__name__}, got {value!r:.80}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Workflow):
            return NotImplemented
        return self.name == other.name and canonical(self.schema()) == canonical(other.schema())

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"<Workflow {self.name!r}>"


def written_pair(sample: TestSample, truth: DataObject) -> dict[str, Any]:
    """A sample with its ground truth, as the server takes it."""
    return {"input": sample.to_input(), "expected": truth.to_dict(), "metadata": sample.to_metadata()}


class Entity:
    """Something of a workflow that the server keeps: a case, a suite, a model.

    To be had from `define_workflow`, or by subclassing with a class attribute `workflow`.  Attributes
    are what the server said last; they are not set from outside.
    """

    workflow: Workflow
    name: str

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if Entity not in cls.__bases__ and not isinstance(getattr(cls, "workflow", None), Workflow):
            raise NotImplementedError(f"{cls.__name__} needs the class attribute `workflow`")

    def __new__(cls: type[E], *_: Any, **__: Any) -> E:
        if not hasattr(cls, "workflow"):
            raise UsageError(f"{cls.__name__} belongs to no workflow: use the one that define_workflow returns")
        return object.__new__(cls)

    @classmethod
    def _of(cls: type[E], values: dict[str, Any]) -> E:
        made = cls.__new__(cls)
        made._fill(values)
        return made

    def _fill(self, values: dict[str, Any]) -> None:
        """Take over what the server answered."""
        raise NotImplementedError

    def _set(self, **values: Any) -> None:
        vars(self).update(values)

    def _must_match(self, other: Entity) -> None:
        if other.workflow is not self.workflow and other.workflow != self.workflow:
            raise WorkflowMismatchError(
                f"{type(other).__name__} {other.name!r} is of the workflow {other.workflow.name!r}, "
                f"{type(self).__name__} {self.name!r} of {self.workflow.name!r}"
            )

    def __setattr__(self, name: str, value: object) -> None:
        raise FrozenObjectError(f"{type(self).__name__}.{name} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise FrozenObjectError(f"{type(self).__name__}.{name} cannot be deleted")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), self.name))

    def __repr__(self) -> str:
        version = vars(self).get("version")
        return f"<{type(self).__name__} {self.name!r}{'' if version is None else f' v{version}'}>"


def checked_tags(tags: Any) -> list[str]:
    """Tags, sorted.

    Raises:
        TypeError: they are no texts.
    """
    if isinstance(tags, str) or not all(isinstance(t, str) for t in tags):
        raise TypeError(f"tags are a set of texts, got {tags!r:.80}")
    return sorted(set(tags))


def plain_metadata(metadata: Any) -> dict[str, Any]:
    """Metadata as JSON has it.

    Raises:
        TypeError: it is no dict.
    """
    if not isinstance(metadata, dict):
        raise TypeError(f"metadata is a dict, got {metadata!r:.80}")
    return dict(plain(metadata))
