# SPDX-License-Identifier: Apache-2.0
"""Kolena's names of `vireo.metrics`."""

from ...metrics import (
    InferenceMatches,
    MulticlassInferenceMatches,
    accuracy,
    f1_score,
    fpr,
    iou,
    match_inferences,
    match_inferences_multiclass,
    precision,
    recall,
    specificity,
)

__all__ = [
    "InferenceMatches",
    "MulticlassInferenceMatches",
    "accuracy",
    "f1_score",
    "fpr",
    "iou",
    "match_inferences",
    "match_inferences_multiclass",
    "precision",
    "recall",
    "specificity",
]
