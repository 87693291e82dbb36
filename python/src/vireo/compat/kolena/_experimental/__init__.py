# SPDX-License-Identifier: Apache-2.0
"""Kolena's experimental parts."""

from .dataset import download_results_by_tag
from .quality_standard import (
    copy_quality_standards_from_dataset,
    download_quality_standard_result,
    upload_quality_standard,
)

__all__ = [
    "copy_quality_standards_from_dataset",
    "download_quality_standard_result",
    "download_results_by_tag",
    "upload_quality_standard",
]
