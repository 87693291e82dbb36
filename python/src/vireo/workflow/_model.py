# SPDX-License-Identifier: Apache-2.0
"""Models under test: black boxes that turn a sample into an inference, always the same one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Callable

from .._errors import ConflictError, NotFoundError
from ._case import TestCase
from ._remote import SAMPLES_PAGE
from ._sample import GroundTruth, Inference, TestSample
from ._workflow import Entity, checked_name, checked_tags, log, plain_metadata

Infer = Callable[[Any], Inference]


class Model(Entity):
    """A model: a name, free-form metadata, and here a function that infers.

    Found by name, or made.  Neither code nor weights are sent, only what it infers, once for each sample.
    What may change its answers belongs into the name: a model is deterministic.

    Args:
        name: unique in the project.
        infer: turns a sample into an inference; needed only while samples lack one.
        metadata: of a model that is made; one that is there keeps its own, see `update`.
        tags: likewise.

    Attributes:
        name, metadata, tags, infer.
        tag: the version that its inferences are kept under, "name:v1".
    """

    metadata: dict[str, Any]
    tags: set[str]
    tag: str
    infer: Infer | None = None

    def __init__(
        self,
        name: str,
        infer: Infer | None = None,
        metadata: dict[str, Any] | None = None,
        tags: set[str] | None = None,
    ) -> None:
        self._bind(infer)
        self._fill(self._put(name, metadata, tags))
        for what, here, there in (("metadata", metadata, self.metadata), ("tags", tags, self.tags)):
            if here is not None and there and (set(here) if what == "tags" else here) != there:
                log.warning("model %r keeps its %s, %r; update() changes them", self.name, what, there)

    def _bind(self, infer: Infer | None) -> None:
        if infer is not None and not callable(infer):
            raise TypeError(f"infer is a function of a sample, got {infer!r:.80}")
        if infer is not None:
            self._set(infer=infer)

    @classmethod
    def _path(cls, name: str) -> str:
        return cls.workflow.path("models", checked_name(name, "model"))

    @classmethod
    def _put(cls, name: str, metadata: dict[str, Any] | None, tags: set[str] | None) -> dict[str, Any]:
        body = {"metadata": plain_metadata(metadata or {}), "tags": checked_tags(tags or ())}
        return dict(cls.workflow.remote.call("PUT", cls._path(name), body))

    def _fill(self, values: dict[str, Any]) -> None:
        self._set(
            name=values["name"],
            tag=values["tag"],
            metadata=dict(values.get("metadata") or {}),
            tags=set(values.get("tags") or ()),
        )

    @classmethod
    def create(
        cls,
        name: str,
        infer: Infer | None = None,
        metadata: dict[str, Any] | None = None,
        tags: set[str] | None = None,
    ) -> Model:
        """Make a new model.

        Raises:
            ConflictError: there is one of that name.
        """
        try:
            cls.load(name)
        except NotFoundError:
            model = cls._of(cls._put(name, metadata, tags))
            model._bind(infer)
            return model
        raise ConflictError(f"there is a model {name!r} already", 409, "name")

    @classmethod
    def load(cls, name: str, infer: Infer | None = None) -> Model:
        """The model of that name.

        Raises:
            NotFoundError: there is none in this workflow.
        """
        model = cls._of(cls.workflow.remote.get(cls._path(name)))
        model._bind(infer)
        return model

    @classmethod
    def load_all(cls, *, tags: set[str] | None = None) -> list[Model]:
        """All models of the workflow that have all of `tags`, in the order they were made."""
        wanted = set(checked_tags(tags or ()))
        models = [cls._of(item) for item in cls.workflow.remote.items(cls.workflow.path("models"))]
        return [m for m in models if wanted <= m.tags]

    def update(self, *, metadata: dict[str, Any] | None = None, tags: set[str] | None = None) -> None:
        """Replace the metadata, the tags, or both."""
        body: dict[str, Any] = {}
        if metadata is not None:
            body["metadata"] = plain_metadata(metadata)
        if tags is not None:
            body["tags"] = checked_tags(tags)
        if body:
            self._fill(self.workflow.remote.call("PATCH", self._path(self.tag), body))

    def iter_inferences(self, test_case: TestCase) -> Iterator[tuple[TestSample, GroundTruth, Inference]]:
        """Sample, ground truth and inference, for the samples of a case that have one.

        Raises:
            WorkflowMismatchError: the case is of another workflow.
        """
        self._must_match(test_case)
        wf = self.workflow
        path = wf.path("models", self.tag, "inferences")
        for item in wf.remote.items(path, page=SAMPLES_PAGE, case=test_case.name, version=test_case.version):
            yield (*wf.read_pair(item), wf.inference_type.from_dict(item["inference"]))

    def load_inferences(self, test_case: TestCase) -> list[tuple[TestSample, GroundTruth, Inference]]:
        """Sample, ground truth and inference, for the samples of a case that have one."""
        return list(self.iter_inferences(test_case))
