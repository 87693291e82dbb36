# SPDX-License-Identifier: Apache-2.0
"""Results by the tag of their model."""

from __future__ import annotations

from typing import Any

from ...dataset import EvalConfigResults, download_results, get_models
from ...errors import IncorrectUsageError, NotFoundError


def download_results_by_tag(
    dataset: str, model_tag: str, commit: str | int | None = None, **_: Any
) -> tuple[Any, list[EvalConfigResults]]:
    """`download_results` of the one model that has results for the dataset under a tag.

    Raises:
        NotFoundError: there is none; IncorrectUsageError: there are several.
    """
    names = [model.name for model in get_models(dataset) if model_tag in model.tags]
    if not names:
        raise NotFoundError(f"no models with tag {model_tag!r} were found", 404, "model_tag")
    if len(names) > 1:
        raise IncorrectUsageError(f"multiple models with tag {model_tag!r} were found: {', '.join(names)}")
    return download_results(dataset, names[0], commit)


__all__ = ["download_results_by_tag"]
