# SPDX-License-Identifier: Apache-2.0
"""define_workflow: the classes of one workflow."""

from __future__ import annotations

from typing import cast

from .._client import Vireo
from ._case import TestCase
from ._model import Model
from ._sample import GroundTruth, Inference, TestSample
from ._suite import TestSuite
from ._workflow import Workflow


def define_workflow(
    name: str,
    test_sample_type: type[TestSample],
    ground_truth_type: type[GroundTruth],
    inference_type: type[Inference],
    *,
    client: Vireo | None = None,
) -> tuple[Workflow, type[TestCase], type[TestSuite], type[Model]]:
    """Say what a workflow's samples, ground truths and inferences are.

        _, TestCase, TestSuite, Model = define_workflow("Digits", Digit, Truth, Answer)

    Args:
        name: unique in the project.
        test_sample_type: extends TestSample, or one of the built-in types such as Image.
        ground_truth_type: extends GroundTruth.
        inference_type: extends Inference.
        client: the connection; default the one of `connect`, or of the environment.

    Returns:
        The workflow, and its own classes of test cases, test suites and models.

    Raises:
        UsageError, FieldError: the name or a type is not possible: why.
    """
    workflow = Workflow(name, test_sample_type, ground_truth_type, inference_type, client=client)
    case = type("TestCase", (TestCase,), {"workflow": workflow, "__test__": False})
    suite = type("TestSuite", (TestSuite,), {"workflow": workflow, "_test_case_type": case, "__test__": False})
    model = type("Model", (Model,), {"workflow": workflow})
    return workflow, cast("type[TestCase]", case), cast("type[TestSuite]", suite), cast("type[Model]", model)
