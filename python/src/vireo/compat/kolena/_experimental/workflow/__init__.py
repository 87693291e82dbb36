# SPDX-License-Identifier: Apache-2.0
"""Kolena's name for thresholded metrics."""

from .....workflow import ThresholdedMetrics

__all__ = ["ThresholdedMetrics"]
