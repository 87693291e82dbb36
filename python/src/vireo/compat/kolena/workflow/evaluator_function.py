# SPDX-License-Identifier: Apache-2.0
"""Kolena's other name for what evaluator functions take and return."""

from . import BasicEvaluatorFunction, EvaluationResults, TestCases, no_op_evaluator

__all__ = ["BasicEvaluatorFunction", "EvaluationResults", "TestCases", "no_op_evaluator"]
