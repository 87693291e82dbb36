# SPDX-License-Identifier: Apache-2.0
"""Search by embeddings, which Vireo has not: calls say what to use instead."""

from typing import Any, NoReturn

from ...errors import HostedError

_INSTEAD = (
    "Vireo keeps no embeddings. Free text in inputs and outputs is searched with the query language "
    "(`vr.request('GET', '/traces?query=...')`, the page's search bar, docs/query-language.md); "
    "keep a column such as a cluster's number in the dataset to slice by similarity."
)


def upload_embeddings(key: str, embeddings: Any) -> NoReturn:
    """Raises HostedError."""
    raise HostedError(_INSTEAD)


def upload_dataset_embeddings(dataset_name: str, key: str, df_embedding: Any) -> NoReturn:
    """Raises HostedError."""
    raise HostedError(_INSTEAD)


__all__ = ["upload_dataset_embeddings", "upload_embeddings"]
